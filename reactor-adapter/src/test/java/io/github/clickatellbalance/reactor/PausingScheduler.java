package io.github.clickatellbalance.reactor;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/**
 * Virtual time in a process that can stand still, as one does while a laptop sleeps, a VM is moved or a collector runs: what
 * was due within the pause runs at its end.
 */
final class PausingScheduler implements Scheduler {
    private final Scheduler time;
    private long pausedUntil;

    PausingScheduler(Scheduler time) {
        this.time = time;
    }

    /** Stands still from now on, for so long. */
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
        Runnable onceAwake = () -> {
            long left = pausedUntil - time.now(TimeUnit.NANOSECONDS);
            if (left > 0) {
                handle.replace(time.schedule(task, left, TimeUnit.NANOSECONDS));
            } else {
                task.run();
            }
        };
        handle.update(time.schedule(onceAwake, delay, unit));
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
