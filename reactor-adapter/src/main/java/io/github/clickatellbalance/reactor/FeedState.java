package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BalanceSignal.Fresh;
import io.github.clickatellbalance.BalanceSignal.Rejected;
import io.github.clickatellbalance.BalanceSignal.Stale;
import io.github.clickatellbalance.ClickatellException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a feed knows, and how long it waits before it asks again. Immutable: each poll's end makes the next one. */
final class FeedState {
    private static final Duration OUTAGE_CEILING = Duration.ofMinutes(5);
    private static final Duration FIRST_PROBE = Duration.ofMinutes(5);
    private static final Duration PROBE_CEILING = Duration.ofHours(1);

    private final Duration interval;
    private final @Nullable BalanceSignal signal;
    private final @Nullable Fresh current;
    private final int failures;
    private final Duration pause;

    private FeedState(
            Duration interval, @Nullable BalanceSignal signal, @Nullable Fresh current, int failures, Duration pause) {
        this.interval = interval;
        this.signal = signal;
        this.current = current;
        this.failures = failures;
        this.pause = pause;
    }

    /** Before the first poll. */
    static FeedState unknown(Duration interval) {
        return new FeedState(interval, null, null, 0, interval);
    }

    /** Null before the end of the first poll. */
    @Nullable
    BalanceSignal signal() {
        return signal;
    }

    /** The last success, unless it comes from before a time without polls. A new one each time, also if the balance is not. */
    @Nullable
    Fresh current() {
        return current;
    }

    /** How long to wait before the next poll. */
    Duration pause() {
        return pause;
    }

    FeedState succeeded(Balance balance) {
        Fresh fresh = new Fresh(balance);
        return new FeedState(interval, fresh, fresh, 0, interval);
    }

    /** Rejected once, only a success is believed: whatever else fails meanwhile, the probes stay slow. */
    FeedState failed(ClickatellException failure, Instant now) {
        @Nullable Balance last = lastKnown();
        if (signal instanceof Rejected rejected) {
            ClickatellException cause = failure.isTransient() ? rejected.cause() : failure;
            return failed(new Rejected(last, rejected.since(), cause), failures + 1, failure);
        }
        if (!failure.isTransient()) {
            return failed(new Rejected(last, now, failure), 1, failure);
        }
        Instant since = signal instanceof Stale stale ? stale.since() : now;
        return failed(new Stale(last, since, failure), failures + 1, failure);
    }

    private FeedState failed(BalanceSignal signal, int failures, ClickatellException failure) {
        boolean isRejected = signal instanceof Rejected;
        Duration first = isRejected ? Durations.max(interval, FIRST_PROBE) : interval;
        Duration ceiling = Durations.max(interval, isRejected ? PROBE_CEILING : OUTAGE_CEILING);
        Duration backoff = Durations.backoff(first, ceiling, failures);
        Duration asked = failure.retryAfter().orElse(Duration.ZERO);
        return new FeedState(
                interval, signal, current, failures, Durations.min(ceiling, Durations.max(backoff, asked)));
    }

    /** A poll was due, and nobody watches: what is known grows old. */
    FeedState paused(Instant now) {
        BalanceSignal aged =
                signal instanceof Fresh fresh ? new Stale(fresh.balance(), now, new FeedPausedException()) : signal;
        return new FeedState(interval, aged, null, failures, pause);
    }

    private @Nullable Balance lastKnown() {
        return signal == null ? null : signal.lastKnown().orElse(null);
    }
}
