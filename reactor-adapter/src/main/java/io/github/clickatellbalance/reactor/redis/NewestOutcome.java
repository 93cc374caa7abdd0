package io.github.clickatellbalance.reactor.redis;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The newest outcome that this instance has received, from Redis or from a poll of its own, and how long it is valid while Redis is unavailable:
 * a balance for the interval, a failure of its own for the pause after it. Thread-safe.
 */
final class NewestOutcome {
    /** Redis counts whole milliseconds, and timers may be early. */
    private static final Duration MARGIN = Duration.ofMillis(5);
    /** Of a pause, so that instances without Redis do not poll at the same moment. */
    private static final double JITTER = 0.1;

    private final Pauses pauses;
    private final LongSupplier nanoTime;
    private final AtomicReference<@Nullable Received> newest = new AtomicReference<>();

    NewestOutcome(Pauses pauses, LongSupplier nanoTime) {
        this.pauses = pauses;
        this.nanoTime = nanoTime;
    }

    /** An outcome for a caller, and in how long a feed should poll next. */
    record Result(Outcome outcome, Duration nextPoll) {}

    /**
     * An outcome. Times are those of {@code nanoTime}.
     *
     * @param at when the gateway replied
     * @param validUntil while Redis is unavailable
     * @param failures failed polls without Redis in a row
     */
    private record Received(Outcome outcome, long at, long validUntil, int failures) {
        Received repeated(long now) {
            return new Received(outcome.repeated(Duration.ofNanos(now - at)), at, validUntil, failures);
        }

        boolean isNewerThan(Received other) {
            return at - other.at > 0;
        }
    }

    /**
     * An outcome of all instances. It may be older than a balance that this instance has shown: from a poll without Redis, or before a
     * failover. Then the caller gets that balance until it is as old as the interval.
     *
     * @param dueIn the time until the next poll of all instances
     */
    Result shared(Outcome outcome, Duration age, Duration dueIn) {
        long now = nanoTime.getAsLong();
        long at = now - age.toNanos();
        // A failure of all instances is not valid without Redis: then this instance polls by itself.
        Received shared = new Received(outcome, at, isBalance(outcome) ? at + intervalNanos() : at, 0);
        Received latest = keepNewest(shared);
        Duration left = Duration.ofNanos(latest.validUntil - now);
        return isBalance(latest.outcome) && left.toNanos() > 0
                ? new Result(latest.outcome, nextPoll(min(dueIn, left)))
                : new Result(outcome, nextPoll(dueIn));
    }

    private Received keepNewest(Received received) {
        Received latest = newest.accumulateAndGet(
                received, (before, after) -> before != null && before.isNewerThan(received) ? before : after);
        return latest == null ? received : latest;
    }

    /** An outcome of a poll of this instance alone, just now. After a failure there is a pause as all instances would have it. */
    Result own(Outcome outcome) {
        long now = nanoTime.getAsLong();
        Received before = newest.get();
        int failures = isBalance(outcome) ? 0 : 1 + (before == null ? 0 : before.failures);
        Duration validity = isBalance(outcome) ? pauses.interval() : withJitter(pauses.after(failures, outcome));
        Received received = new Received(outcome, now, now + validity.toNanos(), failures);
        keepNewest(received);
        return result(received, now);
    }

    /** What a call gets without a request while Redis is unavailable; null if a poll is due. */
    @Nullable
    Result valid() {
        long now = nanoTime.getAsLong();
        Received received = newest.get();
        return received == null || received.validUntil - now <= 0 ? null : result(received.repeated(now), now);
    }

    /** Without Redis, the next poll after a balance has jitter; a failure has it in its pause. */
    private Result result(Received received, long now) {
        Duration left = Duration.ofNanos(received.validUntil - now);
        return new Result(
                received.outcome,
                isBalance(received.outcome)
                        ? left.plus(jitter(pauses.interval())).plus(MARGIN)
                        : nextPoll(left));
    }

    /** A pause after a failure may end early, since another instance may have a balance: so a feed looks for it at each interval. */
    private Duration nextPoll(Duration dueIn) {
        return min(dueIn, pauses.interval()).plus(MARGIN);
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private long intervalNanos() {
        return pauses.interval().toNanos();
    }

    private static boolean isBalance(Outcome outcome) {
        return outcome.balance() != null;
    }

    private static Duration withJitter(Duration pause) {
        return pause.plus(jitter(pause));
    }

    private static Duration jitter(Duration pause) {
        return Duration.ofNanos(
                (long) (pause.toNanos() * ThreadLocalRandom.current().nextDouble(JITTER)));
    }
}
