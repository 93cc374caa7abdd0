package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.FaultServer.BALANCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Named.named;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.reactor.FaultServer.Peer;
import io.github.clickatellbalance.reactor.FaultServer.Script;
import io.netty.buffer.ByteBuf;
import io.netty.resolver.DefaultAddressResolverGroup;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.transport.ProxyProvider;

/** Settings of the {@code HttpClient} of an application: proxy, resolver, pool, compression, HTTP/2 and wiretap. */
@Tag("wire")
class OwnHttpClientTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final RetryPolicy ONE_RETRY = RetryPolicy.backoff(1, Duration.ofMillis(1), Duration.ofMillis(1));
    private static final String PROXY_PASSWORD = "canary-of-the-proxy";
    private static final String ESTABLISHED = "HTTP/1.1 200 Connection established\r\n\r\n";

    // Proxies. One script is both the proxy and the gateway behind it.

    private static HttpClient through(FaultServer proxy, ConnectionProvider pool) {
        return HttpClient.create(pool)
                .proxy(spec -> spec.type(ProxyProvider.Proxy.HTTP)
                        .host("127.0.0.1")
                        .port(proxy.port())
                        .username("proxy-user")
                        .password(user -> PROXY_PASSWORD)
                        .connectTimeoutMillis(1000));
    }

    /** The host name of the gateway has no address. A call succeeds only if the proxy resolves the name. */
    private static BalanceClient.Builder client(FaultServer proxy, ConnectionProvider pool) {
        return proxy.client()
                .baseUrl("http://gateway.invalid")
                .allowPlainHttp()
                .retry(ONE_RETRY)
                .httpClient(through(proxy, pool));
    }

    private static ClickatellException failure(FaultServer proxy) {
        try (BalanceClient client =
                client(proxy, ConnectionProvider.newConnection()).build()) {
            Throwable failure = catchThrowable(() -> client.balance().block(TIMEOUT));
            assertThat(failure).isInstanceOf(TransportException.class);
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace, true));
            assertThat(trace.toString()).doesNotContain("canary");
            return (ClickatellException) failure;
        }
    }

    @Test
    void the_connect_request_to_a_proxy_contains_no_secret() {
        try (FaultServer proxy = FaultServer.start(peer ->
                        peer.readRequest().write(ESTABLISHED).readRequest().write(BALANCE));
                BalanceClient client =
                        client(proxy, ConnectionProvider.newConnection()).build()) {
            assertThat(client.balance().map(Balance::amount).block(TIMEOUT)).isEqualByComparingTo("12.50");

            assertThat(proxy.requests()).hasSize(2);
            assertThat(proxy.requests().get(0))
                    .startsWith("CONNECT gateway.invalid:80 HTTP/1.1\r\n")
                    .doesNotContain("canary");
            assertThat(proxy.requests().get(1)).startsWith("POST /http/getbalance HTTP/1.1\r\n");
        }
    }

    @Test
    void status_407_of_a_proxy_is_permanent() {
        try (FaultServer proxy =
                FaultServer.start(peer -> peer.readRequest().write(FaultServer.reply("407 Proxy canary", "canary")))) {
            ClickatellException failure = failure(proxy);

            assertThat(failure).hasMessageContaining("proxy refused").hasMessageContaining("password");
            assertThat(failure.isTransient()).isFalse();
            assertThat(proxy.requests()).hasSize(1);
        }
    }

    @Test
    void an_attempt_over_a_stalled_proxy_ends_at_the_connect_timeout_of_the_proxy_and_is_retried() {
        try (FaultServer proxy = FaultServer.start(peer -> peer.readRequest().silence())) {
            ClickatellException failure = failure(proxy);

            assertThat(failure).hasMessageContaining("proxy");
            assertThat(failure.isTransient()).isTrue();
            assertThat(proxy.requests()).hasSize(2).allMatch(request -> request.startsWith("CONNECT"));
        }
    }

    @Test
    void the_deadline_of_the_attempt_includes_the_time_for_the_proxy() {
        try (FaultServer proxy = FaultServer.start(Peer::silence);
                BalanceClient client = client(proxy, ConnectionProvider.newConnection())
                        .attemptTimeout(Duration.ofMillis(200))
                        .build()) {
            assertThat(catchThrowable(() -> client.balance().block(TIMEOUT)))
                    .isInstanceOf(TransportException.class)
                    .hasMessageContaining("attemptTimeout of 200 ms");
        }
    }

    static Stream<Named<Script>> ends_of_idle_tunnels() {
        return Stream.of(
                named(
                        "FIN",
                        peer -> peer.readRequest()
                                .write(ESTABLISHED)
                                .readRequest()
                                .write(BALANCE)
                                .close()),
                named(
                        "RST",
                        peer -> peer.readRequest()
                                .write(ESTABLISHED)
                                .readRequest()
                                .write(BALANCE)
                                .reset()),
                named(
                        "silence",
                        peer -> peer.readRequest()
                                .write(ESTABLISHED)
                                .readRequest()
                                .write(BALANCE)
                                .silence()));
    }

    @ParameterizedTest
    @MethodSource("ends_of_idle_tunnels")
    void no_call_fails_when_a_proxy_ends_an_idle_tunnel(Script script) {
        ConnectionProvider pool = ConnectionProvider.create("application", 1); // so that at most one tunnel is broken
        try (FaultServer proxy = FaultServer.start(script);
                BalanceClient client = client(proxy, pool)
                        .attemptTimeout(Duration.ofSeconds(1))
                        .build()) {
            for (int call = 0; call < 3; call++) {
                assertThat(client.balance().block(TIMEOUT)).isNotNull();
            }
        } finally {
            pool.disposeLater().block(TIMEOUT);
        }
    }

    // Name resolution

    @Test
    void a_host_name_without_an_address_is_transient() {
        try (FaultServer server = FaultServer.start(FaultServer.OK);
                BalanceClient client = server.client()
                        .baseUrl("https://gateway.invalid")
                        .httpClient(HttpClient.create().resolver(DefaultAddressResolverGroup.INSTANCE))
                        .build()) {
            assertThat(catchThrowable(() -> client.balance().block(TIMEOUT)))
                    .isInstanceOfSatisfying(
                            TransportException.class,
                            failure -> assertThat(failure.isTransient()).isTrue())
                    .hasMessageContaining("no address")
                    .hasCauseInstanceOf(UnknownHostException.class);
        }
    }

    @Test
    void the_resolver_of_the_jvm_can_be_used() {
        try (FaultServer server = FaultServer.start(FaultServer.OK);
                BalanceClient client = server.client()
                        .baseUrl("http://localhost:" + server.port())
                        .httpClient(HttpClient.create().resolver(DefaultAddressResolverGroup.INSTANCE))
                        .build()) {
            assertThat(client.balance().block(TIMEOUT)).isNotNull();
        }
    }

    // Compression

    /** Netty reports no error if a compressed body is truncated. The decompressed part would be a wrong balance. */
    @Test
    void a_compressed_reply_is_malformed_even_if_the_http_client_can_decompress() throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
            out.write("Credits: 12345678.50".getBytes(StandardCharsets.US_ASCII));
        }
        String whole = compressed.toString(StandardCharsets.ISO_8859_1);
        for (String body : List.of(whole, whole.substring(0, 24))) {
            try (FaultServer server = FaultServer.start(peer ->
                            peer.readRequest().write(FaultServer.reply("200 OK\r\nContent-Encoding: gzip", body)));
                    BalanceClient client = server.client()
                            .httpClient(HttpClient.create(ConnectionProvider.newConnection())
                                    .compress(true))
                            .build()) {
                assertThat(catchThrowable(() -> client.balance().block(TIMEOUT)))
                        .isInstanceOf(MalformedReplyException.class);
                assertThat(server.requests().get(0).toLowerCase(Locale.ROOT)).doesNotContain("accept-encoding");
            }
        }
    }

    // Hooks

    @Test
    void hooks_of_the_application_neither_replace_nor_read_the_credentials() {
        List<String> seen = new CopyOnWriteArrayList<>();
        HttpClient http = HttpClient.create(ConnectionProvider.newConnection())
                .headersWhen(headers -> Mono.just(headers.set("Authorization", "of-the-application")))
                .doOnRequest((request, connection) -> {
                    seen.add(request.requestHeaders().entries().toString());
                    request.header("Authorization", "of-a-hook");
                });
        try (FaultServer server = FaultServer.start(
                        FaultServer.says(FaultServer.reply("200 OK", Protocol.PLATFORM.balance("12.50"))));
                BalanceClient client =
                        server.client(Protocol.PLATFORM).httpClient(http).build()) {
            assertThat(client.balance().block(TIMEOUT)).isNotNull();

            assertThat(server.requests().get(0))
                    .contains("Authorization: " + Protocol.SECRET)
                    .doesNotContain("of-the-application", "of-a-hook");
            assertThat(seen).isNotEmpty().allMatch(headers -> !headers.contains(CanaryWatch.WORD));
        }
    }

    @Test
    void a_discard_hook_of_the_caller_releases_no_buffer_a_second_time() {
        try (FaultServer server = FaultServer.start(FaultServer.OK);
                BalanceClient client = server.client().build()) {
            for (int call = 0; call < 10; call++) {
                assertThat(client.balance()
                                .doOnDiscard(ByteBuf.class, ByteBuf::release)
                                .block(TIMEOUT))
                        .isNotNull();
            }
        }
    }

    // HTTP/2

    @Test
    void an_http_2_client_gets_a_balance_and_follows_no_redirect() {
        AtomicInteger redirected = new AtomicInteger();
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .protocol(HttpProtocol.H2C)
                .route(routes -> routes.post(
                                "/http/getbalance",
                                (request, response) -> response.sendString(Mono.just("Credits: 12.50")))
                        .post(
                                "/moved/http/getbalance",
                                (request, response) -> response.status(307)
                                        .header("Location", "/elsewhere")
                                        .send())
                        .post("/elsewhere", (request, response) -> {
                            redirected.incrementAndGet();
                            return response.sendString(Mono.just("Credits: 99.00"));
                        }))
                .bindNow();
        String url = "http://127.0.0.1:" + server.port();
        HttpClient http = HttpClient.create(ConnectionProvider.newConnection())
                .protocol(HttpProtocol.H2C)
                .followRedirect(true);
        Credentials credentials = Credentials.of("user", "password", "api-id");
        try (BalanceClient client = BalanceClient.builder(credentials)
                        .baseUrl(url)
                        .httpClient(http)
                        .build();
                BalanceClient moved = BalanceClient.builder(credentials)
                        .baseUrl(url + "/moved")
                        .httpClient(http)
                        .build()) {
            assertThat(client.balance().map(Balance::amount).block(TIMEOUT)).isEqualByComparingTo("12.50");
            assertThat(catchThrowable(() -> moved.balance().block(TIMEOUT)))
                    .isInstanceOfSatisfying(
                            HttpStatusException.class,
                            failure -> assertThat(failure.status()).isEqualTo(307));
            assertThat(redirected).hasValue(0);
        } finally {
            server.disposeNow();
        }
    }

    // Wiretap: a limit that the README documents

    @Test
    void a_wiretap_logs_secrets_only_under_its_own_logger() {
        try (FaultServer server = FaultServer.start(FaultServer.OK);
                CanaryWatch canary = CanaryWatch.listen();
                BalanceClient client = server.client()
                        .httpClient(HttpClient.create(ConnectionProvider.newConnection())
                                .wiretap(true))
                        .build()) {
            assertThat(client.balance().block(TIMEOUT)).isNotNull();

            assertThat(canary.seen())
                    .isNotEmpty()
                    .allMatch(line -> line.contains(" DEBUG reactor.netty.http.client.HttpClient "));
        }
    }
}
