package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.protocol.Access;
import io.github.clickatellbalance.protocol.ApiCall;
import io.github.clickatellbalance.protocol.ApiReply;
import io.github.clickatellbalance.protocol.ApiRequest;
import io.github.clickatellbalance.protocol.Session;
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
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.publisher.TestPublisher;
import reactor.test.subscriber.TestSubscriber;

/**
 * What a client does for an API that needs a login, in virtual time. The API is none of the vendor's: the adapter knows of
 * sessions, and of no protocol.
 */
class SharedSessionTest {
    private static final Duration MAX_IDLE = Duration.ofMinutes(10);
    private static final RetryPolicy EVERY_SECOND =
            RetryPolicy.backoff(2, Duration.ofSeconds(1), Duration.ofSeconds(1));

    private final VirtualClient virtual = new VirtualClient();
    private final Gateway gateway = new Gateway();

    private BalanceClient client() {
        return virtual.build(
                new BalanceApi("https://gateway.example", new Access.ByLogin(new Login(gateway))), gateway);
    }

    private TestSubscriber<Balance> subscribe(BalanceClient client) {
        return virtual.subscribe(client.balance().flux());
    }

    private List<TestSubscriber<Balance>> subscribe(int callers, BalanceClient client) {
        return IntStream.range(0, callers).mapToObj(caller -> subscribe(client)).toList();
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
    void the_first_call_logs_in_and_all_calls_ask_within_the_session() {
        BalanceClient client = client();

        assertBalance(subscribe(client));
        assertBalance(subscribe(client));
        assertThat(gateway.requests).containsExactly("/login", "/balance 1", "/balance 1");
    }

    @Test
    void calls_that_come_during_a_login_wait_for_it() {
        TestPublisher<ApiReply> login = TestPublisher.create();
        gateway.logins.add(login.mono());
        List<TestSubscriber<Balance>> callers = subscribe(1000, client());
        assertThat(gateway.requests).containsExactly("/login");

        login.emit(gateway.saying("1"));
        callers.forEach(SharedSessionTest::assertBalance);
        assertThat(gateway.logins()).isOne();
        assertThat(gateway.questions()).isEqualTo(1000);
    }

    @Test
    void a_thousand_calls_on_a_session_that_has_ended_cause_one_login_and_get_a_thousand_balances() {
        BalanceClient client = client();
        assertBalance(subscribe(client));
        gateway.end("1");
        TestPublisher<ApiReply> login = TestPublisher.create();
        gateway.logins.add(login.mono());
        List<TestSubscriber<Balance>> callers = subscribe(1000, client);

        login.emit(gateway.saying("2"));
        callers.forEach(SharedSessionTest::assertBalance);
        assertThat(gateway.logins()).isEqualTo(2);
    }

    @Test
    void a_session_that_has_ended_is_renewed_within_the_call() {
        BalanceClient client = client();
        subscribe(client);
        gateway.end("1");

        assertBalance(subscribe(client));
        assertThat(gateway.requests).containsExactly("/login", "/balance 1", "/balance 1", "/login", "/balance 2");
    }

    @Test
    void a_call_renews_the_session_once_and_never_in_a_loop() {
        gateway.balances = session -> reply("refused");
        TestSubscriber<Balance> subscriber = subscribe(client());
        virtual.advance(Duration.ofHours(1));

        assertThat(subscriber.expectTerminalError())
                .isInstanceOfSatisfying(
                        ApiErrorException.class,
                        error -> assertThat(error.code()).contains("440"))
                .satisfies(
                        error -> assertThat(error.getSuppressed()).hasAtLeastOneElementOfType(ApiErrorException.class));
        assertThat(gateway.requests).containsExactly("/login", "/balance 1", "/login", "/balance 2");
    }

    @Test
    void another_refusal_does_not_end_the_session() {
        BalanceClient client = client();
        gateway.balances = session -> reply("frozen");
        assertThat(subscribe(client).expectTerminalError()).isInstanceOf(ApiErrorException.class);
        gateway.balances = session -> reply("12.50");

        assertBalance(subscribe(client));
        assertThat(gateway.logins()).isOne();
    }

    @Test
    void a_late_refusal_of_the_session_before_does_not_end_the_present_one() {
        BalanceClient client = client();
        subscribe(client);
        TestPublisher<ApiReply> late = TestPublisher.create();
        gateway.balances = session -> late.mono();
        TestSubscriber<Balance> slow = subscribe(client);
        gateway.balances = session -> reply("12.50");
        gateway.end("1");
        assertBalance(subscribe(client));
        assertThat(gateway.logins()).isEqualTo(2);

        late.emit(gateway.saying("refused"));
        assertBalance(slow);
        assertBalance(subscribe(client));
        assertThat(gateway.logins()).isEqualTo(2);
    }

    @Test
    void a_session_that_was_not_used_for_too_long_is_not_used_again() {
        BalanceClient client = client();
        subscribe(client);
        virtual.advance(MAX_IDLE.minusNanos(1));
        subscribe(client);
        assertThat(gateway.logins()).isOne();
        virtual.advance(MAX_IDLE.minusNanos(1));
        subscribe(client);
        assertThat(gateway.logins()).as("use keeps it alive").isOne();
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
        assertThat(gateway.questions()).isEqualTo(24 * 60 + 1);
    }

    @Test
    void a_poll_less_often_than_that_logs_in_each_time_and_is_never_refused() {
        virtual.subscribe(client().poll(MAX_IDLE));
        virtual.advance(MAX_IDLE.multipliedBy(2));

        assertThat(gateway.requests)
                .containsExactly("/login", "/balance 1", "/login", "/balance 2", "/login", "/balance 3");
    }

    @Test
    void a_login_that_fails_for_a_while_is_retried_once_for_all_who_wait() {
        virtual.retry = EVERY_SECOND;
        gateway.logins.add(Mono.error(() -> new ConnectException("refused")));
        gateway.logins.add(Mono.never());
        gateway.logins.add(reply("3"));
        List<TestSubscriber<Balance>> callers = subscribe(1000, client());
        virtual.advance(Duration.ofMinutes(1));

        callers.forEach(SharedSessionTest::assertBalance);
        assertThat(gateway.logins()).isEqualTo(3);
    }

    @Test
    void a_login_that_fails_for_good_fails_all_who_wait_and_the_next_call_logs_in() {
        virtual.retry = EVERY_SECOND;
        gateway.logins.add(reply("frozen").delayElement(Duration.ofSeconds(1), virtual.time));
        BalanceClient client = client();
        List<TestSubscriber<Balance>> callers = subscribe(1000, client);
        virtual.advance(Duration.ofMinutes(1));

        assertThat(callers)
                .allSatisfy(caller -> assertThat(caller.expectTerminalError())
                        .isInstanceOfSatisfying(
                                ApiErrorException.class,
                                error -> assertThat(error.code()).contains("004")));
        assertThat(gateway.requests).containsExactly("/login");
        assertThat(callers.get(0).expectTerminalError().getSuppressed())
                .as("notes of the place")
                .hasSize(1);
        assertBalance(subscribe(client));
    }

    @Test
    void a_login_has_a_deadline_and_retries_of_its_own() {
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
    void the_trace_of_a_failed_login_names_the_place() {
        gateway.logins.add(Mono.error(() -> new ConnectException("refused")));

        assertThat(subscribe(client()).expectTerminalError())
                .hasStackTraceContaining("POST https://gateway.example/login");
    }

    @Test
    void one_who_leaves_takes_the_login_from_nobody() {
        TestPublisher<ApiReply> login = TestPublisher.create();
        gateway.logins.add(login.mono());
        BalanceClient client = client();
        TestSubscriber<Balance> first = subscribe(client);
        TestSubscriber<Balance> second = subscribe(client);
        first.cancel();

        login.emit(gateway.saying("1"));
        assertBalance(second);
        assertThat(gateway.logins()).isOne();
    }

    @Test
    void when_all_have_left_the_login_is_cancelled_and_the_next_call_logs_in() {
        TestPublisher<ApiReply> login = TestPublisher.create();
        gateway.logins.add(login.mono());
        BalanceClient client = client();
        subscribe(5, client).forEach(TestSubscriber::cancel);

        login.assertCancelled();
        assertBalance(subscribe(client));
        assertThat(gateway.logins()).isEqualTo(2);
    }

    @Test
    void close_fails_who_waits_for_a_login_and_cancels_it() {
        TestPublisher<ApiReply> login = TestPublisher.create();
        gateway.logins.add(login.mono());
        BalanceClient client = client();
        List<TestSubscriber<Balance>> callers = subscribe(5, client);
        client.close();

        assertThat(callers)
                .allSatisfy(
                        caller -> assertThat(caller.expectTerminalError()).isInstanceOf(ClientClosedException.class));
        login.assertCancelled();
    }

    @Test
    void a_failure_of_a_login_after_all_have_left_reaches_nobody() {
        TestPublisher<ApiReply> login = TestPublisher.createNoncompliant(TestPublisher.Violation.CLEANUP_ON_TERMINATE);
        gateway.logins.add(login.mono());
        subscribe(client()).cancel();
        login.error(new IOException("late"));

        assertThatCode(CleanExtension::check).doesNotThrowAnyException();
    }

    @Test
    void calls_are_measured_and_logins_are_part_of_them() {
        List<String> measured = new ArrayList<>();
        virtual.observer = new BalanceObserver() {
            @Override
            public Mono<Balance> call(Mono<Balance> call) {
                return call.doOnSubscribe(subscription -> measured.add("call"));
            }

            @Override
            public Mono<Balance> attempt(Mono<Balance> attempt) {
                return attempt.doOnSubscribe(
                        subscription -> measured.add("attempt after " + gateway.logins() + " login(s)"));
            }
        };
        BalanceClient client = client();
        subscribe(client);
        gateway.end("1");
        subscribe(client);

        assertThat(measured)
                .containsExactly(
                        "call",
                        "attempt after 1 login(s)",
                        "call",
                        "attempt after 1 login(s)",
                        "attempt after 2 login(s)");
    }

    private Mono<ApiReply> reply(String meaning) {
        return Mono.fromSupplier(() -> gateway.saying(meaning));
    }

    /** Numbers its sessions. What a reply means is known to it alone: no other API's replies are read here. */
    private static final class Gateway implements Exchange {
        final List<String> requests = new ArrayList<>();
        final Deque<Mono<ApiReply>> logins = new ArrayDeque<>();
        final Set<String> ended = new HashSet<>();
        Function<String, Mono<ApiReply>> balances = session -> Mono.fromSupplier(() -> saying("12.50"));
        private final Map<ApiReply, String> meanings = new HashMap<>();

        ApiReply saying(String meaning) {
            ApiReply reply = new ApiReply(200, new byte[0], Instant.EPOCH, null);
            meanings.put(reply, meaning);
            return reply;
        }

        String meaning(ApiReply reply) {
            return Objects.requireNonNull(meanings.get(reply));
        }

        void end(String session) {
            ended.add(session);
        }

        int logins() {
            return Collections.frequency(requests, "/login");
        }

        int questions() {
            return requests.size() - logins();
        }

        @Override
        public Flux<ApiReply> send(ApiRequest request) {
            return Flux.defer(() -> {
                requests.add(request.path() + request.body());
                if (request.path().equals("/login")) {
                    String session = String.valueOf(logins());
                    return logins.isEmpty() ? Mono.fromSupplier(() -> saying(session)) : logins.remove();
                }
                return ended.contains(request.body())
                        ? Mono.fromSupplier(() -> saying("refused"))
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
            String meaning = gateway.meaning(reply);
            if (meaning.equals("frozen")) {
                throw new ApiErrorException("004", "frozen", "", false, null);
            }
            return new Session(new Question(gateway, meaning), MAX_IDLE, Set.of("440"));
        }
    }

    private record Question(Gateway gateway, String session) implements ApiCall<Balance> {
        @Override
        public ApiRequest request() {
            return new ApiRequest("POST", "/balance ", Map.of(), session);
        }

        @Override
        public Balance read(ApiReply reply) {
            return switch (gateway.meaning(reply)) {
                case "refused" -> throw new ApiErrorException("440", "no such session", "", false, null);
                case "frozen" -> throw new ApiErrorException("004", "frozen", "", false, null);
                default -> new Balance(new BigDecimal(gateway.meaning(reply)), Balance.CREDITS, Instant.EPOCH);
            };
        }
    }
}
