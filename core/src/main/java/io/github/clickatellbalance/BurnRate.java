package io.github.clickatellbalance;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How fast a balance falls, and when nothing will be left if it goes on like that. An estimate: see {@link BurnRateEstimator}.
 *
 * <p>Two are equal when balance and rate are, the scale of the rate included, as for {@link BigDecimal#equals}.
 */
public final class BurnRate {
    private static final double NANOS_PER_HOUR = 3_600e9;

    private final Balance balance;
    private final @Nullable BigDecimal perHour;

    /**
     * The rate at the time of a balance.
     *
     * @param balance that balance
     * @param perHour see {@link #perHour()}; null if there is not enough data yet
     * @throws NullPointerException if the balance is null
     */
    public BurnRate(Balance balance, @Nullable BigDecimal perHour) {
        this.balance = Objects.requireNonNull(balance, "balance");
        this.perHour = perHour;
    }

    /** {@return the balance that this is the rate of} */
    public Balance balance() {
        return balance;
    }

    /**
     * {@return by how much the balance falls in an hour, in {@linkplain Balance#unit() its unit}: positive while it falls,
     * zero if it stays, negative if it rises. Empty if there is not enough data yet}
     */
    public Optional<BigDecimal> perHour() {
        return Optional.ofNullable(perHour);
    }

    /**
     * How long the balance lasts at this rate, counted from its {@link Balance#retrievedAt()}.
     *
     * @return zero if nothing is left; at most 2<sup>63</sup> - 1 ns, which is 292 years and stands for anything longer.
     *     Empty if there is not enough data yet, or the balance does not fall
     */
    public Optional<Duration> timeToEmpty() {
        if (perHour == null || perHour.signum() <= 0) {
            return Optional.empty();
        }
        double hours = balance.amount().doubleValue() / perHour.doubleValue();
        return Optional.of(Duration.ofNanos(Math.max(0, Math.round(hours * NANOS_PER_HOUR))));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof BurnRate that && balance.equals(that.balance) && Objects.equals(perHour, that.perHour);
    }

    @Override
    public int hashCode() {
        return Objects.hash(balance, perHour);
    }

    /** {@return such as {@code BurnRate[100.00 credits at 2026-01-02T03:04:05Z, 12.5 per hour, empty in PT8H]}} */
    @Override
    public String toString() {
        return "BurnRate[" + balance.amount() + " " + balance.unit() + " at " + balance.retrievedAt() + ", "
                + perHour().map(rate -> rate + " per hour").orElse("not enough data yet")
                + timeToEmpty().map(time -> ", empty in " + time).orElse("") + "]";
    }
}
