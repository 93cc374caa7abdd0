package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.StubExchange.reply;
import static io.github.clickatellbalance.reactor.StubExchange.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.protocol.Access;
import io.github.clickatellbalance.protocol.ApiCall;
import io.github.clickatellbalance.protocol.ApiReply;
import io.github.clickatellbalance.protocol.ApiRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.net.ConnectException;
import java.time.Duration;
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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.test.subscriber.TestSubscriber;

/** The promises of {@code balance()}, over each of the vendor's APIs, in virtual time. */
@ParameterizedClass
@EnumSource(Protocol.class)
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

    /** What comes of one subscription, however long it takes. */
    private TestSubscriber<Balance> outcome() {
        TestSubscriber<Balance> subscriber = subscribe(virtual.build());
        virtual.advance(LONG);
        assertThat(subscriber.isTerminatedOrCancelled())
                .as("has an outcome within an hour")
                .isTrue();
        return subscriber;
    }

    private ClickatellException failure() {
        TestSubscriber<Balance> subscriber = outcome();
        assertThat(subscriber.getReceivedOnNext()).isEmpty();
        assertThat(subscriber.expectTerminalError()).isInstanceOf(ClickatellException.class);
        return (ClickatellException) subscriber.expectTerminalError();
    }

    private List<ClickatellException> earlierFailures(ClickatellException failure) {
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

    // Lazy

    @Test
    void nothing_is_sent_before_subscribe() {
        exchange.answer(credits("1.00"));
        Mono<Balance> balance = virtual.build().balance();
        virtual.advance(LONG);

        assertThat(balance).isNotNull();
        assertThat(exchange.sent()).isZero();
    }

    @Test
    void each_subscription_is_its_own_exchange() {
        exchange.answer(credits("1.00")).answer(credits("2.00"));
        Mono<Balance> balance = virtual.build().balance();

        assertThat(amounts(virtual.subscribe(balance.flux()))).containsExactly("1.00");
        assertThat(amounts(virtual.subscribe(balance.flux()))).containsExactly("2.00");
        assertThat(exchange.sent()).isEqualTo(2);
    }

    @Test
    void each_subscription_has_its_own_retries() {
        exchange.answer(refused());
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
    void a_subscriber_without_demand_gets_its_value_when_it_asks() {
        exchange.answer(credits("1.00"));
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
        exchange.answer(credits("12.50"));
        TestSubscriber<Balance> subscriber = outcome();

        assertThat(amounts(subscriber)).containsExactly("12.50");
        assertThat(subscriber.isTerminatedComplete()).isTrue();
        assertThat(exchange.sent()).isOne();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0.00", "-3.5", "123.000"})
    void zero_and_negative_are_values_with_their_scale(String amount) {
        exchange.answer(credits(amount));

        assertThat(outcome().getReceivedOnNext()).extracting(Balance::amount).containsExactly(new BigDecimal(amount));
    }

    @Test
    void an_empty_exchange_is_a_failure_and_not_an_empty_result() {
        exchange.answer(Mono.empty());

        ClickatellException failure = failure();
        assertThat(failure).isNotInstanceOf(ClientClosedException.class);
        assertThat(failure.isTransient()).isFalse();
    }

    static Stream<Throwable> failures_that_are_not_ours() {
        return Stream.of(
                new IOException("io"),
                new RejectedExecutionException("rejected"),
                new IllegalStateException("state"),
                new AssertionError("error"),
                new LinkageError("linkage"),
                new InterruptedException("interrupted"));
    }

    @ParameterizedTest
    @MethodSource("failures_that_are_not_ours")
    void whatever_the_exchange_fails_with_a_subscriber_sees_one_of_ours(Throwable foreign) {
        exchange.answer(failing(() -> foreign));

        assertThat(failure())
                .isInstanceOf(TransportException.class)
                .cause()
                .satisfiesAnyOf(
                        cause -> assertThat(cause).isSameAs(foreign),
                        cause -> assertThat(cause).hasMessage(foreign.getClass().getName()));
    }

    @Test
    void an_api_that_fails_to_read_is_a_failure_of_ours() {
        exchange.answer(credits("1.00"));
        IllegalStateException thrown = new IllegalStateException("read");
        virtual.api = new BalanceApi("https://gateway.example", new Access.Direct(new Broken(thrown)));

        assertThat(failure())
                .isInstanceOf(TransportException.class)
                .hasMessageContaining(thrown.getClass().getName());
    }

    @Test
    void a_scheduler_that_is_shut_down_is_a_failure_of_ours() {
        exchange.answer(Mono.never());
        virtual.scheduler = new ShutDownAfter(virtual.time, 0);
        virtual.retry = EVERY_SECOND;

        assertThat(failure()).isInstanceOf(TransportException.class);
        assertThat(exchange.inFlight()).isZero();
    }

    @Test
    void a_scheduler_that_is_shut_down_before_a_retry_is_a_failure_of_ours() {
        exchange.answer(refused());
        virtual.retry = EVERY_SECOND;
        virtual.scheduler = new ShutDownAfter(virtual.time, 1);

        assertThat(failure()).hasMessageContaining(RejectedExecutionException.class.getSimpleName());
        assertThat(exchange.sent()).isOne();
    }

    // Retry

    static Stream<Function<Protocol, Mono<ApiReply>>> failures_that_may_pass() {
        return Stream.of(
                any -> refused(),
                any -> failing(() -> new IOException("Connection reset by peer")),
                any -> Mono.never(),
                any -> status(429),
                any -> status(500),
                any -> status(503),
                api -> reply(api.passing("Internal error")));
    }

    @ParameterizedTest
    @MethodSource("failures_that_may_pass")
    void a_failure_that_may_pass_is_tried_one_plus_max_retries_times(Function<Protocol, Mono<ApiReply>> failing) {
        exchange.answer(failing.apply(protocol));
        virtual.retry = EVERY_SECOND;

        assertThat(failure().isTransient()).isTrue();
        assertThat(exchange.sent()).isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("failures_that_may_pass")
    void a_success_after_failures_is_a_success(Function<Protocol, Mono<ApiReply>> failing) {
        exchange.answer(2, failing.apply(protocol)).answer(credits("1.00"));
        virtual.retry = EVERY_SECOND;

        assertThat(amounts(outcome())).containsExactly("1.00");
        assertThat(exchange.sent()).isEqualTo(3);
    }

    static Stream<Function<Protocol, Mono<ApiReply>>> failures_that_last() {
        return Stream.of(
                api -> reply(api.wrongSecret("Authentication failed")),
                api -> reply(api.error(301, "No Credit Left")),
                api -> reply(api.error(999, "news to us")),
                any -> reply(200, "<html>", null),
                any -> reply(200, "", null),
                any -> status(302),
                any -> status(400),
                any -> status(401),
                any -> status(404),
                any -> failing(() -> new SSLHandshakeException("no trust")),
                any -> failing(() -> new IllegalStateException("unforeseen")));
    }

    @ParameterizedTest
    @MethodSource("failures_that_last")
    void a_failure_that_lasts_is_sent_once(Function<Protocol, Mono<ApiReply>> failing) {
        exchange.answer(failing.apply(protocol));
        virtual.retry = EVERY_SECOND;

        assertThat(failure().isTransient()).isFalse();
        assertThat(exchange.sent()).isOne();
    }

    @Test
    void a_wrong_secret_is_sent_once() {
        exchange.answer(reply(protocol.wrongSecret("Authentication failed")));
        virtual.retry = RetryPolicy.backoff(100, Duration.ofMillis(1), Duration.ofMillis(1));

        assertThat(failure())
                .isInstanceOfSatisfying(
                        ApiErrorException.class,
                        error -> assertThat(error.code()).contains(protocol.wrongSecretCode()));
        assertThat(exchange.sent()).isOne();
    }

    @Test
    void a_failure_that_lasts_ends_retries_and_tells_what_went_before() {
        exchange.answer(status(503)).answer(status(404));
        virtual.retry = EVERY_SECOND;

        ClickatellException failure = failure();
        assertThat(failure)
                .isInstanceOfSatisfying(
                        HttpStatusException.class,
                        error -> assertThat(error.status()).isEqualTo(404));
        assertThat(earlierFailures(failure))
                .singleElement()
                .isInstanceOfSatisfying(
                        HttpStatusException.class,
                        error -> assertThat(error.status()).isEqualTo(503));
        assertThat(exchange.sent()).isEqualTo(2);
    }

    @Test
    void the_last_failure_is_thrown_as_it_was_with_the_earlier_ones_suppressed() {
        TransportException last = new TransportException("last", true, null);
        exchange.answer(status(500)).answer(status(502)).answer(failing(() -> last));
        virtual.retry = EVERY_SECOND;

        assertThat(failure()).isSameAs(last).hasMessage("last").hasNoCause();
        assertThat(earlierFailures(last))
                .extracting(earlier -> ((HttpStatusException) earlier).status())
                .containsExactly(500, 502);
    }

    @Test
    void one_and_the_same_failure_again_and_again_is_thrown_as_it_was() {
        TransportException same = new TransportException("same", true, null);
        exchange.answer(failing(() -> same));
        virtual.retry = EVERY_SECOND;

        assertThat(failure()).isSameAs(same);
        assertThat(exchange.sent()).isEqualTo(3);
    }

    @Test
    void no_retries_means_one_attempt() {
        exchange.answer(status(503));

        assertThat(failure()).isInstanceOf(HttpStatusException.class);
        assertThat(exchange.sent()).isOne();
    }

    @Test
    void pauses_without_room_for_jitter_are_exact() {
        exchange.answer(status(503));
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

    @Test
    void pauses_double_within_their_jitter_and_stay_below_the_longest() {
        exchange.answer(status(503));
        virtual.retry = RetryPolicy.backoff(5, Duration.ofMillis(200), Duration.ofSeconds(2));
        BalanceClient client = virtual.build();
        for (int run = 0; run < 50; run++) {
            int first = exchange.sent();
            subscribe(client);
            virtual.advance(LONG);

            assertThat(exchange.sent() - first).isEqualTo(6);
            List<Duration> at = exchange.sentAt().subList(first, first + 6);
            assertThat(at.get(1).minus(at.get(0))).isBetween(Duration.ofMillis(200), Duration.ofMillis(300));
            assertThat(at.get(2).minus(at.get(1))).isBetween(Duration.ofMillis(200), Duration.ofMillis(600));
            assertThat(at.get(3).minus(at.get(2))).isBetween(Duration.ofMillis(400), Duration.ofMillis(1200));
            assertThat(at.get(4).minus(at.get(3))).isBetween(Duration.ofMillis(800), Duration.ofSeconds(2));
            assertThat(at.get(5).minus(at.get(4))).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
        }
    }

    @Test
    void pauses_of_two_subscribers_differ() {
        exchange.answer(status(503));
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
        exchange.answer(status(503).delayElement(Duration.ofSeconds(7), virtual.time));
        virtual.retry = EVERY_SECOND;
        outcome();

        assertThat(exchange.sentAt()).containsExactly(Duration.ZERO, Duration.ofSeconds(8), Duration.ofSeconds(16));
    }

    // Retry-After

    @Test
    void a_retry_after_longer_than_the_backoff_is_waited() {
        exchange.answer(status(429, Duration.ofSeconds(20))).answer(credits("1.00"));
        virtual.retry = EVERY_SECOND;

        assertThat(amounts(outcome())).containsExactly("1.00");
        assertThat(exchange.sentAt()).containsExactly(Duration.ZERO, Duration.ofSeconds(20));
    }

    @Test
    void a_retry_after_shorter_than_the_backoff_does_not_shorten_it() {
        exchange.answer(status(429, Duration.ZERO)).answer(credits("1.00"));
        virtual.retry = EVERY_SECOND;
        outcome();

        assertThat(exchange.sentAt()).containsExactly(Duration.ZERO, Duration.ofSeconds(1));
    }

    @Test
    void a_retry_after_is_honoured_up_to_thirty_seconds() {
        exchange.answer(status(503, Duration.ofDays(365))).answer(credits("1.00"));
        virtual.retry = EVERY_SECOND;
        outcome();

        assertThat(exchange.sentAt()).containsExactly(Duration.ZERO, Duration.ofSeconds(30));
    }

    @Test
    void a_retry_after_is_honoured_up_to_the_longest_backoff_if_that_is_longer() {
        exchange.answer(status(503, Duration.ofDays(365))).answer(credits("1.00"));
        virtual.retry = RetryPolicy.backoff(2, Duration.ofSeconds(1), Duration.ofMinutes(2));
        outcome();

        assertThat(exchange.sentAt()).containsExactly(Duration.ZERO, Duration.ofMinutes(2));
    }

    // Deadlines

    @Test
    void an_attempt_that_is_not_answered_ends_at_its_deadline_which_the_message_names() {
        exchange.answer(Mono.never());
        virtual.attemptTimeout = Duration.ofMillis(1500);
        TestSubscriber<Balance> subscriber = subscribe(virtual.build());

        virtual.advance(Duration.ofMillis(1500).minusNanos(1));
        assertThat(subscriber.isTerminatedOrCancelled()).isFalse();
        assertThat(exchange.inFlight()).isOne();
        virtual.advance(Duration.ofNanos(1));
        assertThat(subscriber.expectTerminalError())
                .isInstanceOf(TransportException.class)
                .hasMessageContaining("attemptTimeout of 1500 ms");
        assertThat(exchange.cancelled()).isOne();
        assertThat(exchange.inFlight()).isZero();
    }

    @Test
    void each_attempt_has_a_deadline_of_its_own() {
        exchange.answer(Mono.never());
        virtual.retry = EVERY_SECOND;
        assertThat(failure()).hasMessageContaining("attemptTimeout of 10000 ms");

        assertThat(exchange.sentAt()).containsExactly(Duration.ZERO, Duration.ofSeconds(11), Duration.ofSeconds(22));
        assertThat(exchange.cancelled()).isEqualTo(3);
        assertThat(exchange.mostInFlight()).isOne();
    }

    @Test
    void an_answer_just_before_the_deadline_counts() {
        exchange.answer(credits("1.00").delayElement(Duration.ofMillis(9999), virtual.time));

        assertThat(amounts(outcome())).containsExactly("1.00");
    }

    // Cancel

    @Test
    void cancel_cancels_the_exchange() {
        exchange.answer(Mono.never());
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

    @Test
    void cancel_cancels_a_pending_retry() {
        exchange.answer(status(503));
        virtual.retry = EVERY_SECOND;
        TestSubscriber<Balance> subscriber = subscribe(virtual.build());
        virtual.advance(Duration.ofMillis(500));

        subscriber.cancel();
        virtual.advance(LONG);
        assertThat(exchange.sent()).isOne();
        assertThat(subscriber.isTerminated()).isFalse();
    }

    /** A transport may tell of a broken connection at the very moment at which nobody listens any more. */
    private CoreSubscriber<? super ApiReply> inFlight(TestSubscriber<Balance> subscriber, LateReply late) {
        assertThat(exchange.inFlight()).isOne();
        assertThat(subscriber.isTerminatedOrCancelled()).isFalse();
        return late.subscriber();
    }

    @Test
    void a_failure_after_cancel_reaches_nobody() {
        LateReply late = new LateReply();
        exchange.answer(late);
        TestSubscriber<Balance> subscriber = subscribe(virtual.build());
        CoreSubscriber<? super ApiReply> connection = inFlight(subscriber, late);
        subscriber.cancel();
        connection.onError(new IOException("late"));

        assertThat(subscriber.isTerminated()).isFalse();
        assertThatCode(CleanExtension::check).doesNotThrowAnyException();
    }

    @Test
    void a_failure_after_the_deadline_reaches_nobody() {
        LateReply late = new LateReply();
        exchange.answer(late);
        TestSubscriber<Balance> subscriber = subscribe(virtual.build());
        CoreSubscriber<? super ApiReply> connection = inFlight(subscriber, late);
        virtual.advance(virtual.attemptTimeout);
        connection.onError(new IOException("late"));

        assertThat(subscriber.expectTerminalError()).hasMessageContaining("attemptTimeout");
        assertThatCode(CleanExtension::check).doesNotThrowAnyException();
    }

    @Test
    void a_failure_after_close_reaches_nobody() {
        LateReply late = new LateReply();
        exchange.answer(late);
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> subscriber = subscribe(client);
        CoreSubscriber<? super ApiReply> connection = inFlight(subscriber, late);
        client.close();
        connection.onError(new IOException("late"));

        assertThat(subscriber.expectTerminalError()).isInstanceOf(ClientClosedException.class);
        assertThatCode(CleanExtension::check).doesNotThrowAnyException();
    }

    @Test
    void a_failure_after_the_cancel_of_a_poll_reaches_nobody() {
        LateReply late = new LateReply();
        exchange.answer(late);
        TestSubscriber<Balance> subscriber = virtual.subscribe(virtual.build().poll(Duration.ofMinutes(1)));
        CoreSubscriber<? super ApiReply> connection = inFlight(subscriber, late);
        subscriber.cancel();
        connection.onError(new IOException("late"));

        assertThat(subscriber.isTerminated()).isFalse();
        assertThatCode(CleanExtension::check).doesNotThrowAnyException();
    }

    // Close

    @Test
    void close_fails_what_is_in_flight_and_cancels_its_exchange() {
        exchange.answer(Mono.never());
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
    void close_fails_a_call_that_waits_for_its_retry() {
        exchange.answer(status(503));
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
        exchange.answer(credits("1.00"));
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
    void close_closes_the_exchange_and_closing_twice_does_nothing_worse() {
        BalanceClient client = virtual.build();
        client.close();
        assertThat(exchange.closed()).isPositive();
        client.close();

        assertThat(subscribe(client).expectTerminalError()).isInstanceOf(ClientClosedException.class);
    }

    @Test
    void a_value_that_was_delivered_before_close_stays_a_success() {
        exchange.answer(credits("1.00"));
        BalanceClient client = virtual.build();
        TestSubscriber<Balance> subscriber = subscribe(client);
        client.close();

        assertThat(amounts(subscriber)).containsExactly("1.00");
        assertThat(subscriber.isTerminatedComplete()).isTrue();
    }

    // Secrets

    @Test
    void the_trace_of_a_failure_names_the_place_and_no_secret() {
        exchange.answer(reply(500, protocol.secrets(), null));
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

    /** A protocol that throws what it should not. */
    private record Broken(RuntimeException thrown) implements ApiCall<Balance> {
        @Override
        public ApiRequest request() {
            return new ApiRequest("GET", "/", Map.of(), "");
        }

        @Override
        public Balance read(ApiReply reply) {
            throw thrown;
        }
    }

    /** A reply that can fail after it was cancelled. */
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
