package io.github.clickatellbalance;

import java.math.BigDecimal;
import java.util.Objects;

/**
 * An amount to be warned at. A balance below it is low; one that was low has recovered at {@code amount + margin} or above.
 * In between nothing changes, so that a balance that hovers around the amount does not raise one alert after another.
 *
 * @param name what people call it, such as {@code "warning"}
 * @param amount a balance below this is low; in the balance's unit
 * @param margin how far above the amount a balance has recovered; zero or more
 */
public record Threshold(String name, BigDecimal amount, BigDecimal margin) {
    /**
     * Checks the values.
     *
     * @param name what people call it
     * @param amount a balance below this is low
     * @param margin how far above the amount a balance has recovered
     * @throws NullPointerException if one is null
     * @throws IllegalArgumentException if the name is blank or the margin negative
     */
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

    boolean isLow(Balance balance) {
        return balance.amount().compareTo(amount) < 0;
    }

    boolean isRecovered(Balance balance) {
        return balance.amount().compareTo(amount.add(margin)) >= 0;
    }
}
