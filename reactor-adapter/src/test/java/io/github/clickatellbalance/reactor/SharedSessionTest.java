package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.clickatellbalance.ApiCall;
import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.ApiReply;
import io.github.clickatellbalance.ApiRequest;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.Session;
import io.github.clickatellbalance.TransportException;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.ConnectException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.publisher.TestPublisher;
import reactor.test.subscriber.TestSubscriber;

/** Calls over an API with a login, in virtual time. The API is not one of the vendor's: the adapter knows no protocol. */
class SharedSessionTest {
    private static final Duration MAX_IDLE = Duration.ofMinutes(10);
    private static final String END_CODE = "440";
    private static final RetryPolicy EVERY_SECOND =
            RetryPolicy.backoff(2, Duration.ofSeconds(1), Duration.ofSeconds(1));

    private final VirtualClient virtual = new VirtualClient();
    private final Gateway gateway = new Gateway();

    private BalanceClient client() {
        return virtual.build(new BalanceApi("https://gateway.example", null, new Login(gateway)), gateway);
    }

    private TestSubscriber<Balance> subscribe(BalanceClient client) {
        return virtual.subscribe(client.balance().flux());
    }

    private List<TestSubscriber<Balance>> subscribe(int calls, BalanceClient client) {
        return IntStream.range(0, calls).mapToObj(call -> subscribe(client)).toList();
    }

    private static ApiErrorException ended() {
        return new ApiErrorException(END_CODE, "no such session", "", false, null);
    }

    private static void assertBalance(TestSubscriber<Balance> subscriber) {
        assertThat(subscriber.getReceivedOnNext()).hasSize(1);
        assertThat(subscriber.isTerminatedComplete()).isTrue();
    }

    @Test
    void nothing_is_sent_before_subscribe() {
        assertThat(client().balance()).isNotNull();
        virtual.advance(Duration.ofHours(1));

        assertThat(gateway.requests).isEmpty();
    }

    @Test
    void the_first_call_logs_in_and_all_calls_share_the_session() {
        BalanceClient client = client();

        assertBalance(subscribe(client));
        assertBalance(subscribe(client));
        assertThat(gateway.requests).containsExactly("/login", "/balance 1", "/balance 1");
    }

    @Test
    void concurrent_calls_wait_for_the_same_login() {
        TestPublisher<ApiReply> login = TestPublisher.create();
        gateway.logins.add(login.mono());
        List<TestSubscriber<Balance>> calls = subscribe(1000, client());
        assertThat(gateway.requests).containsExactly("/login");

        login.emit(gateway.reply("1"));
        calls.forEach(SharedSessionTest::assertBalance);
        assertThat(gateway.logins()).isOne();
        assertThat(gateway.balanceRequests()).isEqualTo(1000);
    }

    @Test
    void a_thousand_calls_after_the_end_of_a_session_share_one_login() {
        BalanceClient client = client();
        assertBalance(subscribe(client));
        gateway.end("1");
        TestPublisher<ApiReply> login = TestPublisher.create();
        gateway.logins.add(login.mono());
        List<TestSubscriber<Balance>> calls = subscribe(1000, client);

        login.emit(gateway.reply("2"));
        calls.forEach(SharedSessionTest::assertBalance);
        assertThat(gateway.logins()).isEqualTo(2);
    }

    @Test
    void a_call_after_the_end_of_the_session_logs_in_again() {
        BalanceClient client = client();
        subscribe(client);
        gateway.end("1");

        assertBalance(subscribe(client));
        assertThat(gateway.requests).containsExactly("/login", "/balance 1", "/balance 1", "/login", "/balance 2");
    }

    @Test
    void a_call_logs_in_again_at_most_once() {
        gateway.balances = session -> reply("ended");
        TestSubscriber<Balance> subscriber = subscribe(client());
        virtual.advance(Duration.ofHours(1));

        assertThat(subscriber.expectTerminalError())
                .isInstanceOfSatisfying(
                        ApiErrorException.class,
                        error -> assertThat(error.code()).contains(END_CODE))
                .satisfies(error -> assertThat(sessionEnds(error)).hasSize(1));
        assertThat(gateway.requests).containsExactly("/login", "/balance 1", "/login", "/balance 2");
    }

    @Test
    void another_api_error_does_not_end_the_session() {
        BalanceClient client = client();
        gateway.balances = session -> reply("frozen");
        assertThat(subscribe(client).expectTerminalError()).isInstanceOf(ApiErrorException.class);
        gateway.balances = session -> reply("12.50");

        assertBalance(subscribe(client));
        assertThat(gateway.logins()).isOne();
    }

    @Test
    void a_late_end_of_the_previous_session_does_not_end_the_current_one() {
        BalanceClient client = client();
        subscribe(client);
        TestPublisher<ApiReply> late = TestPublisher.create();
        gateway.balances = session -> late.mono();
        TestSubscriber<Balance> slow = subscribe(client);
        gateway.balances = session -> reply("12.50");
        gateway.end("1");
        assertBalance(subscribe(client));
        assertThat(gateway.logins()).isEqualTo(2);

        late.emit(gateway.reply("ended"));
        assertBalance(slow);
        assertBalance(subscribe(client));
        assertThat(gateway.logins()).isEqualTo(2);
    }

    @Test
    void a_session_that_was_idle_for_too_long_is_replaced() {
        BalanceClient client = client();
        subscribe(client);
        virtual.advance(MAX_IDLE.minusNanos(1));
        subscribe(client);
        assertThat(gateway.logins()).isOne();
        virtual.advance(MAX_IDLE.minusNanos(1));
        subscribe(client);
        assertThat(gateway.logins()).as("each request is a use").isOne();
        virtual.advance(MAX_IDLE);
        assertBalance(subscribe(client));

        assertThat(gateway.requests)
                .containsExactly("/login", "/balance 1", "/balance 1", "/balance 1", "/login", "/balance 2");
    }

    @Test
    void a_poll_keeps_its_session() {
        virtual.subscribe(client().poll(Duration.ofMinutes(1)));
        virtual.advance(Duration.ofHours(24));

        assertThat(gateway.logins()).isOne();
        assertThat(gateway.balanceRequests()).isEqualTo(24 * 60 + 1);
    }

    @Test
    void a_poll_with_a_longer_interval_logs_in_each_time() {
        virtual.subscribe(client().poll(MAX_IDLE));
        virtual.advance(MAX_IDLE.multipliedBy(2));

        assertThat(gateway.requests)
                .containsExactly("/login", "/balance 1", "/login", "/balance 2", "/login", "/balance 3");
    }

    @Test
    void the_retries_of_a_login_are_shared_by_all_waiting_calls() {
        virtual.retry = EVERY_SECOND;
        gateway.logins.add(Mono.error(() -> new ConnectException("refused")));
        gateway.logins.add(Mono.never());
        gateway.logins.add(reply("3"));
        List<TestSubscriber<Balance>> calls = subscribe(1000, client());
        virtual.advance(Duration.ofMinutes(1));

        calls.forEach(SharedSessionTest::assertBalance);
        assertThat(gateway.logins()).isEqualTo(3);
    }

    @Test
    void a_permanent_failure_of_a_login_fails_all_waiting_calls_and_the_next_call_logs_in() {
        virtual.retry = EVERY_SECOND;
        gateway.logins.add(reply("frozen").delayElement(Duration.ofSeconds(1), virtual.time));
        BalanceClient client = client();
        List<TestSubscriber<Balance>> calls = subscribe(1000, client);
        virtual.advance(Duration.ofMinutes(1));

        assertThat(calls)
                .allSatisfy(call -> assertThat(call.expectTerminalError())
                        .isInstanceOfSatisfying(
                                ApiErrorException.class,
                                error -> assertThat(error.code()).contains("004")));
        assertThat(gateway.requests).containsExactly("/login");
        assertThat(calls.get(0).expectTerminalError().getSuppressed())
                .as("the checkpoint")
                .hasSize(1);
        assertBalance(subscribe(client));
    }

    @Test
    void a_login_has_its_own_deadline_and_retries() {
        virtual.retry = EVERY_SECOND;
        gateway.logins.add(Mono.never());
        gateway.logins.add(reply("2"));
        gateway.balances = session -> Mono.never();
        TestSubscriber<Balance> subscriber = subscribe(client());
        virtual.advance(Duration.ofSeconds(10 + 1 + 3 * 10 + 2).minusNanos(1));
        assertThat(subscriber.isTerminatedOrCancelled()).isFalse();
        virtual.advance(Duration.ofNanos(1));

        assertThat(subscriber.expectTerminalError())
                .isInstanceOf(TransportException.class)
                .hasMessageContaining("attemptTimeout of 10000 ms");
        assertThat(gateway.requests).containsExactly("/login", "/login", "/balance 2", "/balance 2", "/balance 2");
    }

    @Test
    void the_stack_trace_of_a_failed_login_names_its_request() {
        gateway.logins.add(Mono.error(() -> new ConnectException("refused")));

        assertThat(subscribe(client()).expectTerminalError())
                .hasStackTraceContaining("POST https://gateway.example/login");
    }

    @Test
    void a_hung_login_ends_at_its_deadline_with_a_message_that_names_its_request() {
        gateway.logins.add(Mono.never());
        TestSubscriber<Balance> subscriber = subscribe(client());
        virtual.advance(virtual.attemptTimeout.minusNanos(1));
        assertThat(subscriber.isTerminatedOrCancelled()).isFalse();
        virtual.advance(Duration.ofNanos(1));

        assertThat(subscriber.expectTerminalError())
                .isInstanceOf(TransportException.class)
                .hasMessageContainingAll("attemptTimeout of 10000 ms", "POST /login");
        assertThat(gateway.requests).containsExactly("/login");
    }

    // A failed login after the end of a session

    @Test
    void a_failed_login_has_the_failure_that_ended_the_session_suppressed_once() {
        virtual.retry = EVERY_SECOND;
        TestPublisher<ApiReply> ends = TestPublisher.create();
        BalanceClient client = client();
        subscribe(client);
        gateway.balances = session -> ends.mono();
        List<TestSubscriber<Balance>> calls = subscribe(1000, client);
        gateway.logins.add(Mono.error(() -> new ConnectException("refused")));
        gateway.logins.add(reply("frozen"));
        ends.emit(gateway.reply("ended"));
        virtual.advance(Duration.ofMinutes(1));

        assertThat(gateway.logins())
                .as("the first login, a failed attempt and its retry")
                .isEqualTo(3);
        assertThat(calls).allSatisfy(call -> {
            Throwable failure = call.expectTerminalError();
            assertThat(failure)
                    .isInstanceOfSatisfying(
                            ApiErrorException.class,
                            error -> assertThat(error.code()).contains("004"));
            assertThat(sessionEnds(failure)).hasSize(1);
            assertThat(failure.getSuppressed()).hasAtLeastOneElementOfType(TransportException.class);
        });
    }

    @Test
    void the_first_failed_login_has_no_end_of_a_session_suppressed() {
        gateway.logins.add(reply("frozen"));

        assertThat(sessionEnds(subscribe(client()).expectTerminalError())).isEmpty();
    }

    @Test
    void a_failed_login_after_an_idle_session_has_no_end_of_an_earlier_session_suppressed() {
        BalanceClient client = client();
        subscribe(client);
        TestPublisher<ApiReply> late = TestPublisher.create();
        gateway.balances = session -> late.mono();
        subscribe(client);
        gateway.balances = session -> reply("12.50");
        gateway.end("1");
        assertBalance(subscribe(client));
        late.emit(gateway.reply("ended"));
        virtual.advance(MAX_IDLE);
        gateway.logins.add(reply("frozen"));

        assertThat(sessionEnds(subscribe(client).expectTerminalError())).isEmpty();
    }

    /** An API from outside this library may throw the same object each time. */
    @Test
    void a_session_that_ends_twice_with_the_same_exception_object_fails_with_it() {
        ApiErrorException same = ended();
        gateway.balances = session -> Mono.error(same);
        TestSubscriber<Balance> subscriber = subscribe(client());

        assertThat(subscriber.expectTerminalError()).isSameAs(same);
        assertThat(gateway.requests).containsExactly("/login", "/balance 1", "/login", "/balance 2");
    }

    private static List<Throwable> sessionEnds(Throwable failure) {
        return Stream.of(failure.getSuppressed())
                .filter(suppressed -> suppressed instanceof ApiErrorException error
                        && error.code().filter(END_CODE::equals).isPresent())
                .toList();
    }

    // Cancel and close

    @Test
    void cancelling_one_of_two_waiting_calls_does_not_cancel_the_login() {
        TestPublisher<ApiReply> login = TestPublisher.create();
        gateway.logins.add(login.mono());
        BalanceClient client = client();
        TestSubscriber<Balance> first = subscribe(client);
        TestSubscriber<Balance> second = subscribe(client);
        first.cancel();
        login.assertNotCancelled();

        login.emit(gateway.reply("1"));
        assertBalance(second);
        assertThat(gateway.logins()).isOne();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5})
    void cancelling_all_waiting_calls_cancels_the_login_and_the_next_call_logs_in(int calls) {
        TestPublisher<ApiReply> login = TestPublisher.create();
        gateway.logins.add(login.mono());
        BalanceClient client = client();
        subscribe(calls, client).forEach(TestSubscriber::cancel);

        login.assertCancelled();
        assertBalance(subscribe(client));
        assertThat(gateway.logins()).isEqualTo(2);
    }

    @Test
    void cancelling_the_only_waiting_call_cancels_the_retries_of_the_login() {
        virtual.retry = EVERY_SECOND;
        gateway.logins.add(Mono.error(() -> new ConnectException("refused")));
        TestSubscriber<Balance> subscriber = subscribe(client());
        virtual.advance(Duration.ofMillis(500));
        subscriber.cancel();
        virtual.advance(Duration.ofHours(1));

        assertThat(gateway.requests).containsExactly("/login");
    }

    @Test
    void cancelling_the_only_call_that_logs_in_again_cancels_the_login() {
        BalanceClient client = client();
        subscribe(client);
        gateway.end("1");
        TestPublisher<ApiReply> login = TestPublisher.create();
        gateway.logins.add(login.mono());
        subscribe(client).cancel();

        login.assertCancelled();
        assertBalance(subscribe(client));
        assertThat(gateway.logins()).isEqualTo(3);
    }

    @Test
    void close_cancels_a_hung_login_and_fails_all_waiting_calls() {
        TestPublisher<ApiReply> login = TestPublisher.create();
        gateway.logins.add(login.mono());
        BalanceClient client = client();
        List<TestSubscriber<Balance>> calls = subscribe(5, client);
        client.close();

        assertThat(calls)
                .allSatisfy(call -> assertThat(call.expectTerminalError()).isInstanceOf(ClientClosedException.class));
        login.assertCancelled();
        virtual.advance(Duration.ofHours(1));
        assertThat(gateway.requests).containsExactly("/login");
    }

    @Test
    void a_failure_of_a_cancelled_login_does_not_reach_the_dropped_error_hook() {
        TestPublisher<ApiReply> login = TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);
        gateway.logins.add(login.mono());
        subscribe(client()).cancel();
        login.error(new IOException("late"));

        assertThatCode(CleanExtension::check).doesNotThrowAnyException();
    }

    // Observer

    @Test
    void a_login_is_part_of_its_call_and_not_an_attempt() {
        List<String> observed = new ArrayList<>();
        virtual.observer = new BalanceObserver() {
            @Override
            public Mono<Balance> call(Mono<Balance> call) {
                return call.doOnSubscribe(subscription -> observed.add("call"));
            }

            @Override
            public Mono<Balance> attempt(Mono<Balance> attempt) {
                return attempt.doOnSubscribe(
                        subscription -> observed.add("attempt after " + gateway.logins() + " login(s)"));
            }
        };
        BalanceClient client = client();
        subscribe(client);
        gateway.end("1");
        subscribe(client);

        assertThat(observed)
                .containsExactly(
                        "call",
                        "attempt after 1 login(s)",
                        "call",
                        "attempt after 1 login(s)",
                        "attempt after 2 login(s)");
    }

    /** Such as an ID with a line break, which Netty refuses in a header. */
    @Test
    void a_session_whose_request_cannot_be_built_is_a_transport_exception() {
        gateway.logins.add(reply("unusable"));

        assertThat(subscribe(client()).expectTerminalError()).isInstanceOf(TransportException.class);
    }

    private Mono<ApiReply> reply(String content) {
        return Mono.fromSupplier(() -> gateway.reply(content));
    }

    /** Numbers its sessions. The content of its replies is not in their bodies: no parser of this library reads them. */
    private static final class Gateway implements Exchange {
        final List<String> requests = new ArrayList<>();
        final Deque<Mono<ApiReply>> logins = new ArrayDeque<>();
        final Set<String> ended = new HashSet<>();
        Function<String, Mono<ApiReply>> balances = session -> Mono.fromSupplier(() -> reply("12.50"));
        private final Map<ApiReply, String> contents = new HashMap<>();

        ApiReply reply(String content) {
            ApiReply reply = new ApiReply(200, new byte[0], Instant.EPOCH, null);
            contents.put(reply, content);
            return reply;
        }

        String content(ApiReply reply) {
            return Objects.requireNonNull(contents.get(reply));
        }

        void end(String session) {
            ended.add(session);
        }

        int logins() {
            return Collections.frequency(requests, "/login");
        }

        int balanceRequests() {
            return requests.size() - logins();
        }

        @Override
        public Flux<ApiReply> send(ApiRequest request) {
            return Flux.defer(() -> {
                requests.add(request.path() + request.body());
                if (request.path().equals("/login")) {
                    String session = String.valueOf(logins());
                    return logins.isEmpty() ? Mono.fromSupplier(() -> reply(session)) : logins.remove();
                }
                return ended.contains(request.body())
                        ? Mono.fromSupplier(() -> reply("ended"))
                        : balances.apply(request.body());
            });
        }

        @Override
        public void close() {}
    }

    private record Login(Gateway gateway) implements ApiCall<Session> {
        @Override
        public ApiRequest request() {
            return new ApiRequest("POST", "/login", Map.of(), "");
        }

        @Override
        public Session read(ApiReply reply) {
            String content = gateway.content(reply);
            if (content.equals("frozen")) {
                throw new ApiErrorException("004", "frozen", "", false, null);
            }
            return new Session(new BalanceCall(gateway, content), MAX_IDLE, Set.of(END_CODE));
        }
    }

    private record BalanceCall(Gateway gateway, String session) implements ApiCall<Balance> {
        @Override
        public ApiRequest request() {
            if (session.equals("unusable")) {
                throw new IllegalArgumentException("a line break");
            }
            return new ApiRequest("POST", "/balance ", Map.of(), session);
        }

        @Override
        public Balance read(ApiReply reply) {
            return switch (gateway.content(reply)) {
                case "ended" -> throw ended();
                case "frozen" -> throw new ApiErrorException("004", "frozen", "", false, null);
                default -> new Balance(new BigDecimal(gateway.content(reply)), Balance.CREDITS, Instant.EPOCH);
            };
        }
    }
}
