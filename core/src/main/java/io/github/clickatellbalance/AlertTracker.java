package io.github.clickatellbalance;

import io.github.clickatellbalance.BalanceAlert.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** Tells of each threshold that a series of balances crosses, once for each crossing. For one series; not thread-safe. */
public final class AlertTracker {
    private final List<Threshold> thresholds;
    private final Set<Threshold> low = new HashSet<>();

    /**
     * A tracker that has seen no balance yet.
     *
     * @param thresholds at least one, in any order; they are evaluated lowest amount first
     * @throws IllegalArgumentException if there is none, or two are equal
     */
    public AlertTracker(Threshold... thresholds) {
        if (thresholds.length == 0) {
            throw new IllegalArgumentException("thresholds must not be empty");
        }
        Set<Threshold> seen = new HashSet<>();
        for (Threshold threshold : thresholds) {
            if (!seen.add(Objects.requireNonNull(threshold, "threshold"))) {
                throw new IllegalArgumentException("thresholds must differ, but this one came twice: " + threshold);
            }
        }
        this.thresholds = Stream.of(thresholds)
                .sorted(Comparator.comparing(Threshold::amount))
                .toList();
    }

    /**
     * Takes the next balance of the series.
     *
     * @param balance that balance; the first one may be low at once
     * @return the alerts it raises, those of the lowest threshold first; most often none
     */
    public List<BalanceAlert> next(Balance balance) {
        List<BalanceAlert> alerts = new ArrayList<>();
        for (Threshold threshold : thresholds) {
            if (threshold.isLow(balance)) {
                if (low.add(threshold)) {
                    alerts.add(new BalanceAlert(Kind.LOW, threshold, balance));
                }
            } else if (threshold.isRecovered(balance) && low.remove(threshold)) {
                alerts.add(new BalanceAlert(Kind.RECOVERED, threshold, balance));
            }
        }
        return alerts;
    }
}
