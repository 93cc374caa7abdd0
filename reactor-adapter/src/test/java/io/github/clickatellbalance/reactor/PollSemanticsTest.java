package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.StubExchange.reply;
import static io.github.clickatellbalance.reactor.StubExchange.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.protocol.ApiReply;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.test.subscriber.TestSubscriber;

/** The promises of {@code poll(interval)}, over each of the vendor's APIs, in virtual time. */
@ParameterizedClass
@EnumSource(Protocol.class)
class PollSemanticsTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final VirtualClient virtual = new VirtualClient();
    private final StubExchange exchange = virtual.exchange;
    private final Protocol protocol;
    private int served;

    PollSemanticsTest(Protocol protocol) {
        this.protocol = protocol;
        virtual.api = protocol.api();
    }

    private Mono<ApiReply> credits(String amount) {
        return StubExchange.credits(amount, protocol);
    }

    private Flux<Balance> poll(Duration interval) {
        return virtual.build().poll(interval);
    }

    /** A credit of one more than the time before: amounts tell which exchange a value comes from. */
    private Mono<ApiReply> counting() {
        return Mono.defer(() -> credits(String.valueOf(++served)));
    }

    private Mono<ApiReply> counting(Duration duration) {
        return Mono.delay(duration, virtual.time).then(counting());
    }

    private static List<Integer> amounts(TestSubscriber<Balance> subscriber) {
        return subscriber.getReceivedOnNext().stream()
                .map(balance -> balance.amount().intValueExact())
                .toList();
    }

    private static List<Integer> oneTo(int last) {
        return IntStream.rangeClosed(1, last).boxed().toList();
    }

    private static Duration[] minutes(int... minutes) {
        return IntStream.of(minutes).mapToObj(Duration::ofMinutes).toArray(Duration[]::new);
    }

    private static Duration[] seconds(int... seconds) {
        return IntStream.of(seconds).mapToObj(Duration::ofSeconds).toArray(Duration[]::new);
    }

    private void assertLives(TestSubscriber<?> subscriber) {
        if (subscriber.isTerminatedError()) {
            throw new AssertionError("the stream ended", subscriber.expectTerminalError());
        }
        assertThat(subscriber.isTerminatedOrCancelled()).as("the stream ended").isFalse();
    }

    // Pace

    @Test
    void nothing_is_sent_before_subscribe() {
        exchange.answer(counting());
        assertThat(poll(MINUTE)).isNotNull();
        virtual.advance(Duration.ofHours(1));

        assertThat(exchange.sent()).isZero();
    }

    @Test
    void the_first_exchange_is_at_once() {
        exchange.answer(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(Duration.ofDays(1)));

        assertThat(exchange.sentAt()).containsExactly(Duration.ZERO);
        assertThat(amounts(subscriber)).containsExactly(1);
    }

    @Test
    void the_next_exchange_is_an_interval_after_the_one_before() {
        exchange.answer(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));

        virtual.advance(MINUTE.minusNanos(1));
        assertThat(exchange.sent()).isOne();
        virtual.advance(Duration.ofNanos(1));
        assertThat(exchange.sent()).isEqualTo(2);
        virtual.advance(MINUTE.multipliedBy(3));
        assertThat(exchange.sentAt()).containsExactly(minutes(0, 1, 2, 3, 4));
        assertThat(amounts(subscriber)).isEqualTo(oneTo(5));
        assertLives(subscriber);
    }

    @Test
    void the_interval_is_measured_from_the_end_of_a_slow_exchange() {
        exchange.answer(counting(Duration.ofSeconds(9)));
        virtual.subscribe(poll(Duration.ofSeconds(1)));
        virtual.advance(MINUTE);

        assertThat(exchange.sentAt()).containsExactly(seconds(0, 10, 20, 30, 40, 50, 60));
        assertThat(exchange.mostInFlight()).isOne();
    }

    @Test
    void the_interval_is_measured_from_the_end_of_the_last_retry() {
        virtual.retry = RetryPolicy.backoff(1, Duration.ofSeconds(5), Duration.ofSeconds(5));
        exchange.answer(status(503)).answer(counting(Duration.ofSeconds(2))).answer(counting());
        virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofSeconds(70));

        assertThat(exchange.sentAt()).containsExactly(seconds(0, 5, 67));
    }

    @Test
    void a_slow_gateway_never_sees_two_at_once_nor_the_subscriber_an_overflow() {
        exchange.answer(counting(Duration.ofSeconds(8)));
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(Duration.ofMillis(1)));
        virtual.advance(Duration.ofHours(1));

        assertThat(exchange.mostInFlight()).isOne();
        assertThat(amounts(subscriber)).isEqualTo(oneTo(449));
        assertLives(subscriber);
    }

    @Test
    void two_subscribers_poll_independently() {
        exchange.answer(counting());
        Flux<Balance> poll = poll(MINUTE);
        TestSubscriber<Balance> one = virtual.subscribe(poll);
        virtual.advance(Duration.ofSeconds(30));
        TestSubscriber<Balance> other = virtual.subscribe(poll);
        virtual.advance(MINUTE);
        one.cancel();
        virtual.advance(MINUTE);

        assertThat(exchange.sentAt()).containsExactly(seconds(0, 30, 60, 90, 150));
        assertThat(amounts(one)).containsExactly(1, 3);
        assertThat(amounts(other)).containsExactly(2, 4, 5);
    }

    @Test
    void failures_of_one_subscriber_do_not_slow_down_another() {
        exchange.answer(status(503)).answer(counting());
        Flux<Balance> poll = poll(Duration.ofMinutes(2));
        virtual.subscribe(poll);
        virtual.subscribe(poll);
        virtual.advance(Duration.ofMinutes(2));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 0, 2, 2));
    }

    // Demand

    @Test
    void nothing_is_sent_without_demand() {
        exchange.answer(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE), 0);
        virtual.advance(Duration.ofDays(1));

        assertThat(exchange.sent()).isZero();
        subscriber.request(1);
        assertThat(exchange.sent()).isOne();
        assertThat(amounts(subscriber)).containsExactly(1);
    }

    @Test
    void after_a_value_nothing_is_sent_until_another_is_asked_for_which_is_then_fresh_and_at_once() {
        exchange.answer(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE), 1);
        assertThat(amounts(subscriber)).containsExactly(1);
        virtual.advance(Duration.ofHours(5));
        assertThat(exchange.sent()).isOne();

        subscriber.request(1);
        assertThat(exchange.sentAt()).containsExactly(Duration.ZERO, Duration.ofHours(5));
        assertThat(amounts(subscriber)).containsExactly(1, 2);
        virtual.advance(Duration.ofHours(5));
        assertThat(exchange.sent()).isEqualTo(2);
        assertLives(subscriber);
    }

    @Test
    void demand_within_the_interval_waits_for_its_end() {
        exchange.answer(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE), 1);
        virtual.advance(Duration.ofSeconds(20));
        subscriber.request(1);
        assertThat(exchange.sent()).isOne();
        virtual.advance(Duration.ofSeconds(40));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 1));
    }

    @Test
    void demand_while_an_exchange_is_in_flight_starts_no_other() {
        exchange.answer(counting(Duration.ofSeconds(5)));
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE), 1);
        subscriber.request(1);
        subscriber.request(1);
        virtual.advance(Duration.ZERO);
        assertThat(exchange.sent()).isOne();
        virtual.advance(Duration.ofHours(1));

        assertThat(exchange.sentAt()).containsExactly(seconds(0, 65, 130));
        assertThat(exchange.mostInFlight()).isOne();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 7, 32, 256, 257})
    void as_many_exchanges_are_made_as_values_are_asked_for(long demand) {
        exchange.answer(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE), demand);
        virtual.advance(Duration.ofDays(1));

        assertThat(exchange.sent()).isEqualTo((int) demand);
        assertThat(amounts(subscriber)).isEqualTo(oneTo((int) demand));
        subscriber.request(demand);
        assertThat(exchange.sent()).isEqualTo((int) demand + 1);
        virtual.advance(Duration.ofDays(1));
        assertThat(exchange.sent()).isEqualTo((int) demand * 2);
    }

    static Stream<Long> seeds() {
        return Stream.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
    }

    /** A model: whatever a subscriber does, the gateway sees no request that was not asked for, and none too early. */
    @ParameterizedTest
    @MethodSource("seeds")
    void any_pattern_of_demand_time_and_failures_keeps_the_pace(long seed) {
        Random random = new Random(seed);
        exchange.answer(Mono.defer(() -> switch (random.nextInt(4)) {
            case 0 -> status(503);
            case 1 -> status(503).delayElement(Duration.ofSeconds(random.nextInt(12)), virtual.time);
            case 2 -> counting(Duration.ofSeconds(random.nextInt(9)));
            default -> counting();
        }));
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE), 0);
        long asked = 0;
        for (int step = 0; step < 300; step++) {
            if (random.nextBoolean()) {
                int more = 1 + random.nextInt(3);
                asked += more;
                subscriber.request(more);
            } else {
                virtual.advance(Duration.ofSeconds(random.nextInt(600)));
            }
            assertLives(subscriber);
            assertThat(exchange.inFlight()).isLessThanOrEqualTo(1);
            if (served == asked) {
                int sent = exchange.sent();
                virtual.advance(Duration.ofHours(1));
                assertThat(exchange.sent()).as("none without demand").isEqualTo(sent);
            }
            assertThat((long) served).isLessThanOrEqualTo(asked);
        }
        virtual.advance(Duration.ofDays(30));
        assertThat((long) served).isEqualTo(asked);
        assertThat(amounts(subscriber)).isEqualTo(oneTo(served));
        assertThat(exchange.mostInFlight()).isOne();
        for (int i = 1; i < exchange.sent(); i++) {
            assertThat(exchange.sentAt().get(i).minus(exchange.sentAt().get(i - 1)))
                    .isGreaterThanOrEqualTo(MINUTE);
        }
    }

    @Test
    void a_subscriber_that_asks_from_within_on_next_gets_all_without_a_deep_stack() {
        exchange.answer(counting());
        List<Integer> depths = new ArrayList<>();
        poll(Duration.ofNanos(1)).subscribe(new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
                request(1);
            }

            @Override
            protected void hookOnNext(Balance balance) {
                depths.add(new Throwable().getStackTrace().length);
                request(1);
            }
        });
        virtual.advance(Duration.ofNanos(2_000));

        assertThat(depths).hasSize(2_001);
        assertThat(depths.get(2_000)).isLessThan(depths.get(10) + 50);
    }

    @Test
    void a_failed_poll_uses_up_no_demand() {
        exchange.answer(3, status(503)).answer(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE), 1);
        virtual.advance(Duration.ofDays(1));

        assertThat(amounts(subscriber)).containsExactly(1);
        assertThat(exchange.sent()).isEqualTo(4);
    }

    @Test
    void a_pause_of_the_subscriber_is_followed_by_one_poll_and_not_by_a_burst() {
        exchange.answer(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE), 1);
        virtual.advance(Duration.ofHours(10));

        subscriber.request(100);
        virtual.advance(Duration.ZERO);
        assertThat(exchange.sent()).isEqualTo(2);
        virtual.advance(MINUTE);
        assertThat(exchange.sent()).isEqualTo(3);
    }

    @Test
    void a_pause_of_the_process_is_followed_by_one_poll_and_not_by_a_burst() {
        PausingScheduler scheduler = new PausingScheduler(virtual.time);
        virtual.scheduler = scheduler;
        exchange.answer(counting());
        virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofSeconds(90));
        scheduler.pause(Duration.ofHours(10));
        virtual.advance(Duration.ofHours(10));
        assertThat(exchange.sent()).isEqualTo(3);
        virtual.advance(MINUTE.multipliedBy(2));

        Duration awake = Duration.ofHours(10).plusSeconds(90);
        assertThat(exchange.sentAt())
                .containsExactly(Duration.ZERO, MINUTE, awake, awake.plus(MINUTE), awake.plus(MINUTE.multipliedBy(2)));
    }

    // Failures

    @Test
    void each_poll_has_retries_of_its_own() {
        virtual.retry = RetryPolicy.backoff(2, Duration.ofSeconds(1), Duration.ofSeconds(1));
        exchange.answer(2, status(503))
                .answer(counting())
                .answer(2, status(503))
                .answer(counting())
                .answer(2, status(503))
                .answer(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofSeconds(130));

        assertThat(amounts(subscriber)).containsExactly(1, 2, 3);
        assertThat(exchange.sentAt()).containsExactly(seconds(0, 1, 2, 62, 63, 64, 124, 125, 126));
    }

    @Test
    void pauses_double_with_each_failure_in_a_row_up_to_five_minutes() {
        exchange.answer(status(503));
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofMinutes(22));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 1, 3, 7, 12, 17, 22));
        assertThat(subscriber.getReceivedOnNext()).isEmpty();
        assertLives(subscriber);
    }

    @Test
    void pauses_stay_at_an_interval_of_more_than_five_minutes() {
        exchange.answer(status(503));
        virtual.subscribe(poll(Duration.ofMinutes(20)));
        virtual.advance(Duration.ofMinutes(60));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 20, 40, 60));
    }

    @Test
    void a_success_resets_the_pause() {
        exchange.answer(3, status(503))
                .answer(counting())
                .answer(2, status(503))
                .answer(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofMinutes(13));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 1, 3, 7, 8, 9, 11, 12, 13));
        assertThat(amounts(subscriber)).containsExactly(1, 2, 3, 4);
    }

    static Stream<Function<Protocol, Mono<ApiReply>>> failures_that_may_pass() {
        return Stream.of(
                any -> Mono.error(() -> new IOException("reset")),
                any -> Mono.never(),
                any -> status(429),
                any -> status(500),
                api -> reply(api.passing("Internal error")));
    }

    @ParameterizedTest
    @MethodSource("failures_that_may_pass")
    void the_stream_lives_on_after_every_failure_that_may_pass(Function<Protocol, Mono<ApiReply>> failing) {
        exchange.answer(5, failing.apply(protocol)).answer(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofMinutes(20));

        assertThat(amounts(subscriber)).startsWith(1, 2);
        assertLives(subscriber);
    }

    @Test
    void a_retry_after_moves_the_next_poll() {
        exchange.answer(status(429, Duration.ofMinutes(3))).answer(counting());
        virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofMinutes(4));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 3, 4));
    }

    @Test
    void a_retry_after_does_not_make_the_pauses_after_it_longer() {
        exchange.answer(status(429, Duration.ofMinutes(3))).answer(status(500)).answer(counting());
        virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofMinutes(5));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 3, 5));
    }

    @Test
    void a_retry_after_shorter_than_the_pause_does_not_shorten_it() {
        exchange.answer(status(429, Duration.ofSeconds(1))).answer(counting());
        virtual.subscribe(poll(MINUTE));
        virtual.advance(MINUTE);

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 1));
    }

    @Test
    void a_retry_after_is_honoured_up_to_five_minutes() {
        exchange.answer(status(503, Duration.ofDays(365))).answer(counting());
        virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofMinutes(6));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 5, 6));
    }

    @Test
    void a_retry_after_is_honoured_up_to_the_interval_if_that_is_longer() {
        exchange.answer(status(503, Duration.ofDays(365))).answer(counting());
        virtual.subscribe(poll(Duration.ofMinutes(20)));
        virtual.advance(Duration.ofMinutes(20));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 20));
    }

    @Test
    void a_bound_on_failures_in_a_row_ends_the_stream_with_the_last_of_them() {
        virtual.maxConsecutiveFailures = 3;
        exchange.answer(status(500)).answer(status(502)).answer(status(503));
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofMinutes(3).minusNanos(1));
        assertLives(subscriber);
        virtual.advance(Duration.ofDays(1));

        assertThat(subscriber.expectTerminalError())
                .isInstanceOfSatisfying(
                        HttpStatusException.class,
                        error -> assertThat(error.status()).isEqualTo(503));
        assertThat(exchange.sent()).isEqualTo(3);
    }

    @Test
    void a_bound_of_one_ends_the_stream_with_the_first_failure() {
        virtual.maxConsecutiveFailures = 1;
        exchange.answer(status(503));

        assertThat(virtual.subscribe(poll(MINUTE)).expectTerminalError()).isInstanceOf(HttpStatusException.class);
    }

    @Test
    void a_success_starts_the_count_of_failures_anew() {
        virtual.maxConsecutiveFailures = 3;
        for (int i = 0; i < 50; i++) {
            exchange.answer(2, status(503)).answer(counting());
        }
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofHours(3));

        assertThat(amounts(subscriber)).hasSizeGreaterThan(40);
        assertLives(subscriber);
    }

    @Test
    void a_permanent_failure_ends_the_stream_with_it() {
        exchange.answer(2, counting()).answer(reply(protocol.wrongSecret("Authentication failed")));
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofDays(1));

        assertThat(amounts(subscriber)).containsExactly(1, 2);
        assertThat(subscriber.expectTerminalError()).isInstanceOf(ApiErrorException.class);
        assertThat(exchange.sent()).isEqualTo(3);
    }

    @Test
    void a_wrong_secret_is_sent_once() {
        virtual.retry = RetryPolicy.backoff(5, Duration.ofSeconds(1), Duration.ofSeconds(1));
        exchange.answer(reply(protocol.wrongSecret("Authentication failed")));
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofDays(1));

        assertThat(subscriber.expectTerminalError()).isInstanceOf(ApiErrorException.class);
        assertThat(exchange.sent()).isOne();
    }

    @Test
    void the_same_poll_can_be_subscribed_to_again_and_begins_anew() {
        exchange.answer(3, status(503)).answer(counting());
        Flux<Balance> poll = poll(MINUTE);
        TestSubscriber<Balance> first = virtual.subscribe(poll);
        virtual.advance(Duration.ofMinutes(4));
        first.cancel();
        TestSubscriber<Balance> second = virtual.subscribe(poll);
        assertThat(amounts(second)).containsExactly(1);
        virtual.advance(MINUTE);

        assertThat(amounts(second)).containsExactly(1, 2);
        assertThat(exchange.sentAt()).containsExactly(minutes(0, 1, 3, 4, 5));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void a_scheduler_that_is_shut_down_ends_the_stream_with_a_failure_of_ours(int timers) {
        virtual.scheduler = new ShutDownAfter(virtual.time, timers);
        exchange.answer(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofHours(1));

        assertThat(subscriber.expectTerminalError())
                .isInstanceOf(ClickatellException.class)
                .hasMessageContaining(RejectedExecutionException.class.getSimpleName());
    }

    // The end

    @Test
    void cancel_stops_the_timer() {
        exchange.answer(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofSeconds(30));
        subscriber.cancel();
        virtual.advance(Duration.ofDays(1));

        assertThat(exchange.sent()).isOne();
        assertThat(subscriber.isTerminated()).isFalse();
    }

    @Test
    void cancel_stops_the_exchange() {
        exchange.answer(Mono.never());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        subscriber.cancel();
        assertThat(exchange.cancelled()).isOne();
        assertThat(exchange.inFlight()).isZero();
        virtual.advance(Duration.ofDays(1));

        assertThat(exchange.sent()).isOne();
    }

    @Test
    void cancel_stops_a_poll_that_waits_for_demand() {
        exchange.answer(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE), 1);
        virtual.advance(Duration.ofHours(1));
        subscriber.cancel();
        subscriber.request(1);
        virtual.advance(Duration.ofDays(1));

        assertThat(exchange.sent()).isOne();
    }

    @Test
    void cancel_stops_a_backoff() {
        exchange.answer(status(503));
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofSeconds(30));
        subscriber.cancel();
        virtual.advance(Duration.ofDays(1));

        assertThat(exchange.sent()).isOne();
    }

    @Test
    void take_ends_the_poll_without_another_exchange() {
        exchange.answer(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE).take(2));
        virtual.advance(Duration.ofDays(1));

        assertThat(subscriber.isTerminatedComplete()).isTrue();
        assertThat(exchange.sent()).isEqualTo(2);
    }

    @Test
    void close_completes_polls_that_wait_for_their_interval() {
        exchange.answer(counting());
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> subscriber = virtual.subscribe(client.poll(MINUTE));
        client.close();

        assertThat(subscriber.isTerminatedComplete()).isTrue();
        virtual.advance(Duration.ofDays(1));
        assertThat(exchange.sent()).isOne();
    }

    @Test
    void close_completes_polls_with_an_exchange_in_flight_and_cancels_it() {
        exchange.answer(Mono.never());
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> subscriber = virtual.subscribe(client.poll(MINUTE));
        client.close();

        assertThat(subscriber.isTerminatedComplete()).isTrue();
        assertThat(exchange.cancelled()).isOne();
    }

    @Test
    void close_completes_polls_without_demand() {
        exchange.answer(counting());
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> never = virtual.subscribe(client.poll(MINUTE), 0);
        TestSubscriber<Balance> once = virtual.subscribe(client.poll(MINUTE), 1);
        client.close();

        assertThat(never.isTerminatedComplete()).isTrue();
        assertThat(once.isTerminatedComplete()).isTrue();
        assertThat(exchange.sent()).isOne();
    }

    @Test
    void close_completes_polls_in_backoff() {
        exchange.answer(status(503));
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> subscriber = virtual.subscribe(client.poll(MINUTE));
        client.close();

        assertThat(subscriber.isTerminatedComplete()).isTrue();
    }

    @Test
    void close_from_within_on_next_completes_the_poll() {
        exchange.answer(counting());
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> subscriber =
                virtual.subscribe(client.poll(MINUTE).doOnNext(balance -> client.close()));
        virtual.advance(Duration.ofHours(1));

        assertThat(amounts(subscriber)).containsExactly(1);
        assertThat(subscriber.isTerminatedComplete()).isTrue();
        assertThat(exchange.sent()).isOne();
    }

    @Test
    void a_poll_that_becomes_due_while_the_client_closes_completes_like_every_other() {
        exchange.answer(counting());
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> due = TestSubscriber.builder().initialRequest(0).build();
        virtual.subscribe(client.poll(MINUTE).doOnComplete(() -> due.request(1)));
        client.poll(MINUTE).subscribe(due);
        virtual.advance(Duration.ofHours(1));
        int sent = exchange.sent();
        client.close();

        assertThat(due.isTerminatedComplete()).isTrue();
        assertThat(exchange.sent()).isEqualTo(sent);
    }

    @Test
    void a_poll_after_close_fails() {
        exchange.answer(counting());
        BalanceClient client = virtual.build();
        Flux<Balance> assembledBefore = client.poll(MINUTE);
        client.close();

        assertThat(virtual.subscribe(assembledBefore).expectTerminalError()).isInstanceOf(ClientClosedException.class);
        assertThat(virtual.subscribe(client.poll(MINUTE)).expectTerminalError())
                .isInstanceOf(ClientClosedException.class);
        assertThat(exchange.sent()).isZero();
    }

    // Arguments

    static Stream<Duration> intervals_out_of_range() {
        return Stream.of(
                Duration.ZERO,
                Duration.ofSeconds(-1),
                Duration.ofDays(365).plusNanos(1),
                Duration.ofSeconds(Long.MAX_VALUE));
    }

    @ParameterizedTest
    @MethodSource("intervals_out_of_range")
    void an_interval_out_of_range_is_refused_at_once_with_name_value_and_rule(Duration interval) {
        BalanceClient client = virtual.build();

        assertThatThrownBy(() -> client.poll(interval))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("interval", "PT8760H", interval.toString());
    }

    @Test
    @SuppressWarnings("NullAway")
    void a_null_interval_is_refused_by_name() {
        BalanceClient client = virtual.build();

        assertThatNullPointerException().isThrownBy(() -> client.poll(null)).withMessage("interval");
    }

    // A whole day

    @Test
    void a_day_with_three_outages() {
        Duration[] outages = {Duration.ofHours(3), Duration.ofHours(9), Duration.ofHours(20)};
        Duration length = Duration.ofMinutes(47);
        virtual.retry = RetryPolicy.backoff(2, Duration.ofMillis(200), Duration.ofSeconds(2));
        Scheduler time = virtual.time;
        exchange.answer(Mono.defer(() -> {
            Duration now = Duration.ofNanos(time.now(TimeUnit.NANOSECONDS));
            boolean isOut = Stream.of(outages)
                    .anyMatch(start -> now.compareTo(start) >= 0 && now.compareTo(start.plus(length)) < 0);
            return isOut ? status(503) : counting();
        }));
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofDays(1));

        assertLives(subscriber);
        assertThat(exchange.mostInFlight()).isOne();
        assertThat(amounts(subscriber)).isEqualTo(oneTo(served));
        // 1440 minutes, less three outages and at most five minutes until the end of each is noticed.
        assertThat(served).isBetween(1440 - 3 * (47 + 6), 1441 - 3 * 47);
        for (Duration start : outages) {
            long requests = exchange.sentAt().stream()
                    .filter(at -> at.compareTo(start) >= 0 && at.compareTo(start.plus(length)) < 0)
                    .count();
            assertThat(requests).as("requests within an outage").isBetween(3L * 9, 3L * 13);
            assertThat(exchange.sentAt())
                    .anySatisfy(at -> assertThat(at)
                            .isBetween(
                                    start.plus(length),
                                    start.plus(length).plusMinutes(5).plusSeconds(3)));
        }
    }
}
