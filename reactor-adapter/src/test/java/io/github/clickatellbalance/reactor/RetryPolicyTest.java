package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The pauses before retries, and the bounds of the settings. {@link BalanceSemanticsTest} has the retries themselves. */
class RetryPolicyTest {
    private static final double SHORTEST = 0;
    private static final double MIDDLE = 0.5;
    private static final double LONGEST = 1;

    private final RetryPolicy policy = RetryPolicy.backoff(10, Duration.ofMillis(200), Duration.ofSeconds(2));

    private static ClickatellException failure(@Nullable Duration retryAfter) {
        return new HttpStatusException(503, "", retryAfter);
    }

    private Duration pause(int retries, double random) {
        return policy.pause(failure(null), retries, random);
    }

    @ParameterizedTest(name = "before retry {0}: {1} to {2} ms")
    @CsvSource({
        "1, 200, 300",
        "2, 200, 600",
        "3, 400, 1200",
        "4, 800, 2000",
        "5, 1000, 2000",
        "6, 1000, 2000",
        "100, 1000, 2000"
    })
    void a_pause_is_from_half_to_one_and_a_half_of_its_nominal_length_within_the_bounds(
            int retry, long shortest, long longest) {
        assertThat(pause(retry - 1, SHORTEST)).isEqualTo(Duration.ofMillis(shortest));
        assertThat(pause(retry - 1, MIDDLE)).isEqualTo(Duration.ofMillis((shortest + longest) / 2));
        assertThat(pause(retry - 1, LONGEST)).isEqualTo(Duration.ofMillis(longest));
    }

    @Test
    void a_longer_retry_after_replaces_the_pause_without_jitter() {
        assertThat(policy.pause(failure(Duration.ofSeconds(7)), 0, LONGEST)).isEqualTo(Duration.ofSeconds(7));
        assertThat(policy.pause(failure(Duration.ofSeconds(30)), 5, LONGEST)).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void a_shorter_retry_after_does_not_change_the_pause() {
        assertThat(policy.pause(failure(Duration.ofMillis(1)), 0, SHORTEST)).isEqualTo(Duration.ofMillis(200));
        assertThat(policy.pause(failure(Duration.ZERO), 0, SHORTEST)).isEqualTo(Duration.ofMillis(200));
    }

    @Test
    void the_extremes_of_the_settings_do_not_overflow() {
        RetryPolicy shortest = RetryPolicy.backoff(100, Duration.ofNanos(1), Duration.ofNanos(1));
        RetryPolicy longest = RetryPolicy.backoff(100, Duration.ofDays(1), Duration.ofDays(1));

        assertThat(shortest.pause(failure(null), 99, LONGEST)).isEqualTo(Duration.ofNanos(1));
        assertThat(longest.pause(failure(null), 99, LONGEST)).isEqualTo(Duration.ofDays(1));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 101, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void a_number_of_retries_out_of_bounds_is_rejected(int retries) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RetryPolicy.backoff(retries, Duration.ofMillis(1), Duration.ofMillis(1)))
                .withMessageContainingAll("maxRetries", "0 to 100", String.valueOf(retries));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100})
    void the_bounds_of_the_number_of_retries_are_accepted(int retries) {
        assertThat(RetryPolicy.backoff(retries, Duration.ofMillis(1), Duration.ofMillis(1)))
                .isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S", "P2D"})
    void a_shortest_pause_out_of_bounds_is_rejected(Duration min) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RetryPolicy.backoff(1, min, Duration.ofDays(1)))
                .withMessageContainingAll("minBackoff", "PT24H", min.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0.999S", "PT0S", "PT-1S", "P2D"})
    void a_longest_pause_below_the_shortest_or_beyond_a_day_is_rejected(Duration max) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RetryPolicy.backoff(1, Duration.ofSeconds(1), max))
                .withMessageContainingAll("maxBackoff", "PT1S", "PT24H", max.toString());
    }

    @Test
    @SuppressWarnings("NullAway")
    void a_null_is_rejected_with_its_name() {
        assertThatNullPointerException()
                .isThrownBy(() -> RetryPolicy.backoff(1, null, Duration.ofSeconds(1)))
                .withMessage("minBackoff");
        assertThatNullPointerException()
                .isThrownBy(() -> RetryPolicy.backoff(1, Duration.ofSeconds(1), null))
                .withMessage("maxBackoff");
    }
}
