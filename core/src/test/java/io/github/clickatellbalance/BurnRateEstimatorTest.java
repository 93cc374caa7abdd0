package io.github.clickatellbalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.lang.ref.WeakReference;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The window is ten hours, times are in hours, and the account spends 10 per hour, unless a test sets other values. */
class BurnRateEstimatorTest {
    /** To repeat a failure: {@code -Dburn-rate.seed=...} */
    private static final long SEED = Long.getLong("burn-rate.seed", new Random().nextLong());

    private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
    private static final Duration WINDOW = Duration.ofHours(10);
    private static final double NANOSECOND = 1 / 3_600e9;
    private static final String NONE = "none";

    private Function<Balance, BurnRate> estimator = BurnRate.estimator(WINDOW);

    private static Balance balance(double hour, BigDecimal amount) {
        return new Balance(amount, Balance.CREDITS, START.plusNanos(Math.round(hour * 3_600e9)));
    }

    private BurnRate burnRate(double hour, double amount) {
        return estimator.apply(balance(hour, BigDecimal.valueOf(amount)));
    }

    private String next(Balance balance) {
        return estimator.apply(balance).perHour().map(BigDecimal::toPlainString).orElse(NONE);
    }

    private String next(double hour, double amount) {
        return next(balance(hour, BigDecimal.valueOf(amount)));
    }

    private String next(double hour) {
        return next(hour, 1000 - 10 * hour);
    }

    /** A value each hour, from 0 to this one. */
    private void feed(int last) {
        for (int hour = 0; hour <= last; hour++) {
            next(hour);
        }
    }

    // What counts

    @ParameterizedTest
    @CsvSource({"120, 2500, PT6H", "180, 1666.67, PT9H", "360, 833.333, PT18H", "720, 833.333, PT18H"})
    void a_campaign_counts_in_full_within_the_window(int minutes, String perHour, Duration timeToEmpty) {
        estimator = BurnRate.estimator(Duration.ofHours(6));
        BurnRate last = burnRate(0, 20_000);
        for (int minute = 1; minute <= minutes; minute++) {
            int sinceCampaign = minute - (minutes - 90);
            last = burnRate(minute / 60.0, 20_000 - 500 * Math.max(0, Math.min(10, sinceCampaign)));
        }
        assertThat(last.perHour()).contains(new BigDecimal(perHour));
        assertThat(Duration.ofMinutes(
                        Math.round(last.timeToEmpty().orElseThrow().toSeconds() / 60.0)))
                .isEqualTo(timeToEmpty);
    }

    @Test
    void a_campaign_before_the_window_does_not_count() {
        next(0, 20_000);
        next(1, 15_000);
        for (int hour = 2; hour < 11; hour++) {
            next(hour, 15_000);
        }
        BurnRate rate = burnRate(11, 15_000);
        assertThat(rate.perHour()).contains(BigDecimal.ZERO);
        assertThat(rate.timeToEmpty()).isEmpty();
    }

    @Test
    void a_refund_of_one_credit_keeps_the_rate() {
        feed(5);
        for (int hour = 6; hour <= 8; hour++) {
            next(hour, 950);
        }
        assertThat(next(9, 951)).isEqualTo("5.55556");
        assertThat(next(10, 951)).isEqualTo("5");
        assertThat(next(11, 951)).isEqualTo("4");
    }

    @Test
    void what_was_spent_before_and_after_a_top_up_counts() {
        double[] amounts = {100, 90, 80, 80, 500, 500, 490, 480, 480};
        String rate = NONE;
        for (int hour = 0; hour < amounts.length; hour++) {
            rate = next(hour, amounts[hour]);
        }
        assertThat(rate).isEqualTo("5"); // 40 within 8 hours
    }

    @Test
    void a_top_up_between_polls_each_minute_changes_the_rate_by_less_than_one_percent() {
        for (int minute = 0; minute <= 600; minute++) {
            double rest = 1000 - minute / 6.0;
            Optional<BigDecimal> rate =
                    burnRate(minute / 60.0, minute < 300 ? rest : rest + 5000).perHour();
            if (minute >= 60) {
                assertThat(rate.orElseThrow().doubleValue())
                        .as("minute %d", minute)
                        .isCloseTo(10, withinPercentage(1));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -50, 500, 2000, 1e9})
    void one_wrong_value_between_two_right_ones_does_not_count(double wrong) {
        for (int position = 1; position < 10; position++) {
            estimator = BurnRate.estimator(WINDOW);
            for (int hour = 0; hour <= 10; hour++) {
                String rate = hour == position ? next(hour, wrong) : next(hour);
                if (hour > position) {
                    assertThat(rate).as("wrong at %d, value %d", position, hour).isEqualTo("10");
                }
            }
        }
    }

    @Test
    void each_rate_has_its_balance() {
        for (Balance balance : List.of(
                balance(0, BigDecimal.TEN),
                balance(1, BigDecimal.ONE),
                balance(1, BigDecimal.ZERO),
                balance(0, BigDecimal.ONE))) {
            assertThat(estimator.apply(balance).balance()).isSameAs(balance);
        }
    }

    // Digits

    @ParameterizedTest
    @CsvSource({
        "0.333333333333, 0.333333",
        "0.0000123456789, 0.0000123457",
        "0.250, 0.25",
        "100, 100",
        "1234567.89, 1234570",
        "0, 0"
    })
    void a_rate_has_six_digits_and_no_exponent(BigDecimal perHour, String expected) {
        next(balance(0, perHour));
        assertThat(next(balance(1, BigDecimal.ZERO))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"123456789012345678901234567890", "0.123456789012345678901234567890", "2", "-7", "1E+99", "1E-99"
            })
    void an_amount_of_many_digits_is_exact(BigDecimal first) {
        for (int hour = 0; hour < 30; hour++) {
            next(balance(hour, first.subtract(BigDecimal.valueOf(hour))));
        }
        assertThat(next(balance(30, first.subtract(BigDecimal.valueOf(30))))).isEqualTo("1");
    }

    // A new series

    @Test
    void the_first_rate_comes_at_a_tenth_of_the_window() {
        assertThat(next(0)).isEqualTo(NONE);
        assertThat(next(0.5)).isEqualTo(NONE);
        assertThat(next(1 - NANOSECOND, 990)).isEqualTo(NONE);
        assertThat(next(1, 990)).isEqualTo("10");
    }

    @Test
    void a_gap_longer_than_the_window_begins_a_new_series() {
        feed(4);
        assertThat(next(14)).isEqualTo("10");
        assertThat(next(24 + NANOSECOND, 3)).isEqualTo(NONE);
        assertThat(next(25 + NANOSECOND, 1)).isEqualTo("2");
    }

    @Test
    void another_unit_begins_a_new_series() {
        feed(5);
        Instant time = START.plus(Duration.ofHours(5));
        assertThat(next(new Balance(BigDecimal.TEN, "ZAR", time))).isEqualTo(NONE);
        assertThat(next(new Balance(BigDecimal.ONE, "ZAR", time.plus(Duration.ofHours(3)))))
                .isEqualTo("3");
    }

    @Test
    void a_clock_set_back_by_more_than_a_hundredth_of_the_window_begins_a_new_series() {
        feed(9);
        assertThat(next(8.9 - NANOSECOND, 500)).isEqualTo(NONE);
        assertThat(next(9.9, 480)).isEqualTo("20");
    }

    @Test
    void a_value_that_is_not_later_is_ignored() {
        feed(9);
        assertThat(next(9, 3)).isEqualTo("10");
        assertThat(next(9 - NANOSECOND, 2)).isEqualTo("10");
        assertThat(next(8.9, 5000)).isEqualTo("10");
        assertThat(next(10)).isEqualTo("10");
    }

    @Test
    void the_earliest_and_the_latest_instant_are_accepted() {
        assertThatCode(() -> {
                    for (Instant instant : List.of(Instant.MAX, Instant.MIN, START, Instant.MAX)) {
                        next(new Balance(BigDecimal.ONE, Balance.CREDITS, instant));
                    }
                })
                .doesNotThrowAnyException();
    }

    // The rule

    @Test
    void random_series_have_the_rates_of_a_simple_implementation() {
        Random random = new Random(SEED);
        for (int run = 0; run < 50; run++) {
            estimator = BurnRate.estimator(WINDOW);
            List<Balance> series = new ArrayList<>();
            double step = random.nextBoolean() ? 0.03 : 2;
            double hour = 0;
            double amount = 1000;
            String unit = Balance.CREDITS;
            for (int i = 0; i < 150; i++) {
                switch (random.nextInt(60)) {
                    case 0 -> hour += 12 * random.nextDouble();
                    case 1 -> hour -= 20 * random.nextDouble();
                    case 2, 3, 4 -> hour -= 0.2 * random.nextDouble();
                    case 5, 6, 7 -> {} // the same time again
                    case 8 -> unit = unit.equals("ZAR") ? Balance.CREDITS : "ZAR";
                    default -> hour += step * random.nextDouble();
                }
                amount += random.nextInt(10) == 0 ? random.nextInt(300) : -random.nextInt(20);
                BigDecimal shown = BigDecimal.valueOf(random.nextInt(10) == 0 ? random.nextInt(3000) : amount);
                Balance balance = new Balance(shown, unit, balance(hour, shown).retrievedAt());
                addToSeries(series, balance);
                assertThat(next(balance))
                        .as("seed %d, run %d, value %d", SEED, run, i)
                        .isEqualTo(simpleRate(series));
            }
        }
    }

    private static void addToSeries(List<Balance> series, Balance next) {
        if (!series.isEmpty()) {
            Balance latest = series.get(series.size() - 1);
            Duration passed = Duration.between(latest.retrievedAt(), next.retrievedAt());
            boolean isSameSeries = latest.unit().equals(next.unit())
                    && passed.compareTo(WINDOW) <= 0
                    && passed.negated().compareTo(WINDOW.dividedBy(100)) <= 0;
            if (isSameSeries && (passed.isNegative() || passed.isZero())) {
                return;
            }
            if (!isSameSeries) {
                series.clear();
            }
        }
        series.add(next);
    }

    /**
     * The rule of {@link BurnRate#estimator}. The known part of the window begins at one of the points, which are at least a
     * hundredth of the window apart.
     */
    private static String simpleRate(List<Balance> series) {
        int last = series.size() - 1;
        int point = 0;
        int first = 0;
        for (int i = 1; i < last; i++) {
            if (hours(series, point, i) >= 0.1) {
                first = hours(series, first, last) > 10 ? i : first;
                point = i;
            }
        }
        double covered = hours(series, first, last);
        if (covered < 1) {
            return NONE;
        }
        BigDecimal spent = BigDecimal.ZERO;
        for (int i = first; i < last; i++) {
            spent = spent.add(median(series, i).subtract(median(series, i + 1)).max(BigDecimal.ZERO));
        }
        BigDecimal rate = spent.divide(new BigDecimal(covered, new MathContext(15)), new MathContext(6));
        return rate.stripTrailingZeros().toPlainString();
    }

    private static double hours(List<Balance> series, int from, int to) {
        return Duration.between(series.get(from).retrievedAt(), series.get(to).retrievedAt())
                        .toNanos()
                / 3_600e9;
    }

    /** Of a value and its neighbours; the first and the latest value as they are. */
    private static BigDecimal median(List<Balance> series, int i) {
        if (i == 0 || i == series.size() - 1) {
            return series.get(i).amount();
        }
        List<Balance> neighbours = new ArrayList<>(series.subList(i - 1, i + 2));
        neighbours.sort(Comparator.comparing(Balance::amount));
        return neighbours.get(1).amount();
    }

    // Bounds

    @Test
    @Tag("slow") // takes seconds: too long to run for each mutation
    void of_a_million_values_about_a_hundred_are_kept() {
        List<WeakReference<Instant>> times = new ArrayList<>();
        for (int i = 0; i < 1_000_000; i++) {
            Balance balance = balance(i * 1e-5, BigDecimal.valueOf(-i));
            times.add(new WeakReference<>(balance.retrievedAt()));
            next(balance);
        }
        System.gc();
        assertThat(times.stream().filter(time -> time.get() != null)).hasSizeBetween(90, 110);
        assertThat(next(10, -1_000_000)).isEqualTo("100000");
    }

    @Test
    void a_window_is_more_than_zero_and_at_most_365_days() {
        assertThatCode(() -> BurnRate.estimator(Duration.ofNanos(1))).doesNotThrowAnyException();
        assertThatCode(() -> BurnRate.estimator(Duration.ofDays(365))).doesNotThrowAnyException();
        for (Duration window : List.of(
                Duration.ZERO, Duration.ofNanos(-1), Duration.ofDays(365).plusNanos(1))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> BurnRate.estimator(window))
                    .withMessage("window must be more than zero and at most PT8760H (ISO 8601), but was: %s", window);
        }
    }

    @Test
    @SuppressWarnings("NullAway")
    void null_is_refused() {
        assertThatNullPointerException()
                .isThrownBy(() -> BurnRate.estimator(null))
                .withMessage("window");
        assertThatNullPointerException().isThrownBy(() -> estimator.apply(null));
    }
}
