package io.github.clickatellbalance;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** See {@link BurnRate#estimator}. */
final class BurnRateEstimator implements Function<Balance, BurnRate> {
    private static final Duration MAX_WINDOW = Duration.ofDays(365);
    /** Bounds the memory: points are at least a hundredth of the window apart. */
    private static final int MAX_POINTS = 100;

    private static final int MIN_PARTS_OF_WINDOW = 10;
    private static final BigDecimal NANOS_PER_HOUR = BigDecimal.valueOf(3_600_000_000_000L);
    private static final MathContext SIX_DIGITS = new MathContext(6);

    /** What was spent up to a time. */
    private record Point(Instant time, BigDecimal spent) {}

    private final Duration window;
    private final Duration minDistance;
    private final Deque<Point> points = new ArrayDeque<>();
    /** In all series, up to {@link #median}. */
    private BigDecimal spent = BigDecimal.ZERO;
    /** Of the latest value but one, and its neighbours. */
    private BigDecimal median = BigDecimal.ZERO;

    private BigDecimal previous = BigDecimal.ZERO;
    private @Nullable Balance latest;
    private Optional<BigDecimal> perHour = Optional.empty();

    BurnRateEstimator(Duration window) {
        Objects.requireNonNull(window, "window");
        if (window.isNegative() || window.isZero() || window.compareTo(MAX_WINDOW) > 0) {
            throw new IllegalArgumentException(
                    "window must be more than zero and at most " + MAX_WINDOW + " (ISO 8601), but was: " + window);
        }
        this.window = window;
        this.minDistance = window.dividedBy(MAX_POINTS);
    }

    @Override
    public BurnRate apply(Balance balance) {
        if (latest == null || isNewSeries(latest, balance)) {
            points.clear();
            median = balance.amount();
            previous = balance.amount();
            latest = balance;
            perHour = Optional.empty();
        } else if (balance.retrievedAt().isAfter(latest.retrievedAt())) { // else it repeats what is known
            add(latest, balance);
        }
        return new BurnRate(balance, perHour);
    }

    private boolean isNewSeries(Balance latest, Balance next) {
        Duration passed = Duration.between(latest.retrievedAt(), next.retrievedAt());
        boolean isClockSetBack = passed.negated().compareTo(minDistance) > 0;
        return isClockSetBack || passed.compareTo(window) > 0 || !latest.unit().equals(next.unit());
    }

    private void add(Balance latest, Balance next) {
        BigDecimal value = latest.amount();
        BigDecimal settled = median(previous, value, next.amount());
        spent = spent.add(fall(median, settled));
        median = settled;
        previous = value;
        this.latest = next;
        if (points.isEmpty() || timeBetween(points.getLast(), latest).compareTo(minDistance) >= 0) {
            points.add(new Point(latest.retrievedAt(), spent));
        }
        while (points.size() > 1 && timeBetween(points.getFirst(), next).compareTo(window) > 0) {
            points.removeFirst();
        }
        perHour = rate(points.getFirst(), next, spent.add(fall(settled, next.amount())));
    }

    private Optional<BigDecimal> rate(Point first, Balance last, BigDecimal spentAtLast) {
        Duration covered = timeBetween(first, last);
        if (covered.multipliedBy(MIN_PARTS_OF_WINDOW).compareTo(window) < 0) {
            return Optional.empty();
        }
        BigDecimal rate = spentAtLast
                .subtract(first.spent)
                .multiply(NANOS_PER_HOUR)
                .divide(BigDecimal.valueOf(covered.toNanos()), SIX_DIGITS)
                .stripTrailingZeros();
        return Optional.of(rate.setScale(Math.max(0, rate.scale())));
    }

    private static BigDecimal fall(BigDecimal from, BigDecimal to) {
        return from.subtract(to).max(BigDecimal.ZERO);
    }

    private static BigDecimal median(BigDecimal a, BigDecimal b, BigDecimal c) {
        return a.min(b).max(a.max(b).min(c));
    }

    private static Duration timeBetween(Point point, Balance balance) {
        return Duration.between(point.time, balance.retrievedAt());
    }
}
