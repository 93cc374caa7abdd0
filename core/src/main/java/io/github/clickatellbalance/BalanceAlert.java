package io.github.clickatellbalance;

import java.util.Objects;

/**
 * A balance crossed a threshold: the in-process form of the vendor's "notify me when my balance reaches".
 *
 * @param kind which way
 * @param threshold the threshold that was crossed
 * @param balance the first balance on the other side
 */
public record BalanceAlert(Kind kind, Threshold threshold, Balance balance) {
    /** Which way a threshold was crossed. */
    public enum Kind {
        /** The balance is below the threshold's amount, and was not before. */
        LOW,
        /** The balance was low, and is now at the amount plus the margin or above. */
        RECOVERED
    }

    /**
     * Checks the values.
     *
     * @param kind which way
     * @param threshold the threshold
     * @param balance the balance
     * @throws NullPointerException if one is null
     */
    public BalanceAlert {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(threshold, "threshold");
        Objects.requireNonNull(balance, "balance");
    }
}
