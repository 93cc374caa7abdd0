package io.github.clickatellbalance;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How fast a balance falls, and how long it will last: an estimate that goes with one balance. */
public final class BurnRate {
    private static final double SECONDS_PER_HOUR = 3600;

    private final Balance balance;
    private final @Nullable BigDecimal perHour;

    /**
     * An estimate.
     *
     * @param balance the balance it goes with
     * @param perHour see {@link #perHour()}, or null
     * @throws NullPointerException if the balance is null
     */
    public BurnRate(Balance balance, @Nullable BigDecimal perHour) {
        this.balance = Objects.requireNonNull(balance, "balance");
        this.perHour = perHour;
    }

    /** {@return the balance that this estimate goes with} */
    public Balance balance() {
        return balance;
    }

    /**
     * What is used in an hour.
     *
     * @return in the balance's unit, with six significant digits: more than zero while the balance falls, zero while it
     *     stands, less while it rises. Empty while there is not enough data yet
     */
    public Optional<BigDecimal> perHour() {
        return Optional.ofNullable(perHour);
    }

    /**
     * How long the balance will last if it goes on falling like this.
     *
     * @return zero if it is used up already. Empty while there is not enough data yet, and if the balance does not fall
     */
    public Optional<Duration> timeToEmpty() {
        if (perHour == null || perHour.signum() <= 0) {
            return Optional.empty();
        }
        double hours = balance.amount().doubleValue() / perHour.doubleValue();
        return Optional.of(Duration.ofSeconds(Math.max(0, (long) (hours * SECONDS_PER_HOUR))));
    }

    @Override
    public String toString() {
        return "BurnRate[balance=" + balance + ", perHour=" + perHour + "]";
    }
}
