package io.github.clickatellbalance;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A balance crossed a threshold.
 *
 * @param balance the first balance after the crossing
 */
public record BalanceAlert(Kind kind, Threshold threshold, Balance balance) {
    /** The direction in which a threshold was crossed. */
    public enum Kind {
        /** The balance is below the threshold's amount, and was not before. */
        LOW,
        /** The balance was low, and is now at the amount plus the margin or above. */
        RECOVERED
    }

    public BalanceAlert {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(threshold, "threshold");
        Objects.requireNonNull(balance, "balance");
    }

    /**
     * Tracks a series of balances. Each crossing of a threshold gives one alert; so does a first balance that is low.
     *
     * @param thresholds at least one, in any order
     * @return a function from the next balance of the series to its alerts, most often none, those of the lowest threshold
     *     first. It has state: use one for each series, from one thread at a time
     * @throws IllegalArgumentException if there is no threshold, or two are equal
     */
    public static Function<Balance, List<BalanceAlert>> tracker(Threshold... thresholds) {
        if (thresholds.length == 0) {
            throw new IllegalArgumentException("thresholds must not be empty");
        }
        Set<Threshold> seen = new HashSet<>();
        for (Threshold threshold : thresholds) {
            if (!seen.add(Objects.requireNonNull(threshold, "threshold"))) {
                throw new IllegalArgumentException(
                        "thresholds must differ, but this one was given twice: " + threshold);
            }
        }
        List<Threshold> lowestFirst = Stream.of(thresholds)
                .sorted(Comparator.comparing(Threshold::amount))
                .toList();
        Set<Threshold> low = new HashSet<>();
        return balance -> {
            List<BalanceAlert> alerts = new ArrayList<>();
            for (Threshold threshold : lowestFirst) {
                if (balance.amount().compareTo(threshold.amount()) < 0) {
                    if (low.add(threshold)) {
                        alerts.add(new BalanceAlert(Kind.LOW, threshold, balance));
                    }
                } else if (balance.amount().compareTo(threshold.amount().add(threshold.margin())) >= 0
                        && low.remove(threshold)) {
                    alerts.add(new BalanceAlert(Kind.RECOVERED, threshold, balance));
                }
            }
            return alerts;
        };
    }
}
