package io.github.clickatellbalance.reactor.redis;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * The process of one instance, in virtual time: whatever it does is a task here. It can be stopped (SIGSTOP), continued (SIGCONT: what
 * was due runs at once), and killed.
 */
final class SimulatedProcess implements Scheduler {
    private enum State {
        RUNNING,
        STOPPED,
        KILLED
    }

    private final VirtualTimeScheduler time;
    private final Deque<Runnable> backlog = new ArrayDeque<>();
    private State state = State.RUNNING;

    SimulatedProcess(VirtualTimeScheduler time) {
        this.time = time;
    }

    /** At once, when it is continued, or never. */
    void run(Runnable task) {
        switch (state) {
            case RUNNING -> task.run();
            case STOPPED -> backlog.add(task);
            case KILLED -> {}
        }
    }

    void stop() {
        if (isRunning()) {
            state = State.STOPPED;
        }
    }

    void resume() {
        if (state == State.STOPPED) {
            state = State.RUNNING;
            for (Runnable task; isRunning() && (task = backlog.poll()) != null; ) {
                task.run();
            }
        }
    }

    void kill() {
        state = State.KILLED;
        backlog.clear();
    }

    boolean isRunning() {
        return state == State.RUNNING;
    }

    boolean isKilled() {
        return state == State.KILLED;
    }

    /** A task that does not run once it is disposed of, not even from the backlog. */
    private final class Task implements Runnable, Disposable {
        private final Runnable body;
        private final Disposable.Swap timer = Disposables.swap();

        Task(Runnable body) {
            this.body = body;
        }

        Task at(Disposable scheduled) {
            timer.update(scheduled);
            return this;
        }

        @Override
        public void run() {
            SimulatedProcess.this.run(() -> {
                if (!isDisposed()) {
                    body.run();
                }
            });
        }

        @Override
        public void dispose() {
            timer.dispose();
        }

        @Override
        public boolean isDisposed() {
            return timer.isDisposed();
        }
    }

    @Override
    public Disposable schedule(Runnable task) {
        Task wrapped = new Task(task);
        return wrapped.at(time.schedule(wrapped));
    }

    @Override
    public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
        Task wrapped = new Task(task);
        return wrapped.at(time.schedule(wrapped, delay, unit));
    }

    @Override
    public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
        Task wrapped = new Task(task);
        return wrapped.at(time.schedulePeriodically(wrapped, initialDelay, period, unit));
    }

    @Override
    public long now(TimeUnit unit) {
        return time.now(unit);
    }

    @Override
    public Worker createWorker() {
        return new Worker() {
            private final Disposable.Composite tasks = Disposables.composite();

            private Disposable add(Disposable task) {
                tasks.add(task);
                return task;
            }

            @Override
            public Disposable schedule(Runnable task) {
                return add(SimulatedProcess.this.schedule(task));
            }

            @Override
            public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
                return add(SimulatedProcess.this.schedule(task, delay, unit));
            }

            @Override
            public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
                return add(SimulatedProcess.this.schedulePeriodically(task, initialDelay, period, unit));
            }

            @Override
            public void dispose() {
                tasks.dispose();
            }
        };
    }

    /** By the time that all processes share. */
    static void after(VirtualTimeScheduler time, Duration delay, Runnable task) {
        if (delay.isZero()) {
            task.run();
        } else {
            @Nullable Disposable ignored = time.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        }
    }
}
