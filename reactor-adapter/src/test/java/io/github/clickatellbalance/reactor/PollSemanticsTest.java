package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.StubExchange.reply;
import static io.github.clickatellbalance.reactor.StubExchange.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.ApiReply;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.test.subscriber.TestSubscriber;

/** The promises of {@code poll(interval)}, over several of the vendor's APIs, in virtual time. */
@ParameterizedClass
@MethodSource("io.github.clickatellbalance.reactor.Apis#tested")
class PollSemanticsTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final RetryPolicy EVERY_SECOND =
            RetryPolicy.backoff(2, Duration.ofSeconds(1), Duration.ofSeconds(1));

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

    /** Each amount is the previous one plus one, so it identifies its exchange. */
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

    private void assertNotTerminated(TestSubscriber<?> subscriber) {
        if (subscriber.isTerminatedError()) {
            throw new AssertionError("the stream failed", subscriber.expectTerminalError());
        }
        assertThat(subscriber.isTerminatedOrCancelled()).as("terminated").isFalse();
    }

    // Interval

    @Test
    void nothing_is_sent_before_subscribe() {
        exchange.respond(counting());
        assertThat(poll(MINUTE)).isNotNull();
        virtual.advance(Duration.ofHours(1));

        assertThat(exchange.sent()).isZero();
    }

    @Test
    void the_first_request_is_sent_at_once() {
        exchange.respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(Duration.ofDays(1)));

        assertThat(exchange.sentAt()).containsExactly(Duration.ZERO);
        assertThat(amounts(subscriber)).containsExactly(1);
    }

    @Test
    void the_next_request_is_sent_an_interval_after_the_previous_poll_completed() {
        exchange.respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));

        virtual.advance(MINUTE.minusNanos(1));
        assertThat(exchange.sent()).isOne();
        virtual.advance(Duration.ofNanos(1));
        assertThat(exchange.sent()).isEqualTo(2);
        virtual.advance(MINUTE.multipliedBy(3));
        assertThat(exchange.sentAt()).containsExactly(minutes(0, 1, 2, 3, 4));
        assertThat(amounts(subscriber)).isEqualTo(oneTo(5));
        assertNotTerminated(subscriber);
    }

    @Test
    void the_interval_starts_at_the_end_of_a_slow_exchange() {
        exchange.respond(counting(Duration.ofSeconds(9)));
        virtual.subscribe(poll(Duration.ofSeconds(1)));
        virtual.advance(MINUTE);

        assertThat(exchange.sentAt()).containsExactly(seconds(0, 10, 20, 30, 40, 50, 60));
        assertThat(exchange.mostInFlight()).isOne();
    }

    @Test
    void the_interval_starts_at_the_end_of_the_last_retry() {
        virtual.retry = RetryPolicy.backoff(1, Duration.ofSeconds(5), Duration.ofSeconds(5));
        exchange.respond(status(503)).respond(counting(Duration.ofSeconds(2))).respond(counting());
        virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofSeconds(70));

        assertThat(exchange.sentAt()).containsExactly(seconds(0, 5, 67));
    }

    @Test
    void a_slow_gateway_causes_neither_concurrent_requests_nor_an_overflow() {
        exchange.respond(counting(Duration.ofSeconds(8)));
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(Duration.ofMillis(1)));
        virtual.advance(Duration.ofHours(1));

        assertThat(exchange.mostInFlight()).isOne();
        assertThat(amounts(subscriber)).isEqualTo(oneTo(449));
        assertNotTerminated(subscriber);
    }

    @Test
    void two_subscribers_poll_independently() {
        exchange.respond(counting());
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
    void failures_of_one_subscriber_do_not_delay_another() {
        exchange.respond(status(503)).respond(counting());
        Flux<Balance> poll = poll(Duration.ofMinutes(2));
        virtual.subscribe(poll);
        virtual.subscribe(poll);
        virtual.advance(Duration.ofMinutes(2));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 0, 2, 2));
    }

    // Demand

    @Test
    void nothing_is_sent_without_demand() {
        exchange.respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE), 0);
        virtual.advance(Duration.ofDays(1));

        assertThat(exchange.sent()).isZero();
        subscriber.request(1);
        assertThat(exchange.sent()).isOne();
        assertThat(amounts(subscriber)).containsExactly(1);
    }

    @Test
    void new_demand_after_the_interval_gets_a_fresh_value_at_once() {
        exchange.respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE), 1);
        assertThat(amounts(subscriber)).containsExactly(1);
        virtual.advance(Duration.ofHours(5));
        assertThat(exchange.sent()).isOne();

        subscriber.request(1);
        assertThat(exchange.sentAt()).containsExactly(Duration.ZERO, Duration.ofHours(5));
        assertThat(amounts(subscriber)).containsExactly(1, 2);
        virtual.advance(Duration.ofHours(5));
        assertThat(exchange.sent()).isEqualTo(2);
        assertNotTerminated(subscriber);
    }

    @Test
    void demand_within_the_interval_is_served_at_its_end() {
        exchange.respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE), 1);
        virtual.advance(Duration.ofSeconds(20));
        subscriber.request(1);
        assertThat(exchange.sent()).isOne();
        virtual.advance(Duration.ofSeconds(40));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 1));
    }

    @Test
    void demand_while_an_exchange_is_in_flight_starts_no_other_exchange() {
        exchange.respond(counting(Duration.ofSeconds(5)));
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
    void the_number_of_exchanges_is_the_number_of_requested_values(long demand) {
        exchange.respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE), demand);
        virtual.advance(Duration.ofDays(1));

        assertThat(exchange.sent()).isEqualTo((int) demand);
        assertThat(amounts(subscriber)).isEqualTo(oneTo((int) demand));
        subscriber.request(demand);
        assertThat(exchange.sent()).isEqualTo((int) demand + 1);
        virtual.advance(Duration.ofDays(1));
        assertThat(exchange.sent()).isEqualTo((int) demand * 2);
    }

    @Test
    void a_subscriber_that_requests_within_on_next_does_not_cause_a_deep_stack() {
        exchange.respond(counting());
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
    void a_failed_poll_consumes_no_demand() {
        exchange.respond(3, status(503)).respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE), 1);
        virtual.advance(Duration.ofDays(1));

        assertThat(amounts(subscriber)).containsExactly(1);
        assertThat(exchange.sent()).isEqualTo(4);
    }

    @Test
    void a_pause_of_the_subscriber_is_followed_by_one_poll_and_not_by_a_burst() {
        exchange.respond(counting());
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
        exchange.respond(counting());
        virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofSeconds(90));
        scheduler.pause(Duration.ofHours(10));
        virtual.advance(Duration.ofHours(10));
        assertThat(exchange.sent()).isEqualTo(3);
        virtual.advance(MINUTE.multipliedBy(2));

        Duration end = Duration.ofHours(10).plusSeconds(90);
        assertThat(exchange.sentAt())
                .containsExactly(Duration.ZERO, MINUTE, end, end.plus(MINUTE), end.plus(MINUTE.multipliedBy(2)));
    }

    // Failures

    @Test
    void each_poll_has_its_own_retries() {
        virtual.retry = EVERY_SECOND;
        exchange.respond(2, status(503))
                .respond(counting())
                .respond(2, status(503))
                .respond(counting())
                .respond(2, status(503))
                .respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofSeconds(130));

        assertThat(amounts(subscriber)).containsExactly(1, 2, 3);
        assertThat(exchange.sentAt()).containsExactly(seconds(0, 1, 2, 62, 63, 64, 124, 125, 126));
    }

    @Test
    void pauses_double_with_each_failed_poll_in_a_row_up_to_five_minutes() {
        exchange.respond(status(503));
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofMinutes(22));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 1, 3, 7, 12, 17, 22));
        assertThat(subscriber.getReceivedOnNext()).isEmpty();
        assertNotTerminated(subscriber);
    }

    @Test
    void pauses_are_the_interval_if_it_is_longer_than_five_minutes() {
        exchange.respond(status(503));
        virtual.subscribe(poll(Duration.ofMinutes(20)));
        virtual.advance(Duration.ofMinutes(60));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 20, 40, 60));
    }

    @Test
    void a_success_resets_the_pause() {
        exchange.respond(3, status(503))
                .respond(counting())
                .respond(2, status(503))
                .respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofMinutes(13));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 1, 3, 7, 8, 9, 11, 12, 13));
        assertThat(amounts(subscriber)).containsExactly(1, 2, 3, 4);
    }

    static Stream<Function<Protocol, Mono<ApiReply>>> transient_failures() {
        return Stream.of(
                any -> Mono.error(() -> new IOException("reset")),
                any -> status(408),
                any -> status(425),
                any -> status(429),
                any -> status(500),
                api -> reply(api.transientError("Internal error")));
    }

    static Stream<Function<Protocol, Mono<ApiReply>>> permanent_failures_of_an_outage() {
        return Stream.of(
                any -> reply(200, "<html>The service is under maintenance</html>", null),
                any -> reply(200, "", null),
                any -> status(204),
                any -> status(302));
    }

    @ParameterizedTest
    @MethodSource("transient_failures")
    void transient_failures_are_retried_within_each_poll_and_do_not_end_the_stream(
            Function<Protocol, Mono<ApiReply>> failing) {
        virtual.retry = EVERY_SECOND;
        exchange.respond(9, failing.apply(protocol)).respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofSeconds(426));

        assertThat(exchange.sentAt()).containsExactly(seconds(0, 1, 2, 62, 63, 64, 184, 185, 186, 426));
        assertThat(amounts(subscriber)).containsExactly(1);
        assertNotTerminated(subscriber);
    }

    @ParameterizedTest
    @MethodSource("permanent_failures_of_an_outage")
    void malformed_replies_and_redirects_are_not_retried_within_a_poll_and_do_not_end_the_stream(
            Function<Protocol, Mono<ApiReply>> failing) {
        virtual.retry = EVERY_SECOND;
        exchange.respond(6, failing.apply(protocol)).respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofMinutes(23));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 1, 3, 7, 12, 17, 22, 23));
        assertThat(amounts(subscriber)).containsExactly(1, 2);
        assertNotTerminated(subscriber);
    }

    @Test
    void a_deadline_that_passed_does_not_end_the_stream() {
        exchange.respond(Mono.never()).respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofSeconds(70));

        assertThat(exchange.sentAt()).containsExactly(seconds(0, 70));
        assertThat(amounts(subscriber)).containsExactly(1);
        assertNotTerminated(subscriber);
    }

    @Test
    void a_thousand_failed_polls_in_a_row_do_not_end_the_stream() {
        exchange.respond(1000, reply(200, "<html>", null)).respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofMinutes(5 * 1000));

        assertThat(amounts(subscriber)).startsWith(1);
        assertNotTerminated(subscriber);
    }

    @Test
    void a_retry_after_longer_than_the_pause_replaces_it() {
        exchange.respond(status(429, Duration.ofMinutes(3))).respond(counting());
        virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofMinutes(4));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 3, 4));
    }

    @Test
    void a_retry_after_does_not_make_the_pauses_after_it_longer() {
        exchange.respond(status(429, Duration.ofMinutes(3)))
                .respond(status(500))
                .respond(counting());
        virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofMinutes(5));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 3, 5));
    }

    @Test
    void a_retry_after_shorter_than_the_pause_does_not_shorten_it() {
        exchange.respond(status(429, Duration.ofSeconds(1))).respond(counting());
        virtual.subscribe(poll(MINUTE));
        virtual.advance(MINUTE);

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 1));
    }

    @Test
    void a_retry_after_is_limited_to_five_minutes() {
        exchange.respond(status(503, Duration.ofDays(365))).respond(counting());
        virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofMinutes(6));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 5, 6));
    }

    @Test
    void a_retry_after_is_limited_to_the_interval_if_that_is_longer() {
        exchange.respond(status(503, Duration.ofDays(365))).respond(counting());
        virtual.subscribe(poll(Duration.ofMinutes(20)));
        virtual.advance(Duration.ofMinutes(20));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 20));
    }

    @Test
    void a_retry_after_beyond_the_ceiling_of_the_retries_ends_the_poll_and_delays_the_next_one() {
        virtual.retry = EVERY_SECOND;
        exchange.respond(status(503, Duration.ofMinutes(3))).respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofMinutes(4));

        assertThat(exchange.sentAt()).containsExactly(minutes(0, 3, 4));
        assertThat(amounts(subscriber)).containsExactly(1, 2);
    }

    static Stream<Function<Protocol, Mono<ApiReply>>> failures_that_need_intervention() {
        return Stream.of(
                api -> reply(api.wrongSecret("Authentication failed")),
                api -> reply(api.error(301, "No Credit Left")),
                any -> status(400),
                any -> status(401),
                any -> status(403),
                any -> status(404),
                any -> status(407),
                any -> status(499),
                any -> Mono.error(() -> new SSLHandshakeException("no trust")),
                any -> Mono.error(() -> new IllegalStateException("unexpected")));
    }

    @ParameterizedTest
    @MethodSource("failures_that_need_intervention")
    void a_failure_that_needs_intervention_is_sent_once_and_ends_the_stream(
            Function<Protocol, Mono<ApiReply>> failing) {
        virtual.retry = EVERY_SECOND;
        exchange.respond(2, counting()).respond(failing.apply(protocol));
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofDays(1));

        assertThat(amounts(subscriber)).containsExactly(1, 2);
        assertThat(subscriber.expectTerminalError())
                .isInstanceOfSatisfying(
                        ClickatellException.class,
                        failure -> assertThat(failure.isTransient()).isFalse());
        assertThat(exchange.sent()).isEqualTo(3);
    }

    @Test
    void wrong_credentials_are_sent_once() {
        virtual.retry = EVERY_SECOND;
        exchange.respond(reply(protocol.wrongSecret("Authentication failed")));
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofDays(1));

        assertThat(subscriber.expectTerminalError()).isInstanceOf(ApiErrorException.class);
        assertThat(exchange.sent()).isOne();
    }

    @Test
    void a_second_subscription_to_the_same_poll_starts_again() {
        exchange.respond(3, status(503)).respond(counting());
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
    void a_scheduler_that_was_shut_down_ends_the_stream_with_a_clickatell_exception(int timers) {
        virtual.scheduler = new ShutDownAfter(virtual.time, timers);
        exchange.respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofHours(1));

        assertThat(subscriber.expectTerminalError())
                .isInstanceOf(ClickatellException.class)
                .hasMessageContaining(RejectedExecutionException.class.getSimpleName());
    }

    // Cancel and close

    @Test
    void cancel_stops_the_timer() {
        exchange.respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofSeconds(30));
        subscriber.cancel();
        virtual.advance(Duration.ofDays(1));

        assertThat(exchange.sent()).isOne();
        assertThat(subscriber.isTerminated()).isFalse();
    }

    @Test
    void cancel_stops_the_exchange() {
        exchange.respond(Mono.never());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        subscriber.cancel();
        assertThat(exchange.cancelled()).isOne();
        assertThat(exchange.inFlight()).isZero();
        virtual.advance(Duration.ofDays(1));

        assertThat(exchange.sent()).isOne();
    }

    @Test
    void cancel_stops_a_poll_without_demand() {
        exchange.respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE), 1);
        virtual.advance(Duration.ofHours(1));
        subscriber.cancel();
        subscriber.request(1);
        virtual.advance(Duration.ofDays(1));

        assertThat(exchange.sent()).isOne();
    }

    @Test
    void cancel_stops_the_pause_after_a_failed_poll() {
        exchange.respond(status(503));
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofSeconds(30));
        subscriber.cancel();
        virtual.advance(Duration.ofDays(1));

        assertThat(exchange.sent()).isOne();
    }

    @Test
    void take_ends_the_poll_without_another_request() {
        exchange.respond(counting());
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE).take(2));
        virtual.advance(Duration.ofDays(1));

        assertThat(subscriber.isTerminatedComplete()).isTrue();
        assertThat(exchange.sent()).isEqualTo(2);
    }

    @Test
    void close_completes_polls_within_their_interval() {
        exchange.respond(counting());
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> subscriber = virtual.subscribe(client.poll(MINUTE));
        client.close();

        assertThat(subscriber.isTerminatedComplete()).isTrue();
        virtual.advance(Duration.ofDays(1));
        assertThat(exchange.sent()).isOne();
    }

    @Test
    void close_completes_polls_with_an_exchange_in_flight_and_cancels_it() {
        exchange.respond(Mono.never());
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> subscriber = virtual.subscribe(client.poll(MINUTE));
        client.close();

        assertThat(subscriber.isTerminatedComplete()).isTrue();
        assertThat(exchange.cancelled()).isOne();
    }

    @Test
    void close_completes_polls_without_demand() {
        exchange.respond(counting());
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> never = virtual.subscribe(client.poll(MINUTE), 0);
        TestSubscriber<Balance> once = virtual.subscribe(client.poll(MINUTE), 1);
        client.close();

        assertThat(never.isTerminatedComplete()).isTrue();
        assertThat(once.isTerminatedComplete()).isTrue();
        assertThat(exchange.sent()).isOne();
    }

    @Test
    void close_completes_polls_in_an_outage() {
        exchange.respond(status(503));
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> subscriber = virtual.subscribe(client.poll(MINUTE));
        client.close();

        assertThat(subscriber.isTerminatedComplete()).isTrue();
    }

    @Test
    void close_from_within_on_next_completes_the_poll() {
        exchange.respond(counting());
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> subscriber =
                virtual.subscribe(client.poll(MINUTE).doOnNext(balance -> client.close()));
        virtual.advance(Duration.ofHours(1));

        assertThat(amounts(subscriber)).containsExactly(1);
        assertThat(subscriber.isTerminatedComplete()).isTrue();
        assertThat(exchange.sent()).isOne();
    }

    @Test
    void a_poll_that_becomes_due_during_close_completes() {
        exchange.respond(counting());
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
        exchange.respond(counting());
        BalanceClient client = virtual.build();
        Flux<Balance> assembledBefore = client.poll(MINUTE);
        client.close();

        assertThat(virtual.subscribe(assembledBefore).expectTerminalError()).isInstanceOf(ClientClosedException.class);
        assertThat(virtual.subscribe(client.poll(MINUTE)).expectTerminalError())
                .isInstanceOf(ClientClosedException.class);
        assertThat(exchange.sent()).isZero();
    }

    // Arguments

    static Stream<Duration> intervals_out_of_bounds() {
        return Stream.of(
                Duration.ZERO,
                Duration.ofSeconds(-1),
                Duration.ofDays(365).plusNanos(1),
                Duration.ofSeconds(Long.MAX_VALUE));
    }

    @ParameterizedTest
    @MethodSource("intervals_out_of_bounds")
    void an_interval_out_of_bounds_is_rejected_with_its_name_value_and_bounds(Duration interval) {
        BalanceClient client = virtual.build();

        assertThatThrownBy(() -> client.poll(interval))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("interval", "PT8760H", interval.toString());
    }

    @Test
    @SuppressWarnings("NullAway")
    void a_null_interval_is_rejected_with_its_name() {
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
        exchange.respond(Mono.defer(() -> {
            Duration now = Duration.ofNanos(time.now(TimeUnit.NANOSECONDS));
            boolean isOut = Stream.of(outages)
                    .anyMatch(start -> now.compareTo(start) >= 0 && now.compareTo(start.plus(length)) < 0);
            return isOut ? status(503) : counting();
        }));
        TestSubscriber<Balance> subscriber = virtual.subscribe(poll(MINUTE));
        virtual.advance(Duration.ofDays(1));

        assertNotTerminated(subscriber);
        assertThat(exchange.mostInFlight()).isOne();
        assertThat(amounts(subscriber)).isEqualTo(oneTo(served));
        // 1440 minutes without three outages. After each, the next poll is up to five minutes later.
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
