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

/**
 * The state of a feed between two events of its poll loop. Immutable.
 *
 * @param interval the pause after a success
 * @param signal the current signal; null before the first event
 * @param fresh the last success, a new object for each; null before the first one
 * @param failures failed polls in a row
 * @param pause the pause before the next poll
 * @param isOverdue whether the poll in flight is overdue
 */
record FeedState(
        Duration interval,
        @Nullable BalanceSignal signal,
        @Nullable Fresh fresh,
        int failures,
        Duration pause,
        boolean isOverdue) {
    private static final Duration FIRST_PROBE = Duration.ofMinutes(5);
    private static final Duration PROBE_CEILING = Duration.ofHours(1);

    static FeedState initial(Duration interval) {
        return new FeedState(interval, null, null, 0, interval, false);
    }

    FeedState succeeded(Balance balance) {
        Fresh next = new Fresh(balance);
        return new FeedState(interval, next, next, 0, interval, false);
    }

    /** Rejected is left only by a success: until then the pauses stay long, whatever else fails. */
    FeedState failed(ClickatellException failure, Instant now) {
        boolean isRejection = failure.needsIntervention();
        if (signal instanceof Rejected rejected) {
            return rejected(rejected.since(), isRejection ? failure : rejected.cause(), failures + 1, failure);
        }
        if (isRejection) {
            return rejected(now, failure, 1, failure);
        }
        return new FeedState(
                interval,
                stale(failure, now),
                fresh,
                failures + 1,
                PollSchedule.outagePause(interval, failures + 1, failure),
                false);
    }

    private FeedState rejected(Instant since, ClickatellException cause, int count, ClickatellException latest) {
        Duration pause =
                Backoff.pause(Backoff.max(interval, FIRST_PROBE), Backoff.max(interval, PROBE_CEILING), count, latest);
        return new FeedState(interval, new Rejected(last(), since, cause), fresh, count, pause, false);
    }

    /** The poll in flight takes too long. */
    FeedState overdue(ClickatellException cause, Instant now) {
        BalanceSignal next = signal instanceof Rejected ? signal : stale(cause, now);
        return new FeedState(interval, next, fresh, failures, pause, true);
    }

    private Stale stale(ClickatellException cause, Instant now) {
        return new Stale(last(), signal instanceof Stale stale ? stale.since() : now, cause);
    }

    private @Nullable Balance last() {
        return fresh == null ? null : fresh.balance();
    }
}
