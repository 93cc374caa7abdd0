package io.github.clickatellbalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BurnRateTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

    private static Balance balance(String amount) {
        return new Balance(new BigDecimal(amount), "ZAR", NOW);
    }

    private static BurnRate rate(String amount, @Nullable String perHour) {
        return new BurnRate(balance(amount), perHour == null ? null : new BigDecimal(perHour));
    }

    @Test
    void a_rate_is_what_it_was_made_of() {
        assertThat(rate("100.00", "12.50").balance()).isEqualTo(balance("100.00"));
        assertThat(rate("100.00", "12.50").perHour()).contains(new BigDecimal("12.50"));
    }

    @ParameterizedTest
    @CsvSource({
        "100, 12.5, PT8H",
        "100, 3, PT33H20M",
        "1, 3600, PT1S",
        "0.7, 0.1, PT7H",
        "0.5, 0.001, PT500H",
        "123456789012345678901234567890, 123456789012345678901234567890, PT1H"
    })
    void the_time_to_empty_is_the_amount_over_the_rate(String amount, String perHour, Duration time) {
        assertThat(rate(amount, perHour).timeToEmpty()).contains(time);
    }

    @Test
    void what_is_empty_is_empty_now() {
        assertThat(rate("0.00", "12.5").timeToEmpty()).contains(Duration.ZERO);
        assertThat(rate("-3", "12.5").timeToEmpty()).contains(Duration.ZERO);
    }

    @Test
    void what_does_not_fall_never_runs_empty() {
        assertThat(rate("100", "0").timeToEmpty()).isEmpty();
        assertThat(rate("100", "-0.1").timeToEmpty()).isEmpty();
        assertThat(rate("0", "0").timeToEmpty()).isEmpty();
        assertThat(rate("-1", "-1").timeToEmpty()).isEmpty();
    }

    @Test
    void without_a_rate_there_is_no_time() {
        assertThat(rate("100", null).perHour()).isEmpty();
        assertThat(rate("100", null).timeToEmpty()).isEmpty();
        assertThat(rate("0", null).timeToEmpty()).isEmpty();
    }

    @Test
    void a_time_that_no_one_lives_to_see_is_292_years() {
        assertThat(rate("1E+30", "0.000001").timeToEmpty()).contains(LONGEST);
        assertThat(rate("1", "1E-400").timeToEmpty()).contains(LONGEST);
        assertThat(rate("1E+999999999", "1").timeToEmpty()).contains(LONGEST);
    }

    @Test
    void it_reads_well() {
        assertThat(rate("100.00", "12.5"))
                .hasToString("BurnRate[100.00 ZAR at 2026-01-02T03:04:05Z, 12.5 per hour, empty in PT8H]");
        assertThat(rate("100.00", "-3")).hasToString("BurnRate[100.00 ZAR at 2026-01-02T03:04:05Z, -3 per hour]");
        assertThat(rate("100.00", null))
                .hasToString("BurnRate[100.00 ZAR at 2026-01-02T03:04:05Z, not enough data yet]");
    }

    @Test
    void balance_and_rate_tell_two_apart() {
        assertThat(rate("1", "2")).isEqualTo(rate("1", "2")).hasSameHashCodeAs(rate("1", "2"));
        assertThat(rate("1", null)).isEqualTo(rate("1", null)).hasSameHashCodeAs(rate("1", null));
        assertThat(rate("1", "2"))
                .isNotEqualTo(rate("3", "2"))
                .isNotEqualTo(rate("1", "2.0"))
                .isNotEqualTo(rate("1", null))
                .isNotEqualTo(balance("1"))
                .isNotEqualTo(null);
        assertThat(rate("1", "2").hashCode())
                .isNotEqualTo(rate("3", "2").hashCode())
                .isNotEqualTo(rate("1", "3").hashCode());
    }

    @Test
    @SuppressWarnings("NullAway")
    void a_rate_of_nothing_is_refused() {
        assertThatNullPointerException()
                .isThrownBy(() -> new BurnRate(null, BigDecimal.ONE))
                .withMessage("balance");
    }
}
