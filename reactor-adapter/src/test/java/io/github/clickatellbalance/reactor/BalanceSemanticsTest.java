package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.StubExchange.reply;
import static io.github.clickatellbalance.reactor.StubExchange.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.clickatellbalance.ApiCall;
import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.ApiReply;
import io.github.clickatellbalance.ApiRequest;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.TransportException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.net.ConnectException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.test.subscriber.TestSubscriber;

/** The promises of {@code balance()}, over several of the vendor's APIs, in virtual time. */
@ParameterizedClass
@MethodSource("io.github.clickatellbalance.reactor.Apis#tested")
class BalanceSemanticsTest {
    private static final Duration LONG = Duration.ofHours(1);
    private static final RetryPolicy EVERY_SECOND =
            RetryPolicy.backoff(2, Duration.ofSeconds(1), Duration.ofSeconds(1));

    private final VirtualClient virtual = new VirtualClient();
    private final StubExchange exchange = virtual.exchange;
    private final Protocol protocol;

    BalanceSemanticsTest(Protocol protocol) {
        this.protocol = protocol;
        virtual.api = protocol.api();
    }

    private Mono<ApiReply> credits(String amount) {
        return StubExchange.credits(amount, protocol);
    }

    private TestSubscriber<Balance> subscribe(BalanceClient client) {
        return virtual.subscribe(client.balance().flux());
    }

    /** Subscribes once, and waits for the end. */
    private TestSubscriber<Balance> outcome() {
        TestSubscriber<Balance> subscriber = subscribe(virtual.build());
        virtual.advance(LONG);
        assertThat(subscriber.isTerminatedOrCancelled())
                .as("terminated within an hour")
                .isTrue();
        return subscriber;
    }

    private ClickatellException failure() {
        TestSubscriber<Balance> subscriber = outcome();
        assertThat(subscriber.getReceivedOnNext()).isEmpty();
        assertThat(subscriber.expectTerminalError()).isInstanceOf(ClickatellException.class);
        return (ClickatellException) subscriber.expectTerminalError();
    }

    private static HttpStatusException withStatus(ClickatellException failure, int status) {
        assertThat(failure)
                .isInstanceOfSatisfying(
                        HttpStatusException.class,
                        error -> assertThat(error.status()).isEqualTo(status));
        return (HttpStatusException) failure;
    }

    private static List<ClickatellException> earlierFailures(ClickatellException failure) {
        return Stream.of(failure.getSuppressed())
                .filter(ClickatellException.class::isInstance)
                .map(ClickatellException.class::cast)
                .toList();
    }

    private static Mono<ApiReply> failing(Supplier<Throwable> failure) {
        return Mono.error(failure);
    }

    private static Mono<ApiReply> refused() {
        return failing(() -> new ConnectException("refused"));
    }

    private static Mono<ApiReply> wrongCredentials(Protocol api) {
        return reply(api.wrongSecret("Authentication failed"));
    }

    private static Mono<ApiReply> transientError(Protocol api) {
        return reply(api.transientError("Internal error"));
    }

    // Lazy

    @Test
    void nothing_is_sent_before_subscribe() {
        exchange.respond(credits("1.00"));
        Mono<Balance> balance = virtual.build().balance();
        virtual.advance(LONG);

        assertThat(balance).isNotNull();
        assertThat(exchange.sent()).isZero();
    }

    @Test
    void each_subscription_is_its_own_exchange() {
        exchange.respond(credits("1.00")).respond(credits("2.00"));
        Mono<Balance> balance = virtual.build().balance();

        assertThat(amounts(virtual.subscribe(balance.flux()))).containsExactly("1.00");
        assertThat(amounts(virtual.subscribe(balance.flux()))).containsExactly("2.00");
        assertThat(exchange.sent()).isEqualTo(2);
    }

    @Test
    void each_subscription_has_its_own_retries() {
        exchange.respond(refused());
        virtual.retry = EVERY_SECOND;
        Mono<Balance> balance = virtual.build().balance();

        for (int subscription = 1; subscription <= 3; subscription++) {
            TestSubscriber<Balance> subscriber = virtual.subscribe(balance.flux());
            virtual.advance(LONG);

            assertThat(subscriber.expectTerminalError()).isInstanceOf(TransportException.class);
            assertThat(exchange.sent()).isEqualTo(3 * subscription);
            assertThat(earlierFailures((ClickatellException) subscriber.expectTerminalError()))
                    .hasSize(2);
        }
    }

    @Test
    void a_subscriber_without_demand_gets_its_value_at_its_request() {
        exchange.respond(credits("1.00"));
        TestSubscriber<Balance> subscriber =
                virtual.subscribe(virtual.build().balance().flux(), 0);
        assertThat(subscriber.getReceivedOnNext()).isEmpty();

        subscriber.request(1);
        assertThat(amounts(subscriber)).containsExactly("1.00");
        assertThat(subscriber.isTerminatedComplete()).isTrue();
    }

    // Result

    @Test
    void a_success_is_one_balance_and_completion() {
        exchange.respond(credits("12.50"));
        TestSubscriber<Balance> subscriber = outcome();

        assertThat(amounts(subscriber)).containsExactly("12.50");
        assertThat(subscriber.isTerminatedComplete()).isTrue();
        assertThat(exchange.sent()).isOne();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0.00", "-3.5", "123.000"})
    void zero_and_negative_amounts_are_values_with_their_scale(String amount) {
        exchange.respond(credits(amount));

        assertThat(outcome().getReceivedOnNext()).extracting(Balance::amount).containsExactly(new BigDecimal(amount));
    }

    @Test
    void an_exchange_without_a_reply_is_a_failure_and_not_an_empty_result() {
        exchange.respond(Mono.empty());

        assertThat(failure())
                .isInstanceOf(TransportException.class)
                .hasMessageNotContaining("BalanceObserver")
                .matches(failure -> !failure.isTransient(), "is permanent");
    }

    static Stream<Throwable> exceptions_of_other_types() {
        return Stream.of(
                new IOException("io"),
                new RejectedExecutionException("rejected"),
                new IllegalStateException("state"),
                new AssertionError("error"),
                new LinkageError("linkage"),
                new InterruptedException("interrupted"));
    }

    @ParameterizedTest
    @MethodSource("exceptions_of_other_types")
    void each_failure_of_an_exchange_becomes_a_transport_exception(Throwable foreign) {
        exchange.respond(failing(() -> foreign));

        assertThat(failure())
                .isInstanceOf(TransportException.class)
                .cause()
                .satisfiesAnyOf(
                        cause -> assertThat(cause).isSameAs(foreign),
                        cause -> assertThat(cause).hasMessage(foreign.getClass().getName()));
    }

    @Test
    void an_api_that_throws_another_exception_is_a_transport_exception() {
        exchange.respond(credits("1.00"));
        IllegalStateException thrown = new IllegalStateException("read");
        virtual.api = new BalanceApi("https://gateway.example", new ThrowingApi(thrown), null);

        assertThat(failure())
                .isInstanceOf(TransportException.class)
                .hasMessageContaining(thrown.getClass().getName());
    }

    @Test
    void a_scheduler_that_was_shut_down_is_a_transport_exception() {
        exchange.respond(Mono.never());
        virtual.scheduler = new ShutDownAfter(virtual.time, 0);
        virtual.retry = EVERY_SECOND;

        assertThat(failure()).isInstanceOf(TransportException.class);
        assertThat(exchange.inFlight()).isZero();
    }

    @Test
    void a_scheduler_that_was_shut_down_before_a_retry_is_a_transport_exception_with_the_failed_attempts_suppressed() {
        exchange.respond(status(503));
        virtual.retry = EVERY_SECOND;
        int timers = protocol == Protocol.HTTP_SESSION ? 2 : 1; // of a login, and of the first retry
        virtual.scheduler = new ShutDownAfter(virtual.time, timers);

        ClickatellException failure = failure();
        assertThat(failure)
                .isInstanceOf(TransportException.class)
                .hasMessageContaining(RejectedExecutionException.class.getSimpleName());
        assertThat(earlierFailures(failure)).hasSize(2).allSatisfy(earlier -> withStatus(earlier, 503));
        assertThat(exchange.sent()).isEqualTo(2);
    }

    @Test
    void an_observer_that_completes_a_call_without_a_value_is_a_transport_exception_that_names_it() {
        exchange.respond(credits("1.00"));
        virtual.observer = new BalanceObserver() {
            @Override
            public Mono<Balance> call(Mono<Balance> call) {
                return call.then(Mono.empty());
            }
        };

        assertThat(failure()).isInstanceOf(TransportException.class).hasMessageContaining("BalanceObserver");
    }

    @Test
    void an_observer_that_completes_an_attempt_without_a_value_is_a_transport_exception_that_names_it() {
        exchange.respond(credits("1.00"));
        virtual.retry = EVERY_SECOND;
        virtual.observer = new BalanceObserver() {
            @Override
            public Mono<Balance> attempt(Mono<Balance> attempt) {
                return attempt.then(Mono.empty());
            }
        };

        assertThat(failure()).isInstanceOf(TransportException.class).hasMessageContaining("BalanceObserver");
        assertThat(exchange.sent()).isOne();
    }

    // Retry

    static Stream<Function<Protocol, Mono<ApiReply>>> transient_failures() {
        return Stream.of(
                any -> refused(),
                any -> failing(() -> new IOException("Connection reset by peer")),
                any -> Mono.never(),
                any -> status(408),
                any -> status(425),
                any -> status(429),
                any -> status(500),
                any -> status(503),
                BalanceSemanticsTest::transientError);
    }

    @ParameterizedTest
    @MethodSource("transient_failures")
    void a_transient_failure_is_attempted_one_plus_max_retries_times(Function<Protocol, Mono<ApiReply>> failing) {
        exchange.respond(failing.apply(protocol));
        virtual.retry = EVERY_SECOND;

        assertThat(failure().isTransient()).isTrue();
        assertThat(exchange.sent()).isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("transient_failures")
    void a_success_after_transient_failures_is_a_success(Function<Protocol, Mono<ApiReply>> failing) {
        exchange.respond(2, failing.apply(protocol)).respond(credits("1.00"));
        virtual.retry = EVERY_SECOND;

        assertThat(amounts(outcome())).containsExactly("1.00");
        assertThat(exchange.sent()).isEqualTo(3);
    }

    static Stream<Function<Protocol, Mono<ApiReply>>> permanent_failures() {
        return Stream.of(
                api -> reply(api.error(301, "No Credit Left")),
                api -> reply(api.error(997, "undocumented")),
                any -> reply(200, "<html>", null),
                any -> reply(200, "", null),
                any -> status(204),
                any -> status(302),
                any -> status(400),
                any -> status(401),
                any -> status(404),
                any -> failing(() -> new SSLHandshakeException("no trust")),
                any -> failing(() -> new IllegalStateException("unexpected")));
    }

    @ParameterizedTest
    @MethodSource("permanent_failures")
    void after_a_permanent_failure_there_is_no_retry(Function<Protocol, Mono<ApiReply>> failing) {
        exchange.respond(failing.apply(protocol));
        virtual.retry = EVERY_SECOND;

        assertThat(failure().isTransient()).isFalse();
        assertThat(exchange.sent()).isOne();
    }

    @Test
    void wrong_credentials_are_sent_once() {
        exchange.respond(wrongCredentials(protocol));
        virtual.retry = RetryPolicy.backoff(100, Duration.ofMillis(1), Duration.ofMillis(1));

        assertThat(failure())
                .isInstanceOfSatisfying(
                        ApiErrorException.class,
                        error -> assertThat(error.code()).contains(protocol.wrongSecretCode()));
        assertThat(exchange.sent()).isOne();
    }

    @Test
    void a_permanent_failure_ends_the_retries_with_the_earlier_failures_suppressed() {
        exchange.respond(status(503)).respond(status(404));
        virtual.retry = EVERY_SECOND;

        ClickatellException failure = withStatus(failure(), 404);
        assertThat(earlierFailures(failure)).singleElement().satisfies(earlier -> withStatus(earlier, 503));
        assertThat(exchange.sent()).isEqualTo(2);
    }

    @Test
    void the_last_failure_is_thrown_as_it_was_with_the_earlier_ones_suppressed() {
        TransportException last = new TransportException("last", true, null);
        exchange.respond(status(500)).respond(status(502)).respond(failing(() -> last));
        virtual.retry = EVERY_SECOND;

        assertThat(failure()).isSameAs(last).hasMessage("last").hasNoCause();
        assertThat(earlierFailures(last))
                .extracting(earlier -> ((HttpStatusException) earlier).status())
                .containsExactly(500, 502);
    }

    @Test
    void the_same_exception_object_at_each_attempt_is_thrown_as_it_was() {
        TransportException same = new TransportException("same", true, null);
        exchange.respond(failing(() -> same));
        virtual.retry = EVERY_SECOND;

        assertThat(failure()).isSameAs(same);
        assertThat(exchange.sent()).isEqualTo(3);
    }

    @Test
    void the_policy_without_retries_makes_one_attempt() {
        exchange.respond(status(503));

        assertThat(earlierFailures(withStatus(failure(), 503))).isEmpty();
        assertThat(exchange.sent()).isOne();
    }

    @Test
    void a_hundred_retries_are_a_hundred_and_one_attempts_with_a_hundred_failures_suppressed() {
        exchange.respond(status(503));
        virtual.retry = RetryPolicy.backoff(100, Duration.ofSeconds(1), Duration.ofSeconds(1));

        assertThat(earlierFailures(withStatus(failure(), 503))).hasSize(100).doesNotHaveDuplicates();
        assertThat(exchange.sent()).isEqualTo(101);
        assertThat(exchange.mostInFlight()).isOne();
    }

    @Test
    void a_success_at_the_last_of_a_hundred_retries_is_a_success() {
        exchange.respond(100, status(503)).respond(credits("1.00"));
        virtual.retry = RetryPolicy.backoff(100, Duration.ofSeconds(1), Duration.ofSeconds(1));

        assertThat(amounts(outcome())).containsExactly("1.00");
        assertThat(exchange.sent()).isEqualTo(101);
    }

    @Test
    void pauses_without_room_for_jitter_are_exact() {
        exchange.respond(status(503));
        virtual.retry = EVERY_SECOND;
        subscribe(virtual.build());

        assertThat(exchange.sent()).isOne();
        virtual.advance(Duration.ofSeconds(1).minusNanos(1));
        assertThat(exchange.sent()).isOne();
        virtual.advance(Duration.ofNanos(1));
        assertThat(exchange.sent()).isEqualTo(2);
        virtual.advance(LONG);
        assertThat(exchange.sentAt()).containsExactly(Duration.ZERO, Duration.ofSeconds(1), Duration.ofSeconds(2));
    }

    /** {@link RetryPolicyTest} has the exact bounds. */
    @Test
    void pauses_double_up_to_the_longest_backoff() {
        exchange.respond(status(503));
        virtual.retry = RetryPolicy.backoff(4, Duration.ofMillis(200), Duration.ofSeconds(2));
        failure();

        List<Duration> at = exchange.sentAt();
        assertThat(at).hasSize(5);
        assertThat(at.get(1).minus(at.get(0))).isBetween(Duration.ofMillis(200), Duration.ofMillis(300));
        assertThat(at.get(2).minus(at.get(1))).isBetween(Duration.ofMillis(200), Duration.ofMillis(600));
        assertThat(at.get(3).minus(at.get(2))).isBetween(Duration.ofMillis(400), Duration.ofMillis(1200));
        assertThat(at.get(4).minus(at.get(3))).isBetween(Duration.ofMillis(800), Duration.ofSeconds(2));
    }

    @Test
    void pauses_of_two_subscribers_differ() {
        exchange.respond(status(503));
        virtual.retry = RetryPolicy.backoff(1, Duration.ofSeconds(10), Duration.ofHours(1));
        BalanceClient client = virtual.build();
        for (int subscriber = 0; subscriber < 20; subscriber++) {
            subscribe(client);
        }
        virtual.advance(LONG);

        assertThat(exchange.sentAt().subList(20, 40)).doesNotHaveDuplicates();
    }

    @Test
    void a_pause_begins_when_the_attempt_has_failed() {
        exchange.respond(status(503).delayElement(Duration.ofSeconds(7), virtual.time));
        virtual.retry = EVERY_SECOND;
        outcome();

        assertThat(exchange.sentAt()).containsExactly(Duration.ZERO, Duration.ofSeconds(8), Duration.ofSeconds(16));
    }

    // Retry-After

    @Test
    void a_retry_after_longer_than_the_backoff_replaces_it() {
        exchange.respond(status(429, Duration.ofSeconds(20))).respond(credits("1.00"));
        virtual.retry = EVERY_SECOND;

        assertThat(amounts(outcome())).containsExactly("1.00");
        assertThat(exchange.sentAt()).containsExactly(Duration.ZERO, Duration.ofSeconds(20));
    }

    @Test
    void a_retry_after_shorter_than_the_backoff_does_not_shorten_it() {
        exchange.respond(status(429, Duration.ZERO)).respond(credits("1.00"));
        virtual.retry = EVERY_SECOND;
        outcome();

        assertThat(exchange.sentAt()).containsExactly(Duration.ZERO, Duration.ofSeconds(1));
    }

    static Stream<Arguments> policies_and_ceilings() {
        return Stream.of(
                arguments(EVERY_SECOND, Duration.ofSeconds(30)),
                arguments(
                        RetryPolicy.backoff(2, Duration.ofSeconds(1), Duration.ofSeconds(29)), Duration.ofSeconds(30)),
                arguments(RetryPolicy.backoff(2, Duration.ofSeconds(1), Duration.ofMinutes(2)), Duration.ofMinutes(2)));
    }

    @ParameterizedTest
    @MethodSource("policies_and_ceilings")
    void a_retry_after_at_the_ceiling_is_kept(RetryPolicy policy, Duration ceiling) {
        exchange.respond(status(503, ceiling)).respond(credits("1.00"));
        virtual.retry = policy;

        assertThat(amounts(outcome())).containsExactly("1.00");
        assertThat(exchange.sentAt()).containsExactly(Duration.ZERO, ceiling);
    }

    @ParameterizedTest
    @MethodSource("policies_and_ceilings")
    void a_retry_after_beyond_the_ceiling_ends_the_call_at_once(RetryPolicy policy, Duration ceiling) {
        Duration requested = ceiling.plusNanos(1);
        exchange.respond(status(503, requested)).respond(credits("1.00"));
        virtual.retry = policy;
        TestSubscriber<Balance> subscriber = subscribe(virtual.build());

        assertThat(subscriber.isTerminatedError()).as("without a pause").isTrue();
        ClickatellException failure = withStatus((ClickatellException) subscriber.expectTerminalError(), 503);
        assertThat(failure.retryAfter()).contains(requested);
        assertThat(failure.isTransient()).isTrue();
        virtual.advance(Duration.ofDays(1));
        assertThat(exchange.sent()).isOne();
    }

    @Test
    void a_retry_after_beyond_the_ceiling_ends_the_call_with_the_earlier_failures_suppressed() {
        exchange.respond(status(500)).respond(status(429, Duration.ofDays(365)));
        virtual.retry = EVERY_SECOND;

        ClickatellException failure = withStatus(failure(), 429);
        assertThat(failure.retryAfter()).contains(Duration.ofDays(365));
        assertThat(earlierFailures(failure)).singleElement().satisfies(earlier -> withStatus(earlier, 500));
        assertThat(exchange.sent()).isEqualTo(2);
    }

    // Deadlines

    @Test
    void an_attempt_without_a_reply_ends_at_its_deadline_and_the_message_names_deadline_and_request() {
        exchange.respond(Mono.never());
        virtual.attemptTimeout = Duration.ofMillis(1500);
        TestSubscriber<Balance> subscriber = subscribe(virtual.build());

        virtual.advance(Duration.ofMillis(1500).minusNanos(1));
        assertThat(subscriber.isTerminatedOrCancelled()).isFalse();
        assertThat(exchange.inFlight()).isOne();
        virtual.advance(Duration.ofNanos(1));
        assertThat(subscriber.expectTerminalError())
                .isInstanceOf(TransportException.class)
                .hasMessageContainingAll("attemptTimeout of 1500 ms", protocol.method() + " " + protocol.path());
        assertThat(exchange.cancelled()).isOne();
        assertThat(exchange.inFlight()).isZero();
    }

    @Test
    void each_attempt_has_a_deadline_of_its_own() {
        exchange.respond(Mono.never());
        virtual.retry = EVERY_SECOND;
        assertThat(failure()).hasMessageContaining("attemptTimeout of 10000 ms");

        assertThat(exchange.sentAt()).containsExactly(Duration.ZERO, Duration.ofSeconds(11), Duration.ofSeconds(22));
        assertThat(exchange.cancelled()).isEqualTo(3);
        assertThat(exchange.mostInFlight()).isOne();
    }

    @Test
    void a_reply_just_before_the_deadline_is_a_success() {
        exchange.respond(credits("1.00").delayElement(Duration.ofMillis(9999), virtual.time));

        assertThat(amounts(outcome())).containsExactly("1.00");
    }

    // Cancel

    @Test
    void cancel_cancels_the_exchange() {
        exchange.respond(Mono.never());
        virtual.retry = EVERY_SECOND;
        TestSubscriber<Balance> subscriber = subscribe(virtual.build());
        assertThat(exchange.inFlight()).isOne();

        subscriber.cancel();
        assertThat(exchange.cancelled()).isOne();
        assertThat(exchange.inFlight()).isZero();
        virtual.advance(LONG);
        assertThat(exchange.sent()).isOne();
        assertThat(subscriber.isTerminated()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void cancel_cancels_the_pause_before_each_retry(int retry) {
        exchange.respond(status(503));
        virtual.retry = EVERY_SECOND;
        TestSubscriber<Balance> subscriber = subscribe(virtual.build());
        virtual.advance(Duration.ofSeconds(retry).minusMillis(500));
        assertThat(exchange.sent()).isEqualTo(retry);

        subscriber.cancel();
        virtual.advance(LONG);
        assertThat(exchange.sent()).isEqualTo(retry);
        assertThat(subscriber.isTerminated()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void cancel_cancels_the_exchange_of_each_retry(int retry) {
        exchange.respond(retry, status(503)).respond(Mono.never());
        virtual.retry = EVERY_SECOND;
        TestSubscriber<Balance> subscriber = subscribe(virtual.build());
        virtual.advance(Duration.ofSeconds(retry));
        assertThat(exchange.sent()).isEqualTo(retry + 1);
        assertThat(exchange.inFlight()).isOne();

        subscriber.cancel();
        assertThat(exchange.inFlight()).isZero();
        virtual.advance(LONG);
        assertThat(exchange.sent()).isEqualTo(retry + 1);
        assertThat(subscriber.isTerminated()).isFalse();
    }

    /** A transport may report a broken connection at the moment of the cancellation. */
    private CoreSubscriber<? super ApiReply> inFlight(TestSubscriber<Balance> subscriber, LateReply late) {
        assertThat(exchange.inFlight()).isOne();
        assertThat(subscriber.isTerminatedOrCancelled()).isFalse();
        return late.subscriber();
    }

    @Test
    void a_failure_after_cancel_does_not_reach_the_dropped_error_hook() {
        LateReply late = new LateReply();
        exchange.respond(late);
        TestSubscriber<Balance> subscriber = subscribe(virtual.build());
        CoreSubscriber<? super ApiReply> connection = inFlight(subscriber, late);
        subscriber.cancel();
        connection.onError(new IOException("late"));

        assertThat(subscriber.isTerminated()).isFalse();
        assertThatCode(CleanExtension::check).doesNotThrowAnyException();
    }

    @Test
    void a_reply_after_the_end_of_its_call_does_not_reach_the_hook_for_dropped_values() {
        List<Object> dropped = new ArrayList<>();
        LateReply late = new LateReply();
        exchange.respond(late);
        TestSubscriber<Balance> subscriber = subscribe(virtual.build());
        CoreSubscriber<? super ApiReply> connection = inFlight(subscriber, late);
        Hooks.onNextDropped(dropped::add);
        try {
            connection.onComplete();
            connection.onNext(new ApiReply(200, new byte[0], Instant.EPOCH, null));
        } finally {
            Hooks.resetOnNextDropped();
        }

        assertThat(subscriber.isTerminatedError()).isTrue();
        assertThat(dropped).isEmpty();
    }

    @Test
    void a_failure_after_the_deadline_does_not_reach_the_dropped_error_hook() {
        LateReply late = new LateReply();
        exchange.respond(late);
        TestSubscriber<Balance> subscriber = subscribe(virtual.build());
        CoreSubscriber<? super ApiReply> connection = inFlight(subscriber, late);
        virtual.advance(virtual.attemptTimeout);
        connection.onError(new IOException("late"));

        assertThat(subscriber.expectTerminalError()).hasMessageContaining("attemptTimeout");
        assertThatCode(CleanExtension::check).doesNotThrowAnyException();
    }

    @Test
    void a_failure_after_close_does_not_reach_the_dropped_error_hook() {
        LateReply late = new LateReply();
        exchange.respond(late);
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> subscriber = subscribe(client);
        CoreSubscriber<? super ApiReply> connection = inFlight(subscriber, late);
        client.close();
        connection.onError(new IOException("late"));

        assertThat(subscriber.expectTerminalError()).isInstanceOf(ClientClosedException.class);
        assertThatCode(CleanExtension::check).doesNotThrowAnyException();
    }

    @Test
    void a_failure_after_the_cancel_of_a_poll_does_not_reach_the_dropped_error_hook() {
        LateReply late = new LateReply();
        exchange.respond(late);
        TestSubscriber<Balance> subscriber = virtual.subscribe(virtual.build().poll(Duration.ofMinutes(1)));
        CoreSubscriber<? super ApiReply> connection = inFlight(subscriber, late);
        subscriber.cancel();
        connection.onError(new IOException("late"));

        assertThat(subscriber.isTerminated()).isFalse();
        assertThatCode(CleanExtension::check).doesNotThrowAnyException();
    }

    // Close

    @Test
    void close_fails_calls_in_flight_and_cancels_their_exchanges() {
        exchange.respond(Mono.never());
        virtual.retry = EVERY_SECOND;
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> one = subscribe(client);
        TestSubscriber<Balance> other = subscribe(client);

        client.close();
        assertThat(one.expectTerminalError()).isInstanceOf(ClientClosedException.class);
        assertThat(other.expectTerminalError()).isInstanceOf(ClientClosedException.class);
        assertThat(exchange.cancelled()).isEqualTo(2);
        virtual.advance(LONG);
        assertThat(exchange.sent()).isEqualTo(2);
    }

    @Test
    void close_fails_a_call_within_the_pause_before_a_retry() {
        exchange.respond(status(503));
        virtual.retry = EVERY_SECOND;
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> subscriber = subscribe(client);

        client.close();
        assertThat(subscriber.expectTerminalError()).isInstanceOf(ClientClosedException.class);
        virtual.advance(LONG);
        assertThat(exchange.sent()).isOne();
    }

    @Test
    void calls_after_close_fail_and_nothing_is_sent() {
        exchange.respond(credits("1.00"));
        BalanceClient client = virtual.build();
        Mono<Balance> assembledBefore = client.balance();
        client.close();

        assertThat(subscribe(client).expectTerminalError())
                .isInstanceOfSatisfying(
                        ClientClosedException.class,
                        closed -> assertThat(closed.isTransient()).isFalse());
        assertThat(virtual.subscribe(assembledBefore.flux()).expectTerminalError())
                .isInstanceOf(ClientClosedException.class);
        assertThat(exchange.sent()).isZero();
    }

    @Test
    void close_closes_the_exchange_and_is_idempotent() {
        BalanceClient client = virtual.build();
        client.close();
        assertThat(exchange.closed()).isPositive();
        client.close();

        assertThat(subscribe(client).expectTerminalError()).isInstanceOf(ClientClosedException.class);
    }

    @Test
    void a_value_that_was_delivered_before_close_remains_a_success() {
        exchange.respond(credits("1.00"));
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> subscriber = subscribe(client);
        client.close();

        assertThat(amounts(subscriber)).containsExactly("1.00");
        assertThat(subscriber.isTerminatedComplete()).isTrue();
    }

    // Secrets

    @Test
    void the_stack_trace_of_a_failure_names_the_request_and_no_secret() {
        exchange.respond(reply(500, protocol.secrets(), null));
        virtual.retry = EVERY_SECOND;
        StringWriter trace = new StringWriter();
        failure().printStackTrace(new PrintWriter(trace, true));

        assertThat(trace.toString())
                .contains(protocol.method() + " " + virtual.api.defaultBaseUrl() + protocol.path())
                .doesNotContain("?user", "canary");
    }

    private static List<String> amounts(TestSubscriber<Balance> subscriber) {
        return subscriber.getReceivedOnNext().stream()
                .map(balance -> balance.amount().toPlainString())
                .toList();
    }

    /** An API that breaks its contract: it must throw a {@link ClickatellException}. */
    private record ThrowingApi(RuntimeException thrown) implements ApiCall<Balance> {
        @Override
        public ApiRequest request() {
            return new ApiRequest("GET", "/", Map.of(), "");
        }

        @Override
        public Balance read(ApiReply reply) {
            throw thrown;
        }
    }

    /** A reply that can fail after its cancellation. */
    private static final class LateReply extends Mono<ApiReply> {
        private @Nullable CoreSubscriber<? super ApiReply> subscriber;

        @Override
        public void subscribe(CoreSubscriber<? super ApiReply> actual) {
            subscriber = actual;
            actual.onSubscribe(Operators.emptySubscription());
        }

        CoreSubscriber<? super ApiReply> subscriber() {
            return Objects.requireNonNull(subscriber);
        }
    }
}
