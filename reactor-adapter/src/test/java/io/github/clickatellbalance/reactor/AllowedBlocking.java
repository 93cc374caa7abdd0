package io.github.clickatellbalance.reactor;

import java.util.List;
import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/** The blocking calls of other libraries that are allowed. Registered in {@code META-INF/services}. */
public final class AllowedBlocking implements BlockHoundIntegration {
    @Override
    public void applyTo(BlockHound.Builder builder) {
        // All pools share one timer (PoolMaintenanceScheduler). Its lock is held for microseconds.
        builder.allowBlockingCallsInside("reactor.netty.resources.ConnectionProvider", "dispose")
                .allowBlockingCallsInside("reactor.netty.resources.PoolMaintenanceScheduler", "schedule");
        // Netty's allocator frees a magazine under a lock, also for microseconds. NettyBlockHoundIntegration allows
        // Netty's other locks.
        builder.allowBlockingCallsInside("io.netty.buffer.AdaptivePoolingAllocator$Magazine", "free")
                .allowBlockingCallsInside("io.netty.buffer.AdaptivePoolingAllocator$MagazineGroup", "free");
        // A thread pool starts a thread under a lock, also for microseconds.
        builder.allowBlockingCallsInside("java.util.concurrent.ThreadPoolExecutor", "addWorker");
        // The subscribers of the Reactive Streams TCK have queues with locks.
        for (String holder : List.of("Receptacle", "Promise", "Latch")) {
            for (String method : List.of("add", "complete", "close", "reOpen")) {
                builder.allowBlockingCallsInside("org.reactivestreams.tck.TestEnvironment$" + holder, method);
            }
        }
    }
}
