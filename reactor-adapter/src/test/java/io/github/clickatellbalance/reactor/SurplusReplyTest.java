package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.FaultServer.BALANCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.reactor.FaultServer.Script;
import io.netty.handler.ssl.SslContextBuilder;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.SslProvider.GenericSslContextSpec;

/**
 * A server that writes more than one reply to each request. The first reply belongs to the request; no call may be given
 * anything of the rest. The surplus is in the same packet as the reply, and other calls wait for the connection.
 */
@Tag("wire")
class SurplusReplyTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    /** A reply without an end may cost a call so much. */
    private static final Duration SHORT = Duration.ofMillis(500);

    private static final RetryPolicy TWO_RETRIES = RetryPolicy.backoff(2, Duration.ofMillis(1), Duration.ofMillis(1));
    private static final BigDecimal OWN = new BigDecimal("12.50");
    private static final String SECOND_REPLY = FaultServer.reply("200 OK", Protocol.HTTP.balance("99.99"));

    /** Answers every request with its reply and the surplus, in one write, for as long as the client stays. */
    private static Script answersWith(String surplus) {
        return peer -> {
            while (true) {
                peer.readRequest().write(BALANCE + surplus);
            }
        };
    }

    private static Mono<String> outcome(BalanceClient client) {
        return client.balance()
                .map(balance -> amount(balance).toPlainString())
                .onErrorResume(
                        ClickatellException.class,
                        failure -> Mono.just(failure.getClass().getSimpleName()));
    }

    private static BigDecimal amount(Balance balance) {
        return balance.amount().setScale(2);
    }

    /** How many calls had which outcome. */
    private static Map<String, Long> counted(Flux<String> outcomes) {
        Map<String, Long> counts = new TreeMap<>();
        outcomes.doOnNext(outcome -> counts.merge(outcome, 1L, Long::sum)).blockLast(TIMEOUT);
        return counts;
    }

    private static Map<String, Long> inSequence(BalanceClient client, int calls) {
        return counted(outcome(client).repeat(calls - 1));
    }

    private static Map<String, Long> atOnce(BalanceClient client, int calls) {
        return counted(Flux.range(0, calls).flatMap(call -> outcome(client), calls));
    }

    // A whole second reply

    @Test
    void calls_in_sequence_over_one_connection_get_the_balances_of_their_own() {
        ConnectionProvider pool =
                ConnectionProvider.builder("one").maxConnections(1).build();
        try (FaultServer server = FaultServer.start(answersWith(SECOND_REPLY));
                BalanceClient client = server.client()
                        .retry(TWO_RETRIES)
                        .httpClient(HttpClient.create(pool))
                        .build()) {
            assertThat(inSequence(client, 300)).isEqualTo(Map.of(OWN.toPlainString(), 300L));
            assertThat(server.requests()).hasSizeGreaterThanOrEqualTo(300);
        } finally {
            pool.disposeLater().block(TIMEOUT);
        }
    }

    @Test
    void calls_at_once_get_the_balances_of_their_own() {
        try (FaultServer server = FaultServer.start(answersWith(SECOND_REPLY));
                BalanceClient client = server.client().retry(TWO_RETRIES).build()) {
            assertThat(atOnce(client, 300)).isEqualTo(Map.of(OWN.toPlainString(), 300L));
            assertThat(server.requests()).hasSizeGreaterThanOrEqualTo(300);
        }
    }

    @Test
    void calls_at_once_over_tls_get_the_balances_of_their_own() {
        try (FaultServer server = FaultServer.startTls(TestCertificate.GOOD, answersWith(SECOND_REPLY));
                BalanceClient client = server.client().retry(TWO_RETRIES).build()) {
            assertThat(atOnce(client, 150)).isEqualTo(Map.of(OWN.toPlainString(), 150L));
            assertThat(server.requests()).hasSizeGreaterThanOrEqualTo(150);
        }
    }

    /** Only after the TLS handshake it is known which version of HTTP the server speaks. */
    @Test
    void calls_over_a_connection_that_could_speak_http2_get_the_balances_of_their_own() {
        GenericSslContextSpec<SslContextBuilder> http2 = Http2SslContextSpec.forClient();
        ConnectionProvider pool =
                ConnectionProvider.builder("one").maxConnections(1).build();
        try (FaultServer server = FaultServer.startTls(TestCertificate.GOOD, answersWith(SECOND_REPLY));
                BalanceClient client = server.client()
                        .retry(TWO_RETRIES)
                        .httpClient(HttpClient.create(pool)
                                .protocol(HttpProtocol.H2, HttpProtocol.HTTP11)
                                .secure(tls -> tls.sslContext(http2)))
                        .build()) {
            assertThat(inSequence(client, 50)).isEqualTo(Map.of(OWN.toPlainString(), 50L));
            assertThat(server.requests()).hasSizeGreaterThanOrEqualTo(50);
        } finally {
            pool.disposeLater().block(TIMEOUT);
        }
    }

    // Less than a reply

    static Stream<Named<String>> less_than_a_reply() {
        return Stream.of(
                named("half a status line", "HTTP/1.1 20"),
                named("half the name of a header", "HTTP/1.1 200 OK\r\nContent-Le"),
                named("half a length", "HTTP/1.1 200 OK\r\nContent-Length: 1"),
                named("half a head that ends with its line", "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n"),
                named("half a body", "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\nCredits: 99.9"),
                named(
                        "a body without its last chunk",
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ne\r\nCredits: 99.99\r\n"),
                named("a body without a length", "HTTP/1.1 200 OK\r\n\r\nCredits: 99.99"),
                named("a line that is no HTTP", "Credits: 99.99\r\n"),
                named("a head that is no HTTP", "Credits: 99.99\r\n\r\n"),
                named("bytes that are no HTTP", "\0\1\2\3\r\n\r\n\0\1\2\3"),
                named("empty lines", "\r\n\r\n"));
    }

    /** The call that has to do with the surplus may fail, but is given no other balance. */
    private static void assertOwnOrFailed(Map<String, Long> outcomes, long calls) {
        assertThat(outcomes.keySet())
                .as("%s", outcomes)
                .allMatch(outcome -> outcome.equals(OWN.toPlainString()) || outcome.endsWith("Exception"));
        assertThat(outcomes.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(calls);
    }

    @ParameterizedTest
    @MethodSource("less_than_a_reply")
    void calls_in_sequence_are_given_nothing_of_what_is_no_reply(String surplus) {
        ConnectionProvider pool =
                ConnectionProvider.builder("one").maxConnections(1).build();
        try (FaultServer server = FaultServer.start(answersWith(surplus));
                BalanceClient client = server.client()
                        .attemptTimeout(SHORT)
                        .httpClient(HttpClient.create(pool))
                        .build()) {
            assertOwnOrFailed(inSequence(client, 40), 40);
        } finally {
            pool.disposeLater().block(TIMEOUT);
        }
    }

    @ParameterizedTest
    @MethodSource("less_than_a_reply")
    void calls_at_once_are_given_nothing_of_what_is_no_reply(String surplus) {
        try (FaultServer server = FaultServer.start(answersWith(surplus));
                BalanceClient client =
                        server.client().attemptTimeout(Duration.ofSeconds(3)).build()) {
            assertOwnOrFailed(atOnce(client, 300), 300);
        }
    }
}
