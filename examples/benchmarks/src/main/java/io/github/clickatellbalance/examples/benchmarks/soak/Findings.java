package io.github.clickatellbalance.examples.benchmarks.soak;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongPredicate;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import reactor.core.publisher.Hooks;
import reactor.core.scheduler.Schedulers;

/** What must not happen, counted, with the first examples printed; and the checks at the end. */
final class Findings {
    private static final int EXAMPLES = 5;

    /** What must not happen during the run. */
    enum Violation {
        LATE_CALL("calls without an end within their deadline"),
        WRONG_END("calls with an end that is neither one balance nor a ClickatellException"),
        FAILED_WHILE_HEALTHY("calls that failed while the gateway was healthy"),
        WRONG_BALANCE("balances that the gateway did not have"),
        LOST_SUBSCRIBER("subscribers whose stream ended"),
        STALE("feeds that were not fresh in time"),
        DROPPED("uncaught exceptions, and what reaches Reactor's global hooks"),
        LEAKED("leaked buffers");

        private final String title;

        Violation(String title) {
            this.title = title;
        }
    }

    private record Check(String title, String measured, String bound, boolean isKept) {}

    private final Map<Violation, LongAdder> counts = new ConcurrentHashMap<>();
    private final List<Check> checks = new ArrayList<>();
    /** Kept here, since a {@code LogManager} holds loggers weakly. */
    private final Logger leaks = Logger.getLogger(ResourceLeakDetector.class.getName());

    /** Before the first use of Netty. */
    void watch() {
        InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        leaks.addHandler(new LeakHandler());
        Hooks.onErrorDropped(error -> add(Violation.DROPPED, new Throwable("dropped here", error)));
        Hooks.onNextDropped(value -> add(Violation.DROPPED, new Throwable("dropped here: " + value)));
        Schedulers.onHandleError((thread, error) -> add(Violation.DROPPED, new Throwable("in " + thread, error)));
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, error) -> add(Violation.DROPPED, new Throwable("in " + thread, error)));
    }

    private final class LeakHandler extends Handler {
        @Override
        public void publish(LogRecord entry) {
            if (entry.getLevel().intValue() >= Level.SEVERE.intValue()) {
                add(Violation.LEAKED, entry.getMessage());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    /** Netty reports a leaked buffer at an allocation after the garbage collection. */
    static void revealLeaks() {
        for (int i = 0; i < 10; i++) {
            PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
        }
    }

    void add(Violation violation, Object example) {
        LongAdder count = counts.computeIfAbsent(violation, any -> new LongAdder());
        count.increment();
        if (count.sum() <= EXAMPLES) {
            System.out.println("FOUND " + violation + ": " + example);
            if (example instanceof Throwable error) {
                error.printStackTrace(System.out);
            }
        }
    }

    long count() {
        return counts.values().stream().mapToLong(LongAdder::sum).sum();
    }

    void check(String title, long measured, String bound, LongPredicate isKept) {
        check(title, String.valueOf(measured), bound, isKept.test(measured));
    }

    void check(String title, String measured, String bound, boolean isKept) {
        checks.add(new Check(title, measured, bound, isKept));
    }

    /** Prints all checks. {@return whether all of them are kept} */
    boolean report() {
        for (Violation violation : Violation.values()) {
            LongAdder count = counts.get(violation);
            check(violation.title, count == null ? 0 : count.sum(), "0", sum -> sum == 0);
        }
        System.out.printf("%n%-72s %-22s %-28s%n", "check", "measured", "bound");
        for (Check check : checks) {
            System.out.printf(
                    "%-72s %-22s %-28s%s%n", check.title, check.measured, check.bound, check.isKept ? "" : " NOT KEPT");
        }
        return checks.stream().allMatch(Check::isKept);
    }
}
