package io.github.clickatellbalance;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Objects;

/**
 * The credit left on an account at one moment.
 *
 * <p>Two balances are equal when amount, scale, unit and time are: {@code 123.00} and {@code 123.0} differ, as they do for
 * {@link BigDecimal#equals}. Compare amounts with {@link BigDecimal#compareTo}.
 *
 * @param amount what is left, with the scale the vendor sent ({@code 123.00} keeps its two zeros). Zero and negative
 *     amounts are values like any other
 * @param unit {@link #CREDITS}, or the ISO 4217 code of the currency that the account is billed in
 * @param retrievedAt when the reply had been received, by the client's clock
 */
public record Balance(BigDecimal amount, String unit, Instant retrievedAt) {
    /** The unit of accounts that count in credits: {@value}. */
    public static final String CREDITS = "credits";

    /**
     * Checks the values.
     *
     * @param amount what is left
     * @param unit what it is counted in
     * @param retrievedAt when the reply had been received
     * @throws NullPointerException if one is null
     * @throws IllegalArgumentException if the unit is neither {@link #CREDITS} nor three capital letters
     */
    public Balance {
        Objects.requireNonNull(amount, "amount");
        Objects.requireNonNull(unit, "unit");
        Objects.requireNonNull(retrievedAt, "retrievedAt");
        if (!unit.equals(CREDITS) && !isCurrencyCode(unit)) {
            throw new IllegalArgumentException(
                    "unit must be \"" + CREDITS + "\" or an ISO 4217 code of three capital letters, but was: " + unit);
        }
    }

    private static boolean isCurrencyCode(String unit) {
        return unit.length() == 3 && unit.chars().allMatch(letter -> letter >= 'A' && letter <= 'Z');
    }
}
