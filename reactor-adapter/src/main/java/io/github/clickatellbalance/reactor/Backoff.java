package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.ClickatellException;
import java.time.Duration;
import java.util.Objects;

/** Durations: checks of arguments, and pauses that double with each failure. */
final class Backoff {
    /** From a nanosecond to a second, and no overflow from a year. */
    private static final int MAX_DOUBLINGS = 30;

    private Backoff() {}

    static Duration checked(String name, Duration value, Duration min, Duration max) {
        Objects.requireNonNull(value, name);
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(
                    name + " must be from " + min + " to " + max + " (ISO 8601), but was: " + value);
        }
        return value;
    }

    static Duration checkedInterval(Duration interval) {
        return checked("interval", interval, Duration.ofNanos(1), Duration.ofDays(365));
    }

    static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    static Duration max(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    /** The first pause, doubled with each failure after the first one, up to a ceiling. */
    static Duration exponential(Duration first, Duration ceiling, int failures) {
        return min(ceiling, first.multipliedBy(1L << Math.min(failures - 1, MAX_DOUBLINGS)));
    }

    /** The same, or the pause that the server requests if that is longer, up to the ceiling. */
    static Duration pause(Duration first, Duration ceiling, int failures, ClickatellException latest) {
        Duration requested = latest.retryAfter().orElse(Duration.ZERO);
        return min(ceiling, max(exponential(first, ceiling, failures), requested));
    }
}
