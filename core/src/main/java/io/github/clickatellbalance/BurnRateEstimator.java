package io.github.clickatellbalance;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Estimates how fast a series of balances falls, from those of a sliding window of time. For one series; not thread-safe.
 *
 * <p>The estimate is that of Theil and Sen: the median of the slopes between all pairs of points (P. K. Sen, "Estimates of
 * the Regression Coefficient Based on Kendall's Tau", Journal of the American Statistical Association 63, 1968). It asks for
 * no even gaps, and up to 29 % of the points may be wrong in any way, where a single one turns a least-squares line.
 *
 * <p>At most {@value #MAX_POINTS} points are kept, spread over the window, so that time and memory for each balance are
 * bounded. There is no estimate before there are {@value #MIN_POINTS} points over a tenth of the window. A balance that
 * jumps up, or whose time is not after the last one's, is set aside; if two more follow that fit to it, they are where the
 * series starts anew (a top-up, a clock that was set back), and if not, it was a single bad value.
 */
public final class BurnRateEstimator {
    private static final int MAX_POINTS = 64;
    private static final int MIN_POINTS = 5;
    private static final int LEAST_PART_OF_WINDOW = 10;
    private static final Duration LONGEST_WINDOW = Duration.ofDays(365);
    private static final int POINTS_OF_A_NEW_START = 3;
    private static final int NEIGHBOURS = 3;
    /** Four standard deviations, by the median absolute deviation of normally distributed noise. */
    private static final double TOLERANCE = 4 * 1.4826;

    private static final double SECONDS_PER_HOUR = 3600;

    private record Point(Instant time, double amount) {}

    private final Duration window;
    private final List<Point> points = new ArrayList<>();
    private final List<Point> setAside = new ArrayList<>();

    /**
     * An estimator that has seen no balance yet.
     *
     * @param window how far back an estimate looks, more than zero and at most 365 days
     * @throws IllegalArgumentException if it is out of these bounds
     */
    public BurnRateEstimator(Duration window) {
        Objects.requireNonNull(window, "window");
        if (window.isZero() || window.isNegative() || window.compareTo(LONGEST_WINDOW) > 0) {
            throw new IllegalArgumentException(
                    "window must be more than zero and at most " + LONGEST_WINDOW + " (ISO 8601), but was: " + window);
        }
        this.window = window;
    }

    /**
     * Takes the next balance of the series.
     *
     * @param balance that balance
     * @return the estimate with it
     */
    public BurnRate next(Balance balance) {
        Point point = new Point(balance.retrievedAt(), balance.amount().doubleValue());
        if (!points.isEmpty() && !isBeforeEnd(point)) {
            points.removeIf(other -> Duration.between(other.time, point.time).compareTo(window) > 0);
        }
        if (points.isEmpty() || !(isBeforeEnd(point) || isJump(point))) {
            setAside.clear();
            points.add(point);
            thinOut();
        } else {
            setAside(point);
        }
        return new BurnRate(balance, perHour());
    }

    private static <T> T last(List<T> list) {
        return list.get(list.size() - 1);
    }

    private boolean isBeforeEnd(Point point) {
        return !point.time.isAfter(last(points).time);
    }

    /** Up, and by more than noise: the few latest points are looked at, so that a single low one makes no jump of the next. */
    private boolean isJump(Point point) {
        double highest = points.stream()
                .skip(Math.max(0, points.size() - NEIGHBOURS))
                .mapToDouble(Point::amount)
                .max()
                .orElseThrow();
        return point.amount > highest && point.amount > highest + TOLERANCE * deviation();
    }

    private void setAside(Point point) {
        if (point.time.equals(last(points).time)) {
            return; // the same again
        }
        if (!setAside.isEmpty()) {
            boolean isForTheSameReason = isBeforeEnd(setAside.get(0)) == isBeforeEnd(point);
            if (!isForTheSameReason || point.time.isBefore(last(setAside).time)) {
                setAside.clear();
            } else if (point.time.equals(last(setAside).time)) {
                return;
            }
        }
        setAside.add(point);
        if (setAside.size() == POINTS_OF_A_NEW_START) {
            points.clear();
            points.addAll(setAside);
            setAside.clear();
        }
    }

    /** Drops the point whose neighbours are closest to each other. The first one and the newest stay. */
    private void thinOut() {
        if (points.size() <= MAX_POINTS) {
            return;
        }
        int closest = 1;
        for (int i = 2; i < points.size() - 1; i++) {
            if (gapAround(i).compareTo(gapAround(closest)) < 0) {
                closest = i;
            }
        }
        points.remove(closest);
    }

    private Duration gapAround(int i) {
        return Duration.between(points.get(i - 1).time, points.get(i + 1).time);
    }

    int points() {
        return points.size();
    }

    private @Nullable BigDecimal perHour() {
        Duration span = Duration.between(points.get(0).time, last(points).time);
        if (points.size() < MIN_POINTS
                || span.multipliedBy(LEAST_PART_OF_WINDOW).compareTo(window) < 0) {
            return null;
        }
        double fall = -slope() * SECONDS_PER_HOUR;
        return Double.isFinite(fall) ? BigDecimal.valueOf(fall).round(new MathContext(6)) : null;
    }

    /** In units per second. */
    private double slope() {
        double[] slopes = new double[points.size() * (points.size() - 1) / 2];
        int count = 0;
        for (int later = 1; later < points.size(); later++) {
            for (int earlier = 0; earlier < later; earlier++) {
                Point from = points.get(earlier);
                Point to = points.get(later);
                slopes[count++] = (to.amount - from.amount) / (seconds(to) - seconds(from));
            }
        }
        return median(slopes);
    }

    /** The median absolute deviation of the points from the line; zero while there are too few to tell. */
    private double deviation() {
        if (points.size() < MIN_POINTS) {
            return 0;
        }
        double slope = slope();
        double[] heights = points.stream()
                .mapToDouble(point -> point.amount - slope * seconds(point))
                .toArray();
        double middle = median(heights.clone());
        return median(
                Arrays.stream(heights).map(height -> Math.abs(height - middle)).toArray());
    }

    /** Since the first point, so that no digits are lost. */
    private double seconds(Point point) {
        Duration since = Duration.between(points.get(0).time, point.time);
        return since.getSeconds() + since.getNano() / 1e9;
    }

    /** Sorts the values. */
    private static double median(double[] values) {
        Arrays.sort(values);
        int middle = values.length / 2;
        return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
