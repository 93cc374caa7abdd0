package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.FaultServer.BALANCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.reactor.FaultServer.Script;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.transport.ProxyProvider;

/**
 * A proxy that opens no tunnel. Netty reports this failure inside an {@code SSLException} when the base URL is {@code
 * https://}, and directly when it is {@code http://}. The result must be the same.
 */
@Tag("wire")
class ProxyRefusalTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final RetryPolicy TWO_RETRIES = RetryPolicy.backoff(2, Duration.ofMillis(1), Duration.ofMillis(1));
    private static final int ATTEMPTS = 3;

    private static final String USER = "proxy-user";
    private static final String PASSWORD = "canary-of-the-proxy";
    private static final String BASIC =
            Base64.getEncoder().encodeToString((USER + ":" + PASSWORD).getBytes(StandardCharsets.US_ASCII));

    /** The name has no address. Only the proxy gets it. */
    private static final List<String> BASE_URLS = List.of("https://gateway.invalid", "http://gateway.invalid");

    // Set-up

    private static HttpClient through(ProxyProvider.Proxy type, String host, int port, Duration limit) {
        return HttpClient.create(ConnectionProvider.newConnection())
                .proxy(proxy -> proxy.type(type)
                        .host(host)
                        .port(port)
                        .username(USER)
                        .password(user -> PASSWORD)
                        .connectTimeoutMillis(limit.toMillis()));
    }

    private static HttpClient throughHttp(FaultServer proxy) {
        return through(ProxyProvider.Proxy.HTTP, "127.0.0.1", proxy.port(), TIMEOUT);
    }

    private static BalanceClient client(FaultServer proxy, String baseUrl, HttpClient http) {
        return proxy.client()
                .baseUrl(baseUrl)
                .allowPlainHttp()
                .retry(TWO_RETRIES)
                .httpClient(http)
                .build();
    }

    private static ClickatellException failure(FaultServer proxy, String baseUrl, HttpClient http) {
        try (BalanceClient client = client(proxy, baseUrl, http)) {
            Throwable failure = catchThrowable(() -> client.balance().block(TIMEOUT));
            assertThat(failure).isInstanceOf(TransportException.class);
            return (ClickatellException) failure;
        }
    }

    /** Looks at the message, at all causes and at the failures of earlier attempts. */
    private static void assertNoSecretAndNoWordOfTheProxy(ClickatellException failure) {
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace, true));
        assertThat(trace.toString())
                .doesNotContain(CanaryWatch.WORD)
                .doesNotContain(BASIC)
                .doesNotContain(USER);
    }

    private static int attempts(ClickatellException failure) {
        return 1
                + (int) Stream.of(failure.getSuppressed())
                        .filter(ClickatellException.class::isInstance)
                        .count();
    }

    /** The reason phrase, a header and the body hold the canary. */
    private static String refusal(String status) {
        return FaultServer.reply(status + " canary\r\nX-Canary: canary", "canary");
    }

    private static void assertAskedOnce(FaultServer proxy, ClickatellException failure) {
        assertThat(failure.isTransient()).as("is transient: %s", failure).isFalse();
        assertThat(attempts(failure)).isEqualTo(1);
        assertThat(proxy.connections()).isEqualTo(1);
    }

    private static void assertAskedAgain(FaultServer proxy, ClickatellException failure) {
        assertThat(failure.isTransient()).as("is transient: %s", failure).isTrue();
        assertThat(attempts(failure)).isEqualTo(ATTEMPTS);
        assertThat(proxy.connections()).isEqualTo(ATTEMPTS);
    }

    private static Stream<Arguments> forEachBaseUrl(Stream<?> rows) {
        return rows.flatMap(row -> BASE_URLS.stream().map(baseUrl -> arguments(baseUrl, row)));
    }

    // HTTP proxy: a reply with a status

    static Stream<Arguments> refusals_that_last() {
        return forEachBaseUrl(
                Stream.of("302", "400", "401", "403", "404", "405", "407", "410", "418", "421", "451", "499"));
    }

    @ParameterizedTest
    @MethodSource("refusals_that_last")
    void a_refusal_that_lasts_is_asked_for_once(String baseUrl, String status) {
        try (FaultServer proxy = FaultServer.start(
                peer -> peer.readRequest().write(refusal(status)).silence())) {
            ClickatellException failure = failure(proxy, baseUrl, throughHttp(proxy));

            assertAskedOnce(proxy, failure);
            assertThat(proxy.requests()).singleElement().asString().startsWith("CONNECT gateway.invalid:");
            assertThat(failure)
                    .hasMessageContaining("proxy")
                    .hasMessageContaining(status)
                    .hasMessageContaining("check");
            assertNoSecretAndNoWordOfTheProxy(failure);
            proxy.awaitGoneClients(1);
        }
    }

    @ParameterizedTest
    @FieldSource("BASE_URLS")
    void a_refused_password_is_sent_once_and_the_message_says_what_to_check(String baseUrl) {
        try (FaultServer proxy = FaultServer.start(
                peer -> peer.readRequest().write(refusal("407")).silence())) {
            ClickatellException failure = failure(proxy, baseUrl, throughHttp(proxy));

            assertAskedOnce(proxy, failure);
            assertThat(proxy.requests())
                    .singleElement()
                    .asString()
                    .containsIgnoringCase("proxy-authorization: Basic " + BASIC);
            assertThat(failure)
                    .hasMessageContaining("407")
                    .hasMessageContaining("user name")
                    .hasMessageContaining("password");
            assertNoSecretAndNoWordOfTheProxy(failure);
        }
    }

    static Stream<Arguments> refusals_that_may_pass() {
        return forEachBaseUrl(Stream.of("408", "425", "429", "500", "502", "503", "504"));
    }

    /** Squid says 503 when the gateway is down. */
    @ParameterizedTest
    @MethodSource("refusals_that_may_pass")
    void a_refusal_that_may_pass_is_asked_for_again(String baseUrl, String status) {
        try (FaultServer proxy = FaultServer.start(
                peer -> peer.readRequest().write(refusal(status)).silence())) {
            ClickatellException failure = failure(proxy, baseUrl, throughHttp(proxy));

            assertAskedAgain(proxy, failure);
            assertThat(proxy.requests())
                    .hasSize(ATTEMPTS)
                    .allMatch(request -> request.startsWith("CONNECT gateway.invalid:"));
            assertThat(failure).hasMessageContaining("proxy").hasMessageContaining(status);
            assertNoSecretAndNoWordOfTheProxy(failure);
            proxy.awaitGoneClients(ATTEMPTS);
        }
    }

    @Test
    void a_tunnel_that_a_retry_gets_carries_the_balance() {
        try (FaultServer proxy = FaultServer.start(
                        peer -> peer.readRequest().write(refusal("503")).silence(),
                        peer -> peer.readRequest()
                                .write("HTTP/1.1 200 Connection established\r\n\r\n")
                                .readRequest()
                                .write(BALANCE)
                                .silence());
                BalanceClient client = client(proxy, "http://gateway.invalid", throughHttp(proxy))) {
            assertThat(client.balance().map(Balance::amount).block(TIMEOUT)).isEqualByComparingTo("12.50");
            assertThat(proxy.connections()).isEqualTo(2);
        }
    }

    // HTTP proxy: the status is not what it seems, or cannot be read

    static Stream<Arguments> statuses_with_another_status_in_the_reason() {
        return forEachBaseUrl(Stream.of("407 status: 503", "407 503", "403, status: 502 Bad Gateway"));
    }

    /** The reason phrase belongs to the proxy. It must not decide. */
    @ParameterizedTest
    @MethodSource("statuses_with_another_status_in_the_reason")
    void a_status_in_the_reason_phrase_is_no_status(String baseUrl, String status) {
        try (FaultServer proxy = FaultServer.start(
                peer -> peer.readRequest().write(refusal(status)).silence())) {
            ClickatellException failure = failure(proxy, baseUrl, throughHttp(proxy));

            assertAskedOnce(proxy, failure);
            assertThat(failure.getMessage()).contains("proxy").doesNotContain("503", "502");
            assertNoSecretAndNoWordOfTheProxy(failure);
        }
    }

    static Stream<Arguments> statuses_that_cannot_be_read() {
        return forEachBaseUrl(Stream.<Named<Script>>of(
                named(
                        "no number",
                        peer -> peer.readRequest().write(refusal("abc")).silence()),
                named(
                        "two digits",
                        peer -> peer.readRequest().write(refusal("99")).silence()),
                named(
                        "four digits",
                        peer -> peer.readRequest().write(refusal("5030")).silence()),
                named(
                        "no HTTP",
                        peer -> peer.readRequest()
                                .write("SSH-2.0-canary_503\r\n\r\n")
                                .silence()),
                named(
                        "no reason phrase",
                        peer -> peer.readRequest()
                                .write("HTTP/1.1 407\r\nContent-Length: 0\r\n\r\n")
                                .silence())));
    }

    @ParameterizedTest
    @MethodSource("statuses_that_cannot_be_read")
    void a_status_that_cannot_be_read_is_asked_for_once(String baseUrl, Script script) {
        try (FaultServer proxy = FaultServer.start(script)) {
            ClickatellException failure = failure(proxy, baseUrl, throughHttp(proxy));

            assertAskedOnce(proxy, failure);
            assertThat(failure).hasMessageContaining("proxy").hasMessageContaining("check");
            assertNoSecretAndNoWordOfTheProxy(failure);
        }
    }

    // HTTP proxy: no reply

    static Stream<Arguments> missing_replies() {
        return forEachBaseUrl(Stream.<Named<Script>>of(
                named("silence", peer -> peer.readRequest().silence()),
                named("FIN", peer -> peer.readRequest().close()),
                named("RST", peer -> peer.readRequest().reset()),
                named(
                        "half a head",
                        peer -> peer.readRequest()
                                .write("HTTP/1.1 200 canary\r\n")
                                .silence())));
    }

    @ParameterizedTest
    @MethodSource("missing_replies")
    void a_missing_reply_is_asked_for_again_within_the_proxys_own_limit(String baseUrl, Script script) {
        try (FaultServer proxy = FaultServer.start(script)) {
            ClickatellException failure = failure(
                    proxy,
                    baseUrl,
                    through(ProxyProvider.Proxy.HTTP, "127.0.0.1", proxy.port(), Duration.ofMillis(500)));

            proxy.awaitRequests(ATTEMPTS);
            assertAskedAgain(proxy, failure);
            assertThat(failure.getMessage()).contains("proxy").doesNotContain("attemptTimeout");
            assertNoSecretAndNoWordOfTheProxy(failure);
        }
    }

    // HTTP proxy: its name

    @ParameterizedTest
    @FieldSource("BASE_URLS")
    void a_proxy_can_be_given_by_its_name(String baseUrl) {
        try (FaultServer proxy = FaultServer.start(
                peer -> peer.readRequest().write(refusal("407")).silence())) {
            ClickatellException failure =
                    failure(proxy, baseUrl, through(ProxyProvider.Proxy.HTTP, "localhost", proxy.port(), TIMEOUT));

            assertAskedOnce(proxy, failure);
            assertThat(failure).hasMessageContaining("proxy").hasMessageContaining("407");
            assertNoSecretAndNoWordOfTheProxy(failure);
        }
    }

    @ParameterizedTest
    @FieldSource("BASE_URLS")
    void a_proxys_name_without_an_address_may_pass(String baseUrl) {
        try (FaultServer unused = FaultServer.start(FaultServer.OK)) {
            ClickatellException failure = failure(
                    unused, baseUrl, through(ProxyProvider.Proxy.HTTP, "proxy.invalid", unused.port(), TIMEOUT));

            assertThat(failure.isTransient()).isTrue();
            assertThat(attempts(failure)).isEqualTo(ATTEMPTS);
            assertThat(failure.getMessage()).contains("address").doesNotContain("no HTTP");
        }
    }

    // SOCKS5 proxy

    /** Reads one message of the client and answers it, as often as there are answers. */
    private static Script socks(byte[]... answers) {
        return peer -> {
            for (byte[] answer : answers) {
                peer.readBytes().write(answer);
            }
            peer.silence();
        };
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    /** RFC 1928, section 6: the reply to the request for a tunnel. */
    private static byte[] socksReply(int status) {
        return bytes(5, status, 0, 1, 0, 0, 0, 0, 0, 0);
    }

    static Stream<Arguments> socks_refusals_that_last() {
        return forEachBaseUrl(Stream.of(
                named("no acceptable method", socks(bytes(5, 0xff))),
                named("a wrong password", socks(bytes(5, 2), bytes(1, 1))),
                named("not allowed by the rules", socks(bytes(5, 0), socksReply(2)))));
    }

    @ParameterizedTest
    @MethodSource("socks_refusals_that_last")
    void a_socks_refusal_that_lasts_is_asked_for_once(String baseUrl, Script script) {
        try (FaultServer proxy = FaultServer.start(script)) {
            ClickatellException failure =
                    failure(proxy, baseUrl, through(ProxyProvider.Proxy.SOCKS5, "127.0.0.1", proxy.port(), TIMEOUT));

            assertAskedOnce(proxy, failure);
            assertThat(failure).hasMessageContaining("proxy").hasMessageContaining("check");
            assertNoSecretAndNoWordOfTheProxy(failure);
        }
    }

    static Stream<Arguments> socks_refusals_that_may_pass() {
        return forEachBaseUrl(Stream.of(
                named("a general failure", socks(bytes(5, 0), socksReply(1))),
                named("the network is unreachable", socks(bytes(5, 0), socksReply(3))),
                named("the host is unreachable", socks(bytes(5, 0), socksReply(4))),
                named("the gateway refused the connection", socks(bytes(5, 0), socksReply(5)))));
    }

    @ParameterizedTest
    @MethodSource("socks_refusals_that_may_pass")
    void a_socks_refusal_that_may_pass_is_asked_for_again(String baseUrl, Script script) {
        try (FaultServer proxy = FaultServer.start(script)) {
            ClickatellException failure =
                    failure(proxy, baseUrl, through(ProxyProvider.Proxy.SOCKS5, "127.0.0.1", proxy.port(), TIMEOUT));

            assertAskedAgain(proxy, failure);
            assertThat(failure).hasMessageContaining("proxy");
            assertNoSecretAndNoWordOfTheProxy(failure);
        }
    }
}
