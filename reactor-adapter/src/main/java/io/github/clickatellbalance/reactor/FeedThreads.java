package io.github.clickatellbalance.reactor;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The threads of all subscribers of all feeds of the JVM. All take their tasks from one queue, so that a subscriber that
 * blocks its thread delays no other one. A worker of Reactor's {@code boundedElastic} has one thread, on which thousands of
 * subscribers would wait behind one that blocks, and those threads belong to the application.
 */
final class FeedThreads {
    /** How many subscribers may block at once. Idle threads end, so the bound costs nothing. */
    static final int MAX_THREADS = 64;

    static final Scheduler SCHEDULER = Schedulers.fromExecutor(executor());

    private FeedThreads() {}

    private static Executor executor() {
        AtomicInteger count = new AtomicInteger();
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                MAX_THREADS, MAX_THREADS, 10, TimeUnit.SECONDS, new LinkedTransferQueue<>(), task -> {
                    // Neither thread locals nor the class loader of whichever application subscribes first.
                    Thread thread =
                            new Thread(null, task, "clickatell-balance-feed-" + count.incrementAndGet(), 0, false);
                    thread.setContextClassLoader(FeedThreads.class.getClassLoader());
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        // As an ExecutorService, Reactor would interrupt a subscriber that is cancelled while it blocks.
        return task -> executor.execute(task);
    }
}
