package io.github.clickatellbalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Times are in hours. Where nothing else is said, the balance falls by 10 an hour from 1000. */
class BurnRateEstimatorTest {
    /** To repeat a failure: {@code -Dburn-rate.seed=...} */
    private static final long SEED = Long.getLong("burn-rate.seed", new Random().nextLong());

    private static final int HISTORIES = 20;
    private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
    private static final double NANOS_PER_HOUR = 3_600e9;
    private static final double NANOSECOND = 1 / NANOS_PER_HOUR;
    private static final int WINDOW = 10;
    private static final double UNKNOWN = Double.NaN;

    private final Random random = new Random(SEED);
    private BurnRateEstimator estimator = empty();

    private static BurnRateEstimator empty() {
        return new BurnRateEstimator(Duration.ofHours(WINDOW));
    }

    private static Instant at(double hour) {
        return START.plusNanos(Math.round(hour * NANOS_PER_HOUR));
    }

    private static Balance balance(double hour, BigDecimal amount) {
        return new Balance(amount, Balance.CREDITS, at(hour));
    }

    private static double amountAt(double hour) {
        return 1000 - 10 * hour;
    }

    private double next(Balance balance) {
        return estimator.next(balance).perHour().map(BigDecimal::doubleValue).orElse(UNKNOWN);
    }

    private double next(double hour, double amount) {
        return next(balance(hour, BigDecimal.valueOf(amount)));
    }

    private double next(double hour) {
        return next(hour, amountAt(hour));
    }

    /** A value each hour. */
    private double feed(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToDouble(this::next).reduce(UNKNOWN, (previous, last) -> last);
    }

    private void assertKept(double... hours) {
        assertThat(estimator.kept())
                .extracting(Balance::retrievedAt)
                .containsExactlyElementsOf(DoubleStream.of(hours)
                        .mapToObj(BurnRateEstimatorTest::at)
                        .toList());
    }

    private void assertKeptHourly(int from, int to) {
        assertKept(IntStream.rangeClosed(from, to).asDoubleStream().toArray());
    }

    @Test
    void each_result_has_its_balance() {
        for (Balance balance :
                List.of(balance(0, BigDecimal.TEN), balance(1, BigDecimal.valueOf(900)), balance(0, BigDecimal.ONE))) {
            assertThat(estimator.next(balance).balance()).isSameAs(balance);
        }
    }

    // How much is enough

    @Test
    void a_rate_needs_five_values() {
        assertThat(feed(0, 3)).isNaN();
        assertThat(next(4)).isEqualTo(10);
    }

    @Test
    void a_rate_needs_a_tenth_of_the_window() {
        for (int i = 0; i < 9; i++) {
            assertThat(next(i * 0.1)).isNaN();
        }
        assertThat(next(1 - NANOSECOND, 990)).isNaN();
        assertThat(next(1, 990)).isEqualTo(10);
    }

    @Test
    void values_older_than_the_window_go() {
        feed(0, 20);
        assertKeptHourly(10, 20);
    }

    @Test
    void a_gap_longer_than_the_window_starts_anew_whatever_comes() {
        feed(0, 4);
        assertThat(next(14)).isNaN();
        assertKept(4, 14);
        feed(15, 20);
        assertThat(next(30 + NANOSECOND, 5000)).isNaN();
        assertKept(30 + NANOSECOND);
    }

    @Test
    void another_unit_starts_anew() {
        feed(0, 5);
        assertThat(next(new Balance(BigDecimal.TEN, "ZAR", at(6)))).isNaN();
        assertKept(6);
    }

    // The estimate

    @Test
    void the_rate_is_the_median_of_the_slopes_of_all_pairs() {
        next(0, 100);
        next(1, 95);
        next(2, 88);
        next(4, 80);
        // 4 5 5 5 6 7 12.8 14.75 17.3 44
        assertThat(next(5, 36)).isEqualTo(6.5);
        // 0 4 5 5 5 6 7 10.6667 11.8 12.8 13 14.75 17.3 22 44
        assertThat(next(6, 36)).isEqualTo(10.6667);
    }

    @ParameterizedTest
    @CsvSource({
        "0.333333333333, 0.333333",
        "0.0000123456789, 0.0000123457",
        "0.250, 0.25",
        "0.1, 0.1",
        "100, 100",
        "1234567.89, 1234570",
        "0, 0"
    })
    void a_rate_has_six_digits_and_no_exponent(BigDecimal perHour, BigDecimal expected) {
        for (int hour = 0; hour < 4; hour++) {
            next(balance(hour, perHour.multiply(BigDecimal.valueOf(-hour))));
        }
        assertThat(estimator
                        .next(balance(4, perHour.multiply(BigDecimal.valueOf(-4))))
                        .perHour())
                .contains(expected);
    }

    @Test
    void the_rate_is_negative_while_the_balance_recovers() {
        next(0, 100);
        next(1, 90);
        next(2, 95);
        next(3, 100);
        assertThat(next(4, 100)).isEqualTo(-1.25);
    }

    @ParameterizedTest
    @ValueSource(strings = {"123456789012345678901234567890", "0.123456789012345678901234567890", "2", "-7"})
    void digits_and_sign_of_the_amount_do_not_matter(BigDecimal first) {
        double rate = UNKNOWN;
        for (int hour = 0; hour < 30; hour++) {
            rate = next(balance(hour, first.subtract(BigDecimal.valueOf(hour))));
        }
        assertThat(rate).isEqualTo(1);
        assertKeptHourly(19, 29);
    }

    @Test
    void a_change_of_the_rate_is_followed_within_a_window() {
        feed(0, 20);
        double previous = 10;
        for (int hour = 21; hour <= 30; hour++) {
            double rate = next(hour, amountAt(20) - 50 * (hour - 20));
            assertThat(rate).as("at %d", hour).isBetween(previous, 50.0);
            previous = rate;
        }
        assertThat(previous).isEqualTo(50);
    }

    @Test
    void a_known_rate_is_found_in_noise_at_irregular_times() {
        for (int history = 0; history < HISTORIES; history++) {
            double perHour = perHour();
            double noise = perHour * WINDOW / 100;
            assertThat(largestError(perHour, hour -> 1e5 - perHour * hour + noise * (2 * random.nextDouble() - 1)))
                    .as("seed %d, history %d", SEED, history)
                    .isLessThan(0.05);
        }
    }

    @Test
    void a_known_rate_is_found_in_whole_credits() {
        for (int history = 0; history < HISTORIES; history++) {
            double perHour = 2 + perHour();
            assertThat(largestError(perHour, hour -> Math.floor(1e5 - perHour * hour)))
                    .as("seed %d, history %d", SEED, history)
                    .isLessThan(0.05);
        }
    }

    @Test
    void a_known_rate_is_found_when_nothing_is_spent_half_of_the_time() {
        for (int history = 0; history < HISTORIES; history++) {
            double perHour = perHour();
            assertThat(largestError(perHour, hour -> {
                        double sinceFlat = hour - Math.floor(hour);
                        return 1e5 - perHour * (Math.floor(hour) + Math.min(1, 2 * sinceFlat));
                    }))
                    .as("seed %d, history %d", SEED, history)
                    .isLessThan(0.1);
        }
    }

    private double perHour() {
        return 0.1 + 1000 * random.nextDouble();
    }

    /** The largest relative error of the rate once the first window is full; values come at random. */
    private double largestError(double perHour, DoubleUnaryOperator amountAt) {
        estimator = empty();
        double largest = 0;
        double hour = 0;
        while (hour < 3 * WINDOW) {
            double rate = next(hour, amountAt.applyAsDouble(hour));
            if (hour > WINDOW) {
                largest = Math.max(largest, Math.abs(rate - perHour) / perHour);
            }
            hour += random.nextDouble() * (random.nextInt(20) == 0 ? 2 : 0.4);
        }
        return largest;
    }

    @Test
    void noise_around_a_slow_decline_is_no_top_up() {
        for (int history = 0; history < HISTORIES; history++) {
            estimator = empty();
            for (int i = 0; i < 200; i++) {
                double rate = next(i * 0.5, 1000 - i * 1.5 + 5 * (2 * random.nextDouble() - 1));
                // A start anew would leave three points. Of the first few values, three may happen to rise.
                if (i >= 25) {
                    assertThat(rate)
                            .as("seed %d, history %d, value %d", SEED, history, i)
                            .isNotNaN();
                }
            }
        }
    }

    // One bad value

    @ParameterizedTest
    @ValueSource(doubles = {0, -50, 500, 2000, 1e9})
    void one_bad_value_does_nothing_wherever_it_stands(double bad) {
        for (int position = 0; position <= 20; position++) {
            estimator = empty();
            for (int i = 0; i <= 20; i++) {
                double hour = i * 0.5;
                double rate = next(hour, i == position ? bad : amountAt(hour));
                assertThat(Double.isNaN(rate) && i < 8 ? 10 : rate)
                        .as("bad value %d, value %d", position, i)
                        .isEqualTo(10);
            }
            boolean isHeldUp = bad > 1000 ? position > 0 : position == 0;
            assertThat(estimator.kept()).as("bad value %d", position).hasSize(isHeldUp ? 20 : 21);
        }
    }

    @Test
    void two_low_values_do_not_make_the_return_a_top_up() {
        feed(0, 5);
        next(6, 0);
        next(7, 0);
        assertThat(feed(8, 10)).isEqualTo(10);
        assertKeptHourly(0, 10);
    }

    // Top-ups

    @Test
    void a_top_up_is_believed_at_the_third_value_and_starts_anew() {
        feed(0, 9);
        assertThat(next(10, 5000)).isEqualTo(10);
        assertThat(next(11, 4970)).isEqualTo(10);
        assertKeptHourly(0, 9);
        assertThat(next(12, 4940)).isNaN();
        assertKept(10, 11, 12);
        assertThat(next(13, 4910)).isNaN();
        assertThat(next(14, 4880)).isEqualTo(30);
    }

    @Test
    void a_jump_is_one_above_the_last_three_values() {
        feed(0, 9);
        next(10, amountAt(7));
        assertKeptHourly(0, 10);
        next(11, amountAt(7) + 0.01);
        assertKeptHourly(0, 10);
        feed(11, 13);
        next(14, amountAt(11) + 0.01);
        assertKeptHourly(3, 13);
        next(14, amountAt(11));
        assertKeptHourly(4, 14);
    }

    @Test
    void a_jump_is_one_above_the_noise() {
        noisy();
        next(12, 1003 + 17.79);
        assertThat(estimator.kept()).last().extracting(Balance::retrievedAt).isEqualTo(at(12));
        estimator = empty();
        noisy();
        next(12, 1003 + 17.8);
        assertThat(estimator.kept()).last().extracting(Balance::retrievedAt).isEqualTo(at(8));
    }

    @Test
    void noise_is_forgotten_with_its_values() {
        noisy();
        next(30, 1000);
        next(31, 1000.01);
        assertKept(30);
    }

    /** Around 1000, with a median absolute deviation of 3: four standard deviations are 17.7912. */
    private void noisy() {
        double[] amounts = {1003, 997, 1000, 1003, 997, 1003, 1000, 997, 1003};
        IntStream.range(0, amounts.length).forEach(hour -> next(hour, amounts[hour]));
        assertThat(estimator.kept()).hasSize(amounts.length);
    }

    @Test
    void a_value_that_falls_back_ends_a_top_up() {
        feed(0, 9);
        next(9.1, 5000);
        next(9.2, 5000);
        assertThat(next(9.3)).isEqualTo(10);
        next(9.4, 5000);
        next(9.5, 5000);
        assertThat(next(10)).isEqualTo(10);
        assertThat(estimator.kept()).hasSize(12);
    }

    @Test
    void a_balance_that_keeps_rising_has_no_rate() {
        for (int hour = 0; hour < 20; hour++) {
            assertThat(next(hour, 10 * hour)).isNaN();
        }
    }

    @Test
    void top_ups_do_not_spoil_the_rate() {
        for (int history = 0; history < HISTORIES; history++) {
            estimator = empty();
            double perHour = perHour();
            double amount = 1e5;
            double lastTopUp = 0;
            for (double hour = 0; hour < 10 * WINDOW; hour += 0.25) {
                if (hour - lastTopUp >= 2 && random.nextInt(40) == 0) {
                    amount += perHour * (3 + 100 * random.nextDouble());
                    lastTopUp = hour;
                }
                double rate = next(hour, amount);
                boolean isKnown = hour - lastTopUp >= 1 || (lastTopUp > 0 && hour - lastTopUp < 0.5);
                assertThat(rate)
                        .as("seed %d, history %d, hour %s", SEED, history, hour)
                        .isCloseTo(isKnown ? perHour : UNKNOWN, withinPercentage(0.001));
                amount -= perHour * 0.25;
            }
        }
    }

    // Clocks

    @Test
    void an_instant_that_repeats_does_nothing_however_often() {
        feed(0, 9);
        for (int i = 0; i < 100; i++) {
            assertThat(next(9, 2000 * random.nextDouble())).as("seed %d", SEED).isEqualTo(10);
        }
        assertKeptHourly(0, 9);
        for (int i = 0; i < 100; i++) {
            assertThat(next(9.5, 5000 + i)).isEqualTo(10);
        }
        assertKeptHourly(0, 9);
        assertThat(next(10)).isEqualTo(10);
        assertKeptHourly(0, 10);
    }

    @Test
    void a_clock_that_goes_back_once_or_twice_does_nothing() {
        feed(0, 9);
        assertThat(next(5, 3)).isEqualTo(10);
        assertThat(next(6, 2)).isEqualTo(10);
        assertThat(next(10)).isEqualTo(10);
        assertKeptHourly(0, 10);
        assertThat(next(7, 3)).isEqualTo(10);
        assertKeptHourly(0, 10);
    }

    @Test
    void a_clock_that_jitters_does_nothing() {
        feed(0, 9);
        for (int i = 0; i < 20; i++) {
            assertThat(next(7, 3)).isEqualTo(10);
            assertThat(next(8, 2)).isEqualTo(10);
        }
        assertKeptHourly(0, 9);
    }

    @Test
    void a_clock_set_back_for_good_is_believed_at_the_third_value() {
        feed(0, 9);
        assertThat(next(-100, 900)).isEqualTo(10);
        assertThat(next(-99, 880)).isEqualTo(10);
        assertThat(next(-98, 860)).isNaN();
        assertKept(-100, -99, -98);
        assertThat(next(-97, 840)).isNaN();
        assertThat(next(-96, 820)).isEqualTo(20);
    }

    @Test
    void the_third_value_of_a_clock_set_back_may_be_as_late_as_the_last_one_before() {
        feed(0, 9);
        next(7, 900);
        next(8, 890);
        next(9, 880);
        assertKept(7, 8, 9);
    }

    @Test
    void a_clock_set_back_twice_is_believed_at_the_third_value_after() {
        feed(0, 9);
        next(5, 900);
        next(6, 890);
        assertThat(next(1, 880)).isEqualTo(10);
        assertThat(next(2, 870)).isEqualTo(10);
        assertKeptHourly(0, 9);
        next(3, 860);
        assertKept(1, 2, 3);
    }

    @Test
    void values_further_apart_than_the_window_start_anew_without_the_older_ones() {
        feed(0, 9);
        next(-100, 3);
        next(-50, 2);
        next(-41, 1);
        assertKept(-50, -41);
    }

    @Test
    void a_clock_set_back_after_a_jump_counts_anew() {
        feed(0, 9);
        next(10, 5000);
        next(11, 4990);
        assertThat(next(5, 4980)).isEqualTo(10);
        assertThat(next(6, 4970)).isEqualTo(10);
        assertKeptHourly(0, 9);
        next(7, 4960);
        assertKept(5, 6, 7);
    }

    @Test
    void a_jump_after_a_clock_set_back_is_believed_by_itself() {
        feed(0, 9);
        next(8, amountAt(9));
        next(10, 5000);
        assertThat(next(11, 4990)).isEqualTo(10);
        assertKeptHourly(0, 9);
        next(12, 4980);
        assertKept(10, 11, 12);
    }

    @Test
    void a_jump_at_the_same_time_as_a_clock_set_back_is_believed() {
        feed(0, 9);
        next(8, 5000);
        next(10, 4980);
        next(11, 4970);
        assertKept(8, 10, 11);
    }

    @Test
    void a_bad_value_and_the_right_one_at_the_same_instant_do_nothing() {
        feed(0, 9);
        next(10, 5000);
        assertThat(next(10)).isEqualTo(10);
        assertKeptHourly(0, 10);
    }

    @Test
    void a_repeated_instant_does_not_delay_a_top_up() {
        feed(0, 9);
        next(10, 5000);
        next(10, 5000);
        next(11, 4990);
        next(11, 4990);
        assertKeptHourly(0, 9);
        next(12, 4980);
        assertKept(10, 11, 12);
    }

    @Test
    void whatever_came_the_rate_is_right_after_a_window_of_good_values() {
        for (int history = 0; history < 25 * HISTORIES; history++) {
            estimator = empty();
            for (int event = random.nextInt(40); event >= 0; event--) {
                next(random.nextInt(random.nextBoolean() ? 8 : 40), 100 * random.nextInt(20));
                checkKept(history);
            }
            double start = 60 * random.nextDouble() - 20;
            double rate = UNKNOWN;
            for (double since = 0; since <= WINDOW + 1.5; since += 0.5) {
                rate = next(start + since, amountAt(since));
                checkKept(history);
            }
            assertThat(rate).as("seed %d, history %d", SEED, history).isEqualTo(10);
        }
    }

    private void checkKept(int history) {
        List<Balance> kept = estimator.kept();
        Instant last = kept.get(kept.size() - 1).retrievedAt();
        assertThat(kept)
                .as("seed %d, history %d", SEED, history)
                .extracting(Balance::retrievedAt)
                .isSorted()
                .doesNotHaveDuplicates()
                .allMatch(instant -> Duration.between(instant, last).toHours() <= WINDOW);
    }

    // Bounds

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 31, 64})
    void of_too_many_points_the_most_crowded_one_goes(int early) {
        double[] hours = IntStream.rangeClosed(0, 64).mapToDouble(i -> i * 0.1).toArray();
        hours[early] -= 0.05;
        for (double hour : hours) {
            next(hour);
        }
        int gone = Math.max(1, early - 1);
        assertKept(IntStream.rangeClosed(0, 64)
                .filter(i -> i != gone)
                .mapToDouble(i -> hours[i])
                .toArray());
    }

    @Test
    @Tag("slow") // seconds: too long to be run once for each mutation
    void a_value_each_second_for_a_day_leaves_64_points_spread_evenly() {
        estimator = new BurnRateEstimator(Duration.ofDays(1));
        int day = 24 * 3600;
        int most = 0;
        double rate = UNKNOWN;
        for (int second = 0; second <= day; second++) {
            rate = next(new Balance(BigDecimal.valueOf(-second), Balance.CREDITS, START.plusSeconds(second)));
            most = Math.max(most, estimator.kept().size());
        }
        assertThat(most).isEqualTo(BurnRateEstimator.MAX_POINTS);
        assertThat(rate).isEqualTo(3600);
        List<Balance> kept = estimator.kept();
        assertThat(kept).first().extracting(Balance::retrievedAt).isEqualTo(START);
        assertThat(kept).last().extracting(Balance::retrievedAt).isEqualTo(START.plusSeconds(day));
        for (int i = 1; i < kept.size(); i++) {
            assertThat(Duration.between(
                            kept.get(i - 1).retrievedAt(), kept.get(i).retrievedAt()))
                    .isLessThan(Duration.ofSeconds(2 * day / BurnRateEstimator.MAX_POINTS));
        }
    }

    @Test
    void the_ends_of_time_and_of_numbers_break_nothing() {
        BigDecimal huge = new BigDecimal("1E+999999999");
        assertThatCode(() -> {
                    for (Instant instant : List.of(Instant.MAX, Instant.MIN, Instant.EPOCH, START, Instant.MAX)) {
                        next(new Balance(BigDecimal.ONE, Balance.CREDITS, instant));
                    }
                })
                .doesNotThrowAnyException();
        estimator = empty();
        for (int hour = 0; hour < 8; hour++) {
            assertThat(next(balance(hour, huge.multiply(BigDecimal.valueOf(9 - hour)))))
                    .isNaN();
        }
        assertThat(feed(8, 30)).isEqualTo(10);
    }

    @Test
    void a_window_is_longer_than_nothing_and_no_longer_than_a_year() {
        assertThatCode(() -> new BurnRateEstimator(Duration.ofNanos(1))).doesNotThrowAnyException();
        assertThatCode(() -> new BurnRateEstimator(Duration.ofDays(365))).doesNotThrowAnyException();
        for (Duration window : List.of(
                Duration.ZERO, Duration.ofNanos(-1), Duration.ofDays(365).plusNanos(1))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new BurnRateEstimator(window))
                    .withMessage("window must be positive and at most 365 days, but was: " + window + " (ISO 8601)");
        }
    }

    @Test
    @SuppressWarnings("NullAway")
    void null_is_refused() {
        assertThatNullPointerException()
                .isThrownBy(() -> new BurnRateEstimator(null))
                .withMessage("window");
        assertThatNullPointerException().isThrownBy(() -> estimator.next(null));
    }
}
