package io.github.clickatellbalance.reactor;

import java.time.Duration;
import java.util.Objects;

/** The rule for durations that applications pass in, and what is reckoned with them. */
final class Durations {
    /** From a nanosecond to a second, and no overflow from a year. */
    private static final int MAX_DOUBLINGS = 30;

    private Durations() {}

    static Duration checked(String name, Duration value, Duration least, Duration most) {
        Objects.requireNonNull(value, name);
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(
                    name + " must be from " + least + " to " + most + " (ISO 8601), but was: " + value);
        }
        return value;
    }

    static Duration min(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    static Duration max(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    /** Before the n-th try again, counted from one: doubled each time, up to the ceiling. */
    static Duration backoff(Duration first, Duration ceiling, int n) {
        return min(ceiling, first.multipliedBy(1L << Math.min(n - 1, MAX_DOUBLINGS)));
    }
}
