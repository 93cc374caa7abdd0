package io.github.clickatellbalance.reactor;

import java.util.List;
import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/** The one place where blocking that is not ours is allowed; registered in {@code META-INF/services}. */
public final class AllowedBlocking implements BlockHoundIntegration {
    @Override
    public void applyTo(BlockHound.Builder builder) {
        // Pools that are built or disposed of at the same moment wait, for microseconds, for the lock of the timer that
        // they share (PoolMaintenanceScheduler).
        builder.allowBlockingCallsInside("reactor.netty.resources.ConnectionProvider", "dispose")
                .allowBlockingCallsInside("reactor.netty.resources.PoolMaintenanceScheduler", "schedule");
        // Netty's allocator gives up a contended magazine under that magazine's lock, also for microseconds; Netty's
        // own
        // list of what it allows (NettyBlockHoundIntegration) has its other locks.
        builder.allowBlockingCallsInside("io.netty.buffer.AdaptivePoolingAllocator$Magazine", "free")
                .allowBlockingCallsInside("io.netty.buffer.AdaptivePoolingAllocator$MagazineGroup", "free");
        // The subscribers of the Reactive Streams TCK keep what they get in queues with locks.
        for (String holder : List.of("Receptacle", "Promise", "Latch")) {
            for (String method : List.of("add", "complete", "close", "reOpen")) {
                builder.allowBlockingCallsInside("org.reactivestreams.tck.TestEnvironment$" + holder, method);
            }
        }
    }
}
