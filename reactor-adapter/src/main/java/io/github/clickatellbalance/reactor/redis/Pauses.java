package io.github.clickatellbalance.reactor.redis;

import java.time.Duration;

/**
 * The pauses after a poll, as a feed has them on its own.
 *
 * @param interval after a balance, and the first pause in an outage
 * @param longestOutage the longest pause in an outage
 * @param firstProbe the first pause after a rejection
 * @param longestProbe the longest pause after a rejection
 */
record Pauses(Duration interval, Duration longestOutage, Duration firstProbe, Duration longestProbe) {
    static Pauses of(Duration interval) {
        return new Pauses(
                interval,
                atLeast(interval, Duration.ofMinutes(5)),
                atLeast(interval, Duration.ofMinutes(5)),
                atLeast(interval, Duration.ofHours(1)));
    }

    /** After failures in a row of an instance without Redis. */
    Duration after(int failures, Outcome latest) {
        boolean isRejected = latest.kind().equals("rejected");
        Duration first = isRejected ? firstProbe : interval;
        Duration longest = isRejected ? longestProbe : longestOutage;
        // 27 doublings of a millisecond are more than a day; 27 doublings of a day do not overflow.
        Duration pause = atLeast(latest.requestedPause(), first.multipliedBy(1L << Math.min(failures - 1, 27)));
        return pause.compareTo(longest) < 0 ? pause : longest;
    }

    private static Duration atLeast(Duration interval, Duration pause) {
        return interval.compareTo(pause) > 0 ? interval : pause;
    }
}
