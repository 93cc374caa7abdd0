package io.github.clickatellbalance;

import java.math.BigDecimal;
import java.util.Objects;

/**
 * An amount below which an alert is raised. The margin is a hysteresis: a balance that moves around the amount does not
 * raise one alert after another.
 *
 * @param name the name in alerts and metrics, such as {@code "warning"}
 * @param amount a balance below this is low; in the balance's unit
 * @param margin a low balance has recovered at {@code amount + margin} or above; zero or more
 */
public record Threshold(String name, BigDecimal amount, BigDecimal margin) {
    /** @throws IllegalArgumentException if the name is blank or the margin negative */
    public Threshold {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(amount, "amount");
        Objects.requireNonNull(margin, "margin");
        if (name.isBlank()) {
            throw new IllegalArgumentException("name must not be blank");
        }
        if (margin.signum() < 0) {
            throw new IllegalArgumentException("margin must not be negative, but was: " + margin);
        }
    }
}
