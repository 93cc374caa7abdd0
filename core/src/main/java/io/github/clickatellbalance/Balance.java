package io.github.clickatellbalance;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Objects;

/**
 * The credit left on an account at one moment.
 *
 * <p>Two balances are equal when amount, scale, unit and time are equal: {@code 123.00} and {@code 123.0} differ, as they do
 * for {@link BigDecimal#equals}. Compare amounts with {@link BigDecimal#compareTo}.
 *
 * @param amount the credit left, with the scale that the vendor sent ({@code 123.00} keeps its two zeros); may be zero or
 *     negative
 * @param unit {@link #CREDITS}, or the ISO 4217 code of the currency in which the account is billed
 * @param retrievedAt when the reply had been received, by the client's clock
 */
public record Balance(BigDecimal amount, String unit, Instant retrievedAt) {
    /** The unit of accounts that count in credits: {@value}. */
    public static final String CREDITS = "credits";

    /** @throws IllegalArgumentException if the unit is neither {@link #CREDITS} nor three capital letters */
    public Balance {
        Objects.requireNonNull(amount, "amount");
        Objects.requireNonNull(unit, "unit");
        Objects.requireNonNull(retrievedAt, "retrievedAt");
        if (!unit.equals(CREDITS) && !unit.matches("[A-Z]{3}")) {
            throw new IllegalArgumentException(
                    "unit must be \"" + CREDITS + "\" or an ISO 4217 code of three capital letters, but was: " + unit);
        }
    }
}
