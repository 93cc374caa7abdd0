package io.github.clickatellbalance;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Estimates from a series of balances how fast the account empties. For one series; not thread-safe.
 *
 * <p>The rate is the Theil-Sen estimator: the median of the slopes of all pairs of points (Theil 1950; Sen 1968, "Estimates
 * of the Regression Coefficient Based on Kendall's Tau", JASA 63). It needs no tuning, and stays near the truth while up to
 * 29.3 % of the points are wrong by any amount; a line of least squares follows a single wrong one. The price: what is spent
 * in one burst counts for little, so the window should be long enough to see several bursts.
 *
 * <p>A value contradicts the series if it is no later than the one before, or well above the recent ones: the clock was set
 * back, or the account topped up. Such values wait and change nothing, and the next one that fits discards them. Three in a
 * row that agree with each other are believed: the estimate starts anew from them. So a balance that keeps rising is a row
 * of top-ups, and its rate stays unknown.
 *
 * <p>At most {@value #MAX_POINTS} points are kept, spread evenly over the window, however often values come.
 */
public final class BurnRateEstimator {
    static final int MAX_POINTS = 64;

    private static final int MIN_POINTS = 5;
    private static final int MIN_SPANS_PER_WINDOW = 10;
    private static final int ENOUGH_TO_BELIEVE = 3;

    /** With three, two low values that were wrong do not make the return to normal look like a top-up. */
    private static final int RECENT = 3;

    /** From the median absolute deviation to four standard deviations of normal noise. */
    private static final double TOLERATED_DEVIATIONS = 4 * 1.4826;

    private static final Duration LONGEST_WINDOW = Duration.ofDays(365);
    private static final double NANOS_PER_HOUR = 3_600e9;
    private static final MathContext RESULT = new MathContext(6);

    private final Duration window;
    private final List<Balance> kept = new ArrayList<>();
    private final List<Balance> pending = new ArrayList<>();
    private double tolerance;
    private @Nullable BigDecimal perHour;

    /**
     * An estimator that has seen no balance yet.
     *
     * @param window how far back the estimate looks: longer is steadier, shorter follows a change sooner. The first rate
     *     needs five values that span a tenth of it
     * @throws IllegalArgumentException if the window is not positive, or longer than 365 days
     */
    public BurnRateEstimator(Duration window) {
        Objects.requireNonNull(window, "window");
        if (window.compareTo(Duration.ZERO) <= 0 || window.compareTo(LONGEST_WINDOW) > 0) {
            throw new IllegalArgumentException(
                    "window must be positive and at most 365 days, but was: " + window + " (ISO 8601)");
        }
        this.window = window;
    }

    /**
     * Takes the next balance of the series.
     *
     * @param balance that balance
     * @return it, with the rate as far as it is known by now, rounded to six digits
     */
    public BurnRate next(Balance balance) {
        if (kept.isEmpty() || fits(balance)) {
            pending.clear();
            keep(balance);
            estimate();
        } else {
            hold(balance);
        }
        return new BurnRate(balance, perHour);
    }

    List<Balance> kept() {
        return Collections.unmodifiableList(kept);
    }

    private boolean fits(Balance balance) {
        return !isComparable(last(kept), balance) || (isLater(balance) && !isAbove(balance));
    }

    private boolean isComparable(Balance earlier, Balance later) {
        return earlier.unit().equals(later.unit())
                && Duration.between(earlier.retrievedAt(), later.retrievedAt()).compareTo(window) <= 0;
    }

    private boolean isLater(Balance balance) {
        return balance.retrievedAt().isAfter(last(kept).retrievedAt());
    }

    private boolean isAbove(Balance balance) {
        List<Balance> recent = kept.subList(Math.max(0, kept.size() - RECENT), kept.size());
        return difference(balance, Collections.max(recent, Comparator.comparing(Balance::amount))) > tolerance;
    }

    /** Values that waited for company are believed if all came by a clock set back, or all are above what was left. */
    private void hold(Balance balance) {
        if (!pending.isEmpty()) {
            int order = balance.retrievedAt().compareTo(last(pending).retrievedAt());
            if (order == 0) {
                return;
            }
            if (order < 0) {
                pending.clear();
            }
        }
        pending.add(balance);
        if (pending.size() > ENOUGH_TO_BELIEVE) {
            pending.remove(0);
        }
        if (pending.size() == ENOUGH_TO_BELIEVE
                && (pending.stream().noneMatch(this::isLater)
                        || pending.stream().allMatch(this::isAbove))) {
            kept.clear();
            pending.forEach(this::keep);
            pending.clear();
            estimate();
        }
    }

    private void keep(Balance balance) {
        kept.add(balance);
        kept.removeIf(point -> !isComparable(point, balance));
        if (kept.size() > MAX_POINTS) {
            kept.remove(mostCrowded());
        }
    }

    private int mostCrowded() {
        int most = 1;
        for (int i = 2; i < kept.size() - 1; i++) {
            if (nanosAround(i) < nanosAround(most)) {
                most = i;
            }
        }
        return most;
    }

    private long nanosAround(int i) {
        return nanosBetween(kept.get(i - 1), kept.get(i + 1));
    }

    private void estimate() {
        tolerance = 0;
        perHour = null;
        int n = kept.size();
        if (n < MIN_POINTS) {
            return;
        }
        Balance last = last(kept);
        long[] age = kept.stream().mapToLong(point -> nanosBetween(point, last)).toArray();
        // Relative to the last one, so that many digits before the first one that changes do no harm.
        double[] fallen =
                kept.stream().mapToDouble(point -> difference(point, last)).toArray();

        double[] slopes = new double[n * (n - 1) / 2];
        int pairs = 0;
        for (int i = 0; i < n; i++) {
            for (int j = i + 1; j < n; j++) {
                slopes[pairs++] = (fallen[i] - fallen[j]) / (age[i] - age[j]);
            }
        }
        double perNano = sortedMedian(slopes);

        double[] residuals = new double[n];
        Arrays.setAll(residuals, i -> fallen[i] - perNano * age[i]);
        double centre = sortedMedian(residuals);
        Arrays.setAll(residuals, i -> Math.abs(residuals[i] - centre));
        tolerance = TOLERATED_DEVIATIONS * sortedMedian(residuals);

        double rate = perNano * NANOS_PER_HOUR;
        boolean isLongEnough =
                Duration.ofNanos(age[0]).multipliedBy(MIN_SPANS_PER_WINDOW).compareTo(window) >= 0;
        if (isLongEnough && Double.isFinite(rate)) {
            BigDecimal rounded = new BigDecimal(rate, RESULT).stripTrailingZeros();
            perHour = rounded.setScale(Math.max(0, rounded.scale()));
        }
    }

    /** Sorts the values, too. */
    private static double sortedMedian(double[] values) {
        Arrays.sort(values);
        return (values[(values.length - 1) / 2] + values[values.length / 2]) / 2;
    }

    private static double difference(Balance one, Balance other) {
        return one.amount().subtract(other.amount(), MathContext.DECIMAL64).doubleValue();
    }

    private static long nanosBetween(Balance earlier, Balance later) {
        return Duration.between(earlier.retrievedAt(), later.retrievedAt()).toNanos();
    }

    private static Balance last(List<Balance> balances) {
        return balances.get(balances.size() - 1);
    }
}
