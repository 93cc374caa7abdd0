package io.github.clickatellbalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BurnRateTest {
    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

    private static Optional<Duration> timeToEmpty(String amount, @Nullable String perHour) {
        Balance balance = new Balance(new BigDecimal(amount), "ZAR", Instant.EPOCH);
        return new BurnRate(balance, Optional.ofNullable(perHour).map(BigDecimal::new)).timeToEmpty();
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
    void the_time_to_empty_is_the_amount_divided_by_the_rate(String amount, String perHour, Duration time) {
        assertThat(timeToEmpty(amount, perHour)).contains(time);
    }

    @Test
    void the_time_to_empty_is_zero_if_nothing_is_left() {
        assertThat(timeToEmpty("0.00", "12.5")).contains(Duration.ZERO);
        assertThat(timeToEmpty("-3", "12.5")).contains(Duration.ZERO);
    }

    @Test
    void there_is_no_time_to_empty_if_nothing_was_spent() {
        assertThat(timeToEmpty("100", "0")).isEmpty();
        assertThat(timeToEmpty("0", "0.00")).isEmpty();
    }

    @Test
    void there_is_no_time_to_empty_without_a_rate() {
        assertThat(timeToEmpty("100", null)).isEmpty();
        assertThat(timeToEmpty("0", null)).isEmpty();
    }

    @Test
    void the_time_to_empty_is_at_most_292_years() {
        assertThat(timeToEmpty("1E+30", "0.000001")).contains(LONGEST);
        assertThat(timeToEmpty("1", "1E-400")).contains(LONGEST);
        assertThat(timeToEmpty("1E+999999999", "1")).contains(LONGEST);
    }

    @Test
    @SuppressWarnings("NullAway")
    void null_is_refused() {
        Balance balance = new Balance(BigDecimal.ONE, "ZAR", Instant.EPOCH);
        assertThatNullPointerException()
                .isThrownBy(() -> new BurnRate(null, Optional.empty()))
                .withMessage("balance");
        assertThatNullPointerException()
                .isThrownBy(() -> new BurnRate(balance, null))
                .withMessage("perHour");
    }
}
