package io.github.clickatellbalance.reactor.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.MalformedReplyException;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.RetryPolicy;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.transport.ProxyProvider;

/** What is stored of a failure: the messages of this library to the letter, and of others nothing that looks like an address. */
class OutcomeTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private static Map<String, String> stored(ClickatellException failure) {
        return Outcome.of(failure).fields();
    }

    // The messages of the adapter

    private static ClickatellException failure(String url, @Nullable HttpClient http, Duration limit) {
        BalanceClient.Builder builder = BalanceClient.builder(Credentials.of("user", "canary", "1"))
                .baseUrl(url)
                .allowPlainHttp()
                .attemptTimeout(limit)
                .retry(RetryPolicy.none());
        try (BalanceClient client = (http == null ? builder : builder.httpClient(http)).build()) {
            return Objects.requireNonNull(catchThrowableOfType(
                    ClickatellException.class, () -> client.balance().block(TIMEOUT)));
        }
    }

    private static void assertStoredToTheLetter(ClickatellException failure, String part) {
        assertThat(stored(failure))
                .containsEntry("type", "transport")
                .containsEntry("message", String.valueOf(failure.getMessage()))
                .containsEntry("transient", String.valueOf(failure.isTransient()));
        assertThat(failure.getMessage()).contains(part);
        assertThat(stored(failure).values())
                .noneMatch(value -> value.matches("(?is).*(localhost|127\\.0|canary|invalid|example|:[0-9]).*"));
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static HttpClient http() {
        return HttpClient.create(ConnectionProvider.newConnection());
    }

    private static HttpClient through(int port) {
        return http().proxy(proxy ->
                proxy.type(ProxyProvider.Proxy.HTTP).host("localhost").port(port));
    }

    @Test
    void a_refused_connection() throws IOException {
        assertStoredToTheLetter(
                failure("http://localhost:" + closedPort(), null, TIMEOUT), "The connection was refused");
    }

    @Test
    void an_unknown_host() {
        assertStoredToTheLetter(
                failure("https://gateway.invalid", http().resolver(new NoAddresses()), TIMEOUT),
                "The host name has no address");
    }

    @Test
    void a_proxy_that_is_away() throws IOException {
        for (String url : List.of("http://gateway.invalid", "https://gateway.invalid")) {
            assertStoredToTheLetter(failure(url, through(closedPort()), TIMEOUT), "");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"403 Refused by proxy.example:3128", "407 Log in at http://proxy.example", "502 canary"})
    void a_proxy_that_refuses(String status) throws IOException {
        try (ServerSocket proxy = replying("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n")) {
            assertStoredToTheLetter(
                    failure("https://gateway.invalid", through(proxy.getLocalPort()), TIMEOUT),
                    "The proxy refused to connect to the gateway, with status " + status.substring(0, 3));
        }
    }

    @Test
    void a_server_without_tls() throws IOException {
        try (ServerSocket server = replying("HTTP/1.1 400 localhost\r\n\r\n")) {
            assertStoredToTheLetter(failure("https://localhost:" + server.getLocalPort(), null, TIMEOUT), "TLS failed");
        }
    }

    @Test
    void a_reply_that_does_not_come() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertStoredToTheLetter(
                    failure("http://localhost:" + server.getLocalPort(), null, Duration.ofMillis(200)),
                    "attemptTimeout of 200 ms to POST /http/getbalance");
        }
    }

    /** To each connection, after its first byte. */
    private static ServerSocket replying(String reply) throws IOException {
        ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(() -> {
            while (!listener.isClosed()) {
                try (Socket socket = listener.accept()) {
                    if (socket.getInputStream().read() >= 0) {
                        socket.getOutputStream().write(reply.getBytes(US_ASCII));
                        socket.shutdownOutput();
                        socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
                    }
                } catch (IOException e) {
                    // of this connection; or the listener is closed
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
        return listener;
    }

    /** In place of a DNS server. */
    private static final class NoAddresses extends AddressResolverGroup<InetSocketAddress> {
        @Override
        protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
            return new InetNameResolver(executor) {
                @Override
                protected void doResolve(String host, Promise<InetAddress> promise) {
                    promise.setFailure(new UnknownHostException("Failed to resolve '" + host + "'"));
                }

                @Override
                protected void doResolveAll(String host, Promise<List<InetAddress>> promise) {
                    promise.setFailure(new UnknownHostException("Failed to resolve '" + host + "'"));
                }
            }.asAddressResolver();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The upstream BalanceClient failed with java.io.IOException, not with a ClickatellException",
                "There was an unexpected failure: see the cause (io.netty.handler.proxy.Handler$ProxyConnectException)",
                "A time limit of the HTTP client or its pool has passed: see the cause",
                "It lasted 3 s; the gateway's reply, and the proxy's, are \u2026 late!"
            })
    void plain_words_and_the_names_of_exceptions_are_kept(String message) {
        assertThat(stored(new TransportException(message, true, null))).containsEntry("message", message);
    }

    @Test
    void the_names_of_this_library_are_kept_in_advice() {
        String advice =
                "An account of the newer portal needs BalanceApi.platform or BalanceApi.oneApi with an API key.";
        ApiErrorException failure = new ApiErrorException("108", "Invalid or missing API ID", advice, false, null);
        assertThat(stored(failure)).containsEntry("message", String.valueOf(failure.getMessage()));
    }

    // The messages of another BalanceClient

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Connection refused: canary.example/10.0.0.1:8080",
                "Connection refused: canary/10.0.0.1:8080",
                "Connection refused: canary:8080.",
                "Connection refused: /10.1.2.3:443",
                "canary.example: Name or service not known",
                "canary.example.: Name or service not known",
                "Failed to resolve 'canary.example' [A(1), AAAA(28)] after 2 queries",
                "Failed to resolve 'canary'",
                "Failed to resolve \"canary\" by DNS",
                "connection timed out after 5000 ms: canary/<unresolved>:8080",
                "I/O error on POST request for \"https://canary.example/http/getbalance?user=canary\"",
                "No route to fe80::ca:1%canary, [2001:db8::1]:443 or ::1",
                "user@canary was refused (canary.example)",
                "https, http/1.1, proxy.canary.Example:3128/10.1.2.3:3128 => 403",
                "No subject alternative DNS name matching CANARY.Example found.",
            })
    void nothing_that_looks_like_an_address_is_stored(String message) {
        for (ClickatellException failure : List.of(
                new TransportException(message, true, null),
                new ApiErrorException(
                        "001",
                        message.replaceAll("['\"]canary['\"]", ""),
                        message.replaceAll("['\"]canary['\"]", ""),
                        false,
                        null),
                new MalformedReplyException(message.replaceAll("['\"]canary['\"]", ""), ""))) {
            assertThat(stored(failure).values())
                    .noneMatch(value -> value.matches("(?is).*(canary|example|10\\.|db8|fe80|::|:[0-9]).*"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"canary: Name or service not known", "canary"})
    void a_host_name_without_a_dot_is_not_stored_where_a_transport_puts_it(String message) {
        assertThat(stored(new TransportException(message, true, null)).values())
                .noneMatch(value -> value.contains("canary"));
    }

    @Test
    void long_texts_are_cut() {
        String text = "long ".repeat(1000);
        for (ClickatellException failure : List.of(
                new TransportException(text, true, null),
                new ApiErrorException("001", text, text, false, null),
                new MalformedReplyException(text, text))) {
            Outcome read =
                    Objects.requireNonNull(Outcome.of(withKind(failure), Duration.ZERO, java.time.Instant.EPOCH));
            assertThat(stored(failure).values()).allMatch(value -> value.length() <= 800);
            assertThat(String.valueOf(Objects.requireNonNull(read.failure()).getMessage()))
                    .hasSizeBetween(290, 800)
                    .contains("long long");
        }
    }

    private static Map<String, String> withKind(ClickatellException failure) {
        Map<String, String> fields = stored(failure);
        fields.put("kind", Outcome.of(failure).kind());
        return fields;
    }
}
