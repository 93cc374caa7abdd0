package io.github.clickatellbalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against histories whose rate is known. Those that are random print their seed. */
class BurnRateEstimatorTest {
    private static final Duration WINDOW = Duration.ofHours(6);

    /** To repeat a failure: {@code -Dburn-rate.seed=...} */
    private static final long SEED = Long.getLong("burn-rate.seed", new Random().nextLong());

    /** A series under way: each value comes some time after the one before. */
    private static final class History {
        final BurnRateEstimator estimator;
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        double amount;
        BurnRate latest = new BurnRate(balance(Instant.EPOCH, "0"), null);

        History(Duration window, double amount) {
            this.estimator = new BurnRateEstimator(window);
            this.amount = amount;
        }

        History value(String amount) {
            latest = estimator.next(balance(now, amount));
            return this;
        }

        History minute(double used) {
            return after(Duration.ofMinutes(1), used);
        }

        History after(Duration time, double used) {
            now = now.plus(time);
            amount -= used;
            return value(BigDecimal.valueOf(amount).toPlainString());
        }

        History minutes(int count, double usedInEach) {
            for (int i = 0; i < count; i++) {
                minute(usedInEach);
            }
            return this;
        }

        @Nullable
        Double perHour() {
            return latest.perHour().map(BigDecimal::doubleValue).orElse(null);
        }
    }

    private static Balance balance(Instant time, String amount) {
        return new Balance(new BigDecimal(amount), Balance.CREDITS, time);
    }

    private static History steady() {
        return new History(WINDOW, 10_000).minutes(120, 0.5);
    }

    @Test
    void a_steady_fall_is_told_exactly() {
        History history = steady();

        assertThat(history.latest.perHour().orElseThrow()).isEqualByComparingTo("30");
        assertThat(history.latest.timeToEmpty()).contains(Duration.ofHours(9940).dividedBy(30));
        assertThat(history.latest.balance().amount()).isEqualByComparingTo("9940");
    }

    @Test
    void there_is_no_estimate_before_five_values_over_a_tenth_of_the_window() {
        History few = new History(WINDOW, 100);
        for (int i = 0; i < 4; i++) {
            assertThat(few.after(Duration.ofMinutes(20), 1).latest.perHour()).isEmpty();
            assertThat(few.latest.timeToEmpty()).isEmpty();
        }
        assertThat(few.after(Duration.ofMinutes(20), 1).perHour()).isEqualTo(3);

        History dense = new History(WINDOW, 100).minutes(36, 1);
        assertThat(dense.latest.perHour()).as("over 35 minutes of 360").isEmpty();
        assertThat(dense.minute(1).perHour()).isEqualTo(60);
    }

    @Test
    void noise_and_irregular_gaps_move_it_by_little_and_are_no_top_ups() {
        Random random = new Random(SEED);
        for (int run = 0; run < 10; run++) {
            History history = new History(WINDOW, 0);
            for (int i = 0; i < 400; i++) {
                history.now = history.now.plusSeconds(1 + random.nextInt(random.nextInt(20) == 0 ? 1800 : 120));
                double hours = Duration.between(Instant.parse("2026-01-01T00:00:00Z"), history.now)
                                .toSeconds()
                        / 3600.0;
                double noisy = 10_000 - 40 * hours + 2 * random.nextGaussian();
                history.value(BigDecimal.valueOf(noisy).toPlainString());
                if (i > 150) {
                    assertThat(history.perHour())
                            .as("seed %d, run %d, value %d", SEED, run, i)
                            .isCloseTo(40, within(4.0));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-500", "9000", "1000000"})
    void one_bad_value_moves_nothing(String spike) {
        History history = steady();
        history.now = history.now.plusSeconds(60);
        history.value(spike);
        assertThat(history.perHour()).as("with the bad value").isCloseTo(30, within(0.1));

        for (int i = 0; i < 10; i++) {
            assertThat(history.minute(0.5).perHour()).as("after it").isCloseTo(30, within(0.5));
        }
    }

    @Test
    void a_bad_first_value_does_no_lasting_harm() {
        History history = new History(WINDOW, 10_000).value("0").minutes(120, 0.5);
        assertThat(history.perHour()).isEqualTo(30);
    }

    @Test
    void a_top_up_starts_anew() {
        History history = steady();
        history.minute(-5_000);
        assertThat(history.perHour()).as("it may yet be a bad value").isEqualTo(30);
        history.minute(1).minute(1);
        assertThat(history.latest.perHour()).as("not enough data yet").isEmpty();

        assertThat(history.minutes(34, 1).perHour())
                .as("the rate since, and nothing of that before")
                .isEqualTo(60);
    }

    @Test
    void top_ups_in_a_long_noisy_history_are_each_recognised() {
        Random random = new Random(SEED);
        History history = new History(Duration.ofHours(2), 500);
        for (int topUp = 0; topUp < 20; topUp++) {
            history.amount = 500;
            for (int minute = 0; minute < 240; minute++) {
                history.now = history.now.plusSeconds(60);
                history.amount -= 1.5;
                history.value(BigDecimal.valueOf(history.amount + random.nextGaussian() / 2)
                        .toPlainString());
                assertThat(history.latest.perHour().map(BigDecimal::doubleValue).orElse(90.0))
                        .as("seed %d, top-up %d, minute %d", SEED, topUp, minute)
                        .isBetween(60.0, 120.0);
            }
            assertThat(history.perHour()).isCloseTo(90, within(5.0));
        }
    }

    @Test
    void a_second_top_up_within_the_first_does_no_lasting_harm() {
        History history = steady();
        history.minute(-1_000).minute(-1_000).minutes(60, 1);
        assertThat(history.perHour()).isEqualTo(60);
    }

    @Test
    void a_flat_stretch_makes_it_zero_and_never_empty() {
        History history = new History(Duration.ofHours(1), 100).minutes(30, 1).minutes(90, 0);

        assertThat(history.latest.perHour().orElseThrow()).isEqualByComparingTo("0");
        assertThat(history.latest.timeToEmpty()).isEmpty();
        assertThat(history.minutes(70, 2).perHour()).as("and it falls again").isEqualTo(120);
    }

    @Test
    void integer_steps_are_smoothed() {
        History history = new History(WINDOW, 0);
        for (int minute = 0; minute < 300; minute++) {
            history.now = history.now.plusSeconds(60);
            history.value(String.valueOf(1_000 - minute / 12));
        }
        assertThat(history.perHour()).isCloseTo(5, within(0.3));
    }

    @Test
    void a_slow_rise_is_a_negative_rate_without_an_end() {
        History history = new History(WINDOW, 100);
        Random random = new Random(SEED);
        for (int minute = 0; minute < 300; minute++) {
            history.now = history.now.plusSeconds(60);
            history.value(BigDecimal.valueOf(100 + minute / 60.0 + 2 * random.nextGaussian())
                    .toPlainString());
        }
        assertThat(history.perHour()).as("seed %d", SEED).isNotNull().isLessThan(0.5);
        assertThat(new BurnRate(balance(Instant.EPOCH, "5"), new BigDecimal("-1")).timeToEmpty())
                .isEmpty();
    }

    @Test
    void a_change_of_the_rate_is_followed_within_the_window() {
        History history = new History(Duration.ofHours(1), 10_000).minutes(120, 1);
        assertThat(history.perHour()).isEqualTo(60);
        assertThat(history.minutes(60, 3).perHour()).isCloseTo(180, within(0.001));
    }

    @Test
    void equal_instants_move_nothing_however_many_they_are() {
        History history = steady();
        for (int i = 0; i < 100; i++) {
            history.value(i % 2 == 0 ? "99999" : "1");
            assertThat(history.perHour()).isEqualTo(30);
        }
        assertThat(history.minutes(10, 0.5).perHour()).isEqualTo(30);
    }

    @Test
    void a_clock_that_jumps_back_once_moves_nothing() {
        History history = steady();
        Instant right = history.now;
        history.now = right.minus(Duration.ofHours(3));
        history.value("1");
        assertThat(history.perHour()).isEqualTo(30);
        history.value("1").value("1").value("1");
        assertThat(history.perHour()).as("the same instant again and again").isEqualTo(30);

        history.now = right;
        assertThat(history.minutes(10, 0.5).perHour()).isEqualTo(30);
    }

    @Test
    void a_clock_that_was_set_back_for_good_starts_anew() {
        History history = steady();
        history.now = history.now.minus(Duration.ofDays(30));
        history.minute(1).minute(1).minute(1);
        assertThat(history.latest.perHour()).isEmpty();
        assertThat(history.minutes(40, 1).perHour()).isEqualTo(60);
    }

    @Test
    void a_clock_that_runs_backwards_is_never_believed() {
        History history = steady();
        history.now = history.now.minusSeconds(60);
        for (int i = 0; i < 50; i++) {
            history.now = history.now.minusSeconds(1);
            assertThat(history.value("5").perHour()).isEqualTo(30);
        }
    }

    @Test
    void a_jump_and_a_step_of_the_clock_are_not_taken_for_one_another() {
        History history = steady();
        Instant right = history.now;
        history.minute(-5_000);
        history.now = right.minusSeconds(600);
        history.value("9000");
        history.now = right.plusSeconds(120);
        history.value("15000");
        assertThat(history.perHour()).isEqualTo(30);
    }

    @Test
    void after_a_gap_longer_than_the_window_it_starts_anew() {
        History history = steady().after(WINDOW.plusSeconds(1), 1_000);
        assertThat(history.latest.perHour()).isEmpty();
        assertThat(history.minutes(40, 1).perHour()).isEqualTo(60);
    }

    @Test
    void points_as_old_as_the_window_still_count() {
        History history = new History(Duration.ofHours(4), 100);
        for (int hour = 0; hour < 10; hour++) {
            history.after(Duration.ofHours(1), 2);
        }
        assertThat(history.estimator.points()).isEqualTo(5);
        assertThat(history.perHour()).isEqualTo(2);
    }

    /** As with a window of a day, in which there are twelve times as many: the points kept are spread over the window. */
    @Test
    void memory_is_bounded_with_a_value_each_second() {
        History history = new History(Duration.ofHours(2), 100_000);
        int most = 0;
        for (int second = 0; second < 9_000; second++) {
            history.after(Duration.ofSeconds(1), second < 3_600 ? 0.01 : 0.03);
            most = Math.max(most, history.estimator.points());
        }
        assertThat(most).isEqualTo(64);
        assertThat(history.perHour())
                .as("three quarters of the window have the new rate")
                .isCloseTo(108, within(0.5));
        assertThat(history.after(Duration.ofSeconds(1), 50).estimator.points()).isGreaterThan(40);
    }

    @Test
    void amounts_of_any_size_are_taken() {
        History history = new History(WINDOW, 0);
        for (int minute = 0; minute < 60; minute++) {
            history.now = history.now.plusSeconds(60);
            history.value(new BigDecimal("12345678901234567890123456789.5")
                    .subtract(new BigDecimal("1E+25").multiply(BigDecimal.valueOf(minute)))
                    .toPlainString());
        }
        assertThat(history.latest.perHour().orElseThrow()).isEqualByComparingTo("6E+26");
        assertThat(history.value("1E+400").latest.perHour()).isPresent();
    }

    @Test
    void an_empty_account_is_empty_now_and_one_in_debt_too() {
        for (String amount : List.of("0", "-12.50")) {
            BurnRate rate = new BurnRate(balance(Instant.EPOCH, amount), BigDecimal.ONE);
            assertThat(rate.timeToEmpty()).contains(Duration.ZERO);
        }
    }

    @Test
    void a_time_to_empty_beyond_all_measure_is_a_long_one() {
        BurnRate rate = new BurnRate(balance(Instant.EPOCH, "1E+300"), new BigDecimal("1E-300"));
        assertThat(rate.timeToEmpty()).contains(Duration.ofSeconds(Long.MAX_VALUE));
    }

    @Test
    void it_prints_what_it_holds() {
        assertThat(new BurnRate(balance(Instant.EPOCH, "5"), BigDecimal.ONE))
                .hasToString(
                        "BurnRate[balance=Balance[amount=5, unit=credits, retrievedAt=1970-01-01T00:00:00Z], perHour=1]");
    }

    @Test
    void a_window_that_makes_no_sense_is_refused() {
        for (Duration window : List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofDays(366))) {
            assertThatThrownBy(() -> new BurnRateEstimator(window))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("window must be more than zero and at most PT8760H")
                    .hasMessageEndingWith(window.toString());
        }
        new BurnRateEstimator(Duration.ofNanos(1));
        new BurnRateEstimator(Duration.ofDays(365));
    }
}
