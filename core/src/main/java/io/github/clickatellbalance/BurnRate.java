package io.github.clickatellbalance;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * How fast a balance is spent, and the time until it is empty at this rate.
 *
 * @param balance the balance at whose time this is the rate
 * @param perHour what was spent per hour, in the balance's {@linkplain Balance#unit() unit}: zero or more, six significant
 *     digits. Empty before there is enough data
 */
public record BurnRate(Balance balance, Optional<BigDecimal> perHour) {
    private static final double NANOS_PER_HOUR = 3_600e9;

    public BurnRate {
        Objects.requireNonNull(balance, "balance");
        Objects.requireNonNull(perHour, "perHour");
    }

    /**
     * Estimates the rate over a series of balances: what was spent within the window, divided by the time that the known
     * part of the window covers.
     *
     * <ul>
     *   <li>A campaign counts in full while it is within the window.
     *   <li>A top-up is not negative spending: what was spent before and after it counts.
     *   <li>Each value is replaced by the median of itself and its two neighbours, so that one wrong value between two right
     *       ones counts for nothing. The latest value counts as it is until the next one follows. For the same reason, up to
     *       three intervals around a top-up do not count, and neither does a fall that a top-up reverses at once.
     *   <li>There is no rate before the series covers a tenth of the window, and a rate starts anew after a gap longer than
     *       the window, with another unit, and when the clock was set back.
     * </ul>
     *
     * @param window more than zero, at most 365 days. A longer one is steadier, a shorter one follows a change sooner
     * @return a function from the next balance of the series to its rate. It has state (at most about a hundred points): use
     *     one for each series, from one thread at a time
     * @throws IllegalArgumentException if the window is out of these bounds
     */
    public static Function<Balance, BurnRate> estimator(Duration window) {
        return new BurnRateEstimator(window);
    }

    /**
     * The time until the balance is empty at this rate, from its {@link Balance#retrievedAt()}.
     *
     * @return zero if nothing is left; at most 2<sup>63</sup> - 1 ns (292 years), also for a longer time. Empty if nothing
     *     was spent, or before there is enough data
     */
    public Optional<Duration> timeToEmpty() {
        return perHour.filter(rate -> rate.signum() > 0).map(rate -> {
            double hours = balance.amount().doubleValue() / rate.doubleValue();
            return Duration.ofNanos(Math.max(0, Math.round(hours * NANOS_PER_HOUR)));
        });
    }
}
