package io.github.clickatellbalance.reactor.redis;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** For tests of processes and sockets: nothing here is in virtual time. */
final class Await {
    private static final long STEP = Duration.ofMillis(5).toNanos();

    private Await() {}

    /** {@return how long it took} Fails after the limit. */
    static Duration until(String condition, Duration limit, BooleanSupplier isTrue) {
        return until(() -> condition, limit, isTrue);
    }

    static Duration until(Supplier<String> condition, Duration limit, BooleanSupplier isTrue) {
        long start = System.nanoTime();
        while (!isTrue.getAsBoolean()) {
            if (System.nanoTime() - start > limit.toNanos()) {
                throw new AssertionError("Not within " + limit.toMillis() + " ms: " + condition.get());
            }
            LockSupport.parkNanos(STEP);
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    static void pause(Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        for (long left; (left = end - System.nanoTime()) > 0; ) {
            LockSupport.parkNanos(left);
        }
    }
}
