package io.github.clickatellbalance.reactor;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/**
 * Virtual time in a process that can be paused, as by the sleep of a laptop, the move of a VM or a garbage collection. Tasks
 * that are due within the pause run at its end.
 */
final class PausingScheduler implements Scheduler {
    private final Scheduler time;
    private long pausedUntil;

    PausingScheduler(Scheduler time) {
        this.time = time;
    }

    /** Starts a pause of this length now. */
    void pause(Duration duration) {
        pausedUntil = time.now(TimeUnit.NANOSECONDS) + duration.toNanos();
    }

    @Override
    public Disposable schedule(Runnable task) {
        return schedule(task, 0, TimeUnit.NANOSECONDS);
    }

    @Override
    public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
        Disposable.Swap handle = Disposables.swap();
        Runnable afterPause = () -> {
            long left = pausedUntil - time.now(TimeUnit.NANOSECONDS);
            if (left > 0) {
                handle.replace(time.schedule(task, left, TimeUnit.NANOSECONDS));
            } else {
                task.run();
            }
        };
        handle.update(time.schedule(afterPause, delay, unit));
        return handle;
    }

    @Override
    public long now(TimeUnit unit) {
        return time.now(unit);
    }

    @Override
    public Worker createWorker() {
        return time.createWorker();
    }
}
