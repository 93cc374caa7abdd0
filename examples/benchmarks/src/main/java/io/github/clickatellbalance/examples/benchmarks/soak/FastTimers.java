package io.github.clickatellbalance.examples.benchmarks.soak;

import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * Timers that are sixty times as fast. A feed pauses for at least five minutes after refused credentials, and up to five in an
 * outage: on these timers a minute is a second, so that a short run has many of these pauses.
 */
final class FastTimers implements Scheduler {
    static final int FACTOR = 60;

    private final Scheduler delegate;

    FastTimers(Scheduler delegate) {
        this.delegate = delegate;
    }

    @Override
    public Disposable schedule(Runnable task) {
        return delegate.schedule(task);
    }

    @Override
    public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
        return delegate.schedule(task, unit.toNanos(delay) / FACTOR, TimeUnit.NANOSECONDS);
    }

    @Override
    public Worker createWorker() {
        Worker worker = delegate.createWorker();
        return new Worker() {
            @Override
            public Disposable schedule(Runnable task) {
                return worker.schedule(task);
            }

            @Override
            public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
                return worker.schedule(task, unit.toNanos(delay) / FACTOR, TimeUnit.NANOSECONDS);
            }

            @Override
            public void dispose() {
                worker.dispose();
            }

            @Override
            public boolean isDisposed() {
                return worker.isDisposed();
            }
        };
    }
}
