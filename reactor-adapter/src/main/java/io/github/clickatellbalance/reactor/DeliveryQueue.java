package io.github.clickatellbalance.reactor;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Runs tasks on a scheduler's threads, all from one queue: a task that blocks its thread holds back no
 * other, as long as there is a thread left. Reactor's
 * workers are each tied to one thread, on which thousands of subscribers would wait behind one that blocks.
 */
final class DeliveryQueue implements Executor {
    /** The other half of the threads that Reactor has for this by default is left to the application. */
    private static final int MAX_THREADS = Math.max(1, Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE / 2);

    private final Supplier<Scheduler> scheduler;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger threads = new AtomicInteger();

    DeliveryQueue(Supplier<Scheduler> scheduler) {
        this.scheduler = scheduler;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        startThread();
    }

    private void startThread() {
        if (threads.getAndUpdate(count -> Math.min(count + 1, MAX_THREADS)) == MAX_THREADS) {
            return;
        }
        try {
            scheduler.get().schedule(this::run);
        } catch (RejectedExecutionException e) {
            threads.decrementAndGet();
            throw e;
        }
    }

    private void run() {
        for (Runnable task; (task = tasks.poll()) != null; ) {
            task.run();
            Thread.interrupted(); // what one subscriber did to its thread is no business of the next one's
        }
        threads.decrementAndGet();
        if (!tasks.isEmpty()) { // one that came between the two lines above, when every thread seemed to be at work
            startThread();
        }
    }
}
