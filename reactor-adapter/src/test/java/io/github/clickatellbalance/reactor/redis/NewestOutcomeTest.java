package io.github.clickatellbalance.reactor.redis;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.reactor.redis.NewestOutcome.Result;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a call gets without a request while Redis is unavailable, and when a feed polls next. */
class NewestOutcomeTest {
    private static final Duration INTERVAL = Duration.ofMinutes(1);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - SECOND.toNanos()); // it may overflow
    private final NewestOutcome newest = new NewestOutcome(Pauses.of(INTERVAL), nanoTime::get);

    private static Outcome balance(long amount) {
        return Outcome.of(new Balance(BigDecimal.valueOf(amount), Balance.CREDITS, Instant.EPOCH));
    }

    private static Outcome outage() {
        return Outcome.of(new TransportException("The connection was refused", true, null));
    }

    private static Outcome refusal() {
        return Outcome.of(new ApiErrorException("001", "Authentication failed", "Check it.", false, null));
    }

    private void advance(Duration duration) {
        nanoTime.addAndGet(duration.toNanos());
    }

    private Result valid() {
        return requireNonNull(newest.valid());
    }

    @Test
    void nothing_is_valid_before_the_first_outcome() {
        assertThat(newest.valid()).isNull();
    }

    @Test
    void a_balance_is_valid_for_the_interval_from_the_reply_on() {
        newest.shared(balance(1), Duration.ofSeconds(20), Duration.ofSeconds(40));
        advance(Duration.ofSeconds(40).minusNanos(1));
        assertThat(valid().outcome()).isEqualTo(balance(1));
        advance(Duration.ofNanos(1));
        assertThat(newest.valid()).isNull();

        newest.own(balance(2));
        advance(INTERVAL.minusNanos(1));
        assertThat(valid().outcome()).isEqualTo(balance(2));
        advance(Duration.ofNanos(1));
        assertThat(newest.valid()).isNull();
    }

    static Stream<Arguments> outcomes() {
        return Stream.of(arguments(balance(1), 1), arguments(outage(), 1), arguments(refusal(), 6));
    }

    /** Otherwise it would get the same balance again. In a pause that is longer than the interval it gets the failure at each interval. */
    @ParameterizedTest
    @MethodSource("outcomes")
    void a_feed_finds_nothing_valid_when_its_poll_is_due(Outcome outcome, int atMost) {
        for (int i = 0; i < 100; i++) {
            newest.own(balance(0));
            newest.own(outcome);
            advance(Duration.ofSeconds(7));
            int pauses = 0;
            for (Result result = newest.valid(); result != null; result = newest.valid()) {
                assertThat(result.outcome().fields()).isEqualTo(outcome.fields());
                advance(result.nextPoll());
                pauses++;
            }
            assertThat(pauses).isBetween(1, atMost);
        }
    }

    /** Operators add suppressed exceptions and traces to the failure of a call. */
    @Test
    void each_call_has_a_failure_of_its_own() {
        newest.own(Outcome.of(new HttpStatusException(429, "", Duration.ofSeconds(50))));
        advance(Duration.ofSeconds(10));
        assertThat(Stream.generate(this::valid)
                        .limit(3)
                        .map(result -> result.outcome().failure()))
                .doesNotHaveDuplicates()
                .allSatisfy(failure -> assertThat(failure).isInstanceOfSatisfying(HttpStatusException.class, error -> {
                    assertThat(error.status()).isEqualTo(429);
                    assertThat(error.retryAfter()).hasValue(Duration.ofSeconds(40));
                }));
    }

    @Test
    void feeds_with_the_same_balance_poll_at_different_times() {
        newest.own(balance(1));
        assertThat(Stream.generate(this::valid).limit(50).map(Result::nextPoll).distinct())
                .hasSizeGreaterThan(40)
                .allMatch(pause -> pause.compareTo(INTERVAL) > 0 && pause.compareTo(INTERVAL.plusSeconds(7)) < 0);
    }

    @Test
    void an_older_outcome_that_comes_later_replaces_nothing() {
        newest.shared(balance(2), SECOND, INTERVAL);
        newest.shared(balance(1), Duration.ofSeconds(30), INTERVAL);
        assertThat(valid().outcome()).isEqualTo(balance(2));
    }

    @Test
    void an_older_outcome_of_redis_is_not_shown_while_the_own_balance_is_valid() {
        newest.own(balance(2));
        advance(SECOND);
        Result result = newest.shared(balance(1), Duration.ofSeconds(30), Duration.ofSeconds(30));
        assertThat(result.outcome()).isEqualTo(balance(2));
        assertThat(result.nextPoll()).isEqualTo(Duration.ofSeconds(30).plusMillis(5));
        advance(INTERVAL);
        assertThat(newest.shared(balance(1), Duration.ofSeconds(91), SECOND).outcome())
                .isEqualTo(balance(1));
    }

    /** Otherwise a feed would show it for up to two intervals. */
    @Test
    void an_own_balance_is_shown_until_it_is_as_old_as_the_interval_whatever_the_pause_of_redis_is() {
        newest.own(balance(1));
        advance(INTERVAL.minusSeconds(1));
        Result result = newest.shared(outage(), INTERVAL, Duration.ofMinutes(5));
        assertThat(result.outcome()).isEqualTo(balance(1));
        assertThat(result.nextPoll()).isEqualTo(Duration.ofMillis(1_005));
    }

    @Test
    void a_balance_of_redis_is_shown_after_an_own_failure() {
        newest.own(outage());
        advance(SECOND);
        assertThat(newest.shared(balance(1), Duration.ofSeconds(30), INTERVAL).outcome())
                .isEqualTo(balance(1));
    }

    @Test
    void after_a_newer_failure_of_redis_no_balance_is_valid() {
        newest.shared(balance(1), Duration.ofSeconds(30), INTERVAL);
        newest.shared(outage(), SECOND, INTERVAL);
        assertThat(newest.valid()).isNull();
    }

    @Test
    void the_pause_after_own_failures_doubles_until_a_balance() {
        for (long minutes : new long[] {1, 2, 4, 5, 5}) {
            newest.own(outage());
            advance(Duration.ofMinutes(minutes).minusNanos(1));
            assertThat(valid().outcome().failure()).isNotNull();
            advance(Duration.ofSeconds(6 * minutes).plusNanos(1));
            assertThat(newest.valid()).isNull();
        }
        newest.shared(balance(1), INTERVAL.dividedBy(2), INTERVAL);
        newest.own(outage());
        advance(Duration.ofSeconds(66));
        assertThat(newest.valid()).isNull();
    }
}
