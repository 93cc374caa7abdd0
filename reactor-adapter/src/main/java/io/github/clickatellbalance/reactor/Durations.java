package io.github.clickatellbalance.reactor;

import java.time.Duration;
import java.util.Objects;

/** The one rule for durations that applications pass in. */
final class Durations {
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
}
