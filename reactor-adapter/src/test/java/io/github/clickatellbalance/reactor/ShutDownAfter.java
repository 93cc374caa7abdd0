package io.github.clickatellbalance.reactor;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/** A scheduler that accepts a number of timers. It rejects all later ones, like a scheduler that was shut down. */
class ShutDownAfter implements Scheduler {
    private final Scheduler timers;
    private int left;

    ShutDownAfter(Scheduler timers, int left) {
        this.timers = timers;
        this.left = left;
    }

    @Override
    public Disposable schedule(Runnable task) {
        return timers.schedule(task);
    }

    @Override
    public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
        if (left-- <= 0) {
            throw new RejectedExecutionException("shut down");
        }
        return timers.schedule(task, delay, unit);
    }

    @Override
    public Worker createWorker() {
        return timers.createWorker();
    }
}
