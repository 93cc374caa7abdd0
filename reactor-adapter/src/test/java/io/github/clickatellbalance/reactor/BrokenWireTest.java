package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.FaultServer.BALANCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Named.named;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.MalformedReplyException;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.reactor.FaultServer.Script;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Faults of a server or network, over real sockets. The tests check the exception and the number of requests. */
@Tag("transport")
class BrokenWireTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(300);
    /** Long enough for the request to reach the server, also on a busy machine. */
    private static final Duration ENOUGH_TO_SEND = Duration.ofSeconds(1);

    private static final RetryPolicy TWO_RETRIES = RetryPolicy.backoff(2, Duration.ofMillis(1), Duration.ofMillis(1));
    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n";

    private static ClickatellException failure(BalanceClient.Builder builder) {
        try (BalanceClient client = builder.retry(TWO_RETRIES).build()) {
            return failure(client);
        }
    }

    private static ClickatellException failure(BalanceClient client) {
        Throwable failure = catchThrowable(() -> client.balance().block(TIMEOUT));
        assertThat(failure).isInstanceOf(ClickatellException.class);
        return (ClickatellException) failure;
    }

    private static int attempts(ClickatellException failure) {
        return 1
                + (int) Stream.of(failure.getSuppressed())
                        .filter(ClickatellException.class::isInstance)
                        .count();
    }

    // Broken connections: transient, three attempts

    static Stream<Named<Script>> broken_connections() {
        return Stream.of(
                named("FIN after the request", peer -> peer.readRequest().close()),
                named("RST after the request", peer -> peer.readRequest().reset()),
                named(
                        "FIN within the status line",
                        peer -> peer.readRequest().write("HTTP/1.").close()),
                named(
                        "FIN within the head",
                        peer -> peer.readRequest().write(HEAD).close()),
                named(
                        "RST within the head",
                        peer -> peer.readRequest().write(HEAD).reset()),
                named(
                        "FIN after the head",
                        peer -> peer.readRequest().write(HEAD + "\r\n").close()),
                named(
                        "FIN within the body",
                        peer -> peer.readRequest()
                                .write(HEAD + "\r\nCredits: 1")
                                .close()),
                named(
                        "RST within the body",
                        peer -> peer.readRequest()
                                .write(HEAD + "\r\nCredits: 1")
                                .reset()),
                named(
                        "FIN within a chunk",
                        peer -> peer.readRequest()
                                .write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ne\r\nCredits: 1")
                                .close()),
                named(
                        "FIN before the last chunk",
                        peer -> peer.readRequest()
                                .write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nCredits: 1\r\n")
                                .close()));
    }

    @ParameterizedTest
    @MethodSource("broken_connections")
    void a_retry_after_a_broken_connection_uses_a_new_connection(Script script) {
        try (FaultServer server = FaultServer.start(script, FaultServer.OK);
                BalanceClient client = server.client().retry(TWO_RETRIES).build()) {
            assertThat(client.balance().map(Balance::amount).block(TIMEOUT)).isEqualByComparingTo("12.50");
            assertThat(server.requests()).hasSize(2);
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @Test
    void a_refused_connection_is_transient_and_its_stack_trace_contains_the_url_without_secrets() throws IOException {
        int port;
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = listener.getLocalPort();
        }
        ClickatellException failure =
                failure(BalanceClient.builder(Credentials.of("canary-user", "canary-password", "canary-api-id"))
                        .baseUrl("http://127.0.0.1:" + port));
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace, true));

        assertThat(failure)
                .isInstanceOf(TransportException.class)
                .hasMessageContaining("refused")
                .hasCauseInstanceOf(ConnectException.class)
                .matches(ClickatellException::isTransient, "is transient");
        assertThat(attempts(failure)).isEqualTo(3);
        assertThat(trace.toString())
                .contains("POST http://127.0.0.1:" + port + "/http/getbalance")
                .doesNotContain("canary", "getbalance?");
    }

    // Stalled connections: the attempt ends at its deadline

    static Stream<Named<Script>> stalls() {
        return Stream.of(
                named("silence", peer -> peer.readRequest().silence()),
                named(
                        "silence within the body",
                        peer -> peer.readRequest()
                                .write(HEAD + "\r\nCredits: 1")
                                .silence()));
    }

    @ParameterizedTest
    @MethodSource("stalls")
    void a_stalled_attempt_ends_at_its_deadline_and_its_connection_is_closed(Script script) {
        try (FaultServer server = FaultServer.start(script);
                BalanceClient client = server.client()
                        .attemptTimeout(ENOUGH_TO_SEND)
                        .retry(RetryPolicy.backoff(1, Duration.ofMillis(1), Duration.ofMillis(1)))
                        .build()) {
            assertThat(failure(client))
                    .isInstanceOf(TransportException.class)
                    .hasMessageContaining("attemptTimeout of 1000 ms")
                    .matches(ClickatellException::isTransient, "is transient")
                    .satisfies(failure -> assertThat(attempts(failure)).isEqualTo(2));
            server.awaitGoneClients(2);
            assertThat(server.requests()).hasSize(2);
        }
    }

    /** As in the tests of an application: Reactor's schedulers are those of virtual time only while the client is built. */
    @Test
    void a_deadline_ends_the_attempt_after_the_schedulers_of_reactor_were_replaced() {
        try (FaultServer server = FaultServer.start(peer -> peer.readRequest().silence())) {
            VirtualTimeScheduler.getOrSet();
            BalanceClient client = server.client()
                    .attemptTimeout(ENOUGH_TO_SEND)
                    .retry(RetryPolicy.none())
                    .build();
            VirtualTimeScheduler.reset();

            assertThat(failure(client)).hasMessageContaining("attemptTimeout of 1000 ms");
            client.close();
        }
    }

    @Test
    void the_deadline_of_the_attempt_includes_the_time_to_connect() {
        try (FaultServer full = FaultServer.full()) {
            assertThat(failure(full.client().attemptTimeout(SHORT)))
                    .isInstanceOf(TransportException.class)
                    .hasMessageContaining("attemptTimeout of 300 ms")
                    .matches(ClickatellException::isTransient, "is transient");
        }
    }

    @Test
    void a_slow_reply_that_is_complete_before_the_deadline_is_read() {
        try (FaultServer server = FaultServer.start(peer -> peer.readRequest().drip(BALANCE, Duration.ofMillis(1)));
                BalanceClient client = server.client().build()) {
            assertThat(client.balance().map(Balance::amount).block(TIMEOUT)).isEqualByComparingTo("12.50");
        }
    }

    // Replies without a balance: permanent, one attempt

    static Stream<Named<Script>> endless_bodies() {
        return Stream.of(
                named(
                        "chunked",
                        peer -> peer.readRequest()
                                .write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                                .flood("400\r\n" + "x".repeat(1024) + "\r\n")),
                named(
                        "until the connection ends",
                        peer -> peer.readRequest()
                                .write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                                .flood("x".repeat(1024))),
                named(
                        "a terabyte",
                        peer -> peer.readRequest()
                                .write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
                                .flood("x".repeat(1024))));
    }

    @ParameterizedTest
    @MethodSource("endless_bodies")
    void an_endless_body_is_malformed_and_its_connection_is_closed(Script script) {
        try (FaultServer server = FaultServer.start(script);
                BalanceClient client = server.client().retry(TWO_RETRIES).build()) {
            assertThat(catchThrowable(() -> client.balance().block(TIMEOUT)))
                    .isInstanceOf(MalformedReplyException.class)
                    .hasMessageContaining("longer than 8192 bytes");
            server.awaitGoneClients(1);
            assertThat(server.requests()).hasSize(1);
        }
    }

    static Stream<Named<Script>> replies_that_are_not_http() {
        return Stream.of(
                named(
                        "SSH",
                        peer -> peer.readRequest()
                                .write("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\r\n")
                                .silence()),
                named(
                        "a TLS alert",
                        peer -> peer.readRequest()
                                .write(new byte[] {0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46, '\r', '\n', '\r', '\n'})
                                .silence()),
                named(
                        "a bad length of a chunk",
                        peer -> peer.readRequest()
                                .write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nCredits: 1\r\n")
                                .silence()),
                named(
                        "a head too long",
                        peer -> peer.readRequest()
                                .write("HTTP/1.1 200 OK\r\nX-Long: " + "x".repeat(100_000) + "\r\n\r\n")
                                .silence()));
    }

    @ParameterizedTest
    @MethodSource("replies_that_are_not_http")
    void a_reply_that_is_not_http_is_malformed_and_its_connection_is_closed(Script script) {
        try (FaultServer server = FaultServer.start(script);
                BalanceClient client = server.client().retry(TWO_RETRIES).build()) {
            ClickatellException failure = failure(client);
            assertThat(failure).isInstanceOf(MalformedReplyException.class).hasMessageContaining("it is not HTTP");
            assertThat(failure.isTransient()).isFalse();
            server.awaitGoneClients(1);
            assertThat(server.requests()).hasSize(1);
        }
    }

    static Stream<Named<String>> surplus() {
        return Stream.of(
                named("bytes", "Credits: 99.00"),
                named("a line", "Credits: 99.00\r\n"),
                named("a reply", FaultServer.reply("200 OK", "Credits: 99.00")),
                named("half a reply", "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nCredits"),
                named("half a status line", "HTTP/1.1 20"),
                named("half a header", "HTTP/1.1 200 OK\r\nX-Half: "));
    }

    /** Otherwise the next call could get a wrong balance. */
    @ParameterizedTest
    @MethodSource("surplus")
    void surplus_bytes_after_a_reply_never_reach_the_next_call(String surplus) {
        Script seven = peer -> {
            while (true) {
                peer.readRequest().write(FaultServer.reply("200 OK", "Credits: 7.00"));
            }
        };
        Script withSurplus = peer -> seven.run(peer.readRequest().write(BALANCE + surplus));
        try (FaultServer server = FaultServer.start(withSurplus, seven);
                BalanceClient client = server.client().retry(TWO_RETRIES).build()) {
            assertThat(client.balance().map(Balance::amount).block(TIMEOUT)).isEqualByComparingTo("12.50");
            assertThat(client.balance().map(Balance::amount).block(TIMEOUT)).isEqualByComparingTo("7.00");
            assertThat(client.balance().map(Balance::amount).block(TIMEOUT)).isEqualByComparingTo("7.00");
        }
    }

    // Cancel and close

    @Test
    void cancel_closes_the_connection() {
        try (FaultServer server = FaultServer.start(peer -> peer.readRequest().silence());
                BalanceClient client = server.client().build()) {
            Disposable call = client.balance().subscribe();
            server.awaitRequests(1);
            call.dispose();

            server.awaitGoneClients(1);
        }
    }

    /** Reactor Netty has a race here. Once in some thousands of cases, the connection is neither read nor closed. */
    @Test
    void cancel_at_the_start_of_the_reply_closes_the_connection() {
        int rounds = 100;
        AtomicReference<Disposable> started = new AtomicReference<>();
        AtomicBoolean isOver = new AtomicBoolean();
        startInBackground(() -> {
            Random random = new Random(1);
            while (!isOver.get()) {
                Disposable call = started.getAndSet(null);
                if (call != null) {
                    spin(random.nextInt(20_000));
                    call.dispose();
                }
                Thread.onSpinWait();
            }
        });
        try (FaultServer server = FaultServer.start(
                peer -> peer.readRequest().write(HEAD + "\r\nCredits: 1").silence())) {
            for (int round = 1; round <= rounds; round++) {
                Disposable.Swap call = Disposables.swap();
                HttpClient http = HttpClient.create(ConnectionProvider.newConnection())
                        .doOnResponse((response, connection) -> started.set(call));
                try (BalanceClient client = server.client().httpClient(http).build()) {
                    call.update(client.balance().subscribe());
                    server.awaitGoneClients(round);
                }
            }
        } finally {
            isOver.set(true);
        }
    }

    private static void startInBackground(Runnable job) {
        Thread thread = new Thread(job, "canceller");
        thread.setDaemon(true);
        thread.start();
    }

    private static void spin(long nanoseconds) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < nanoseconds) {
            Thread.onSpinWait();
        }
    }

    @Test
    void cancel_of_a_poll_closes_the_connection() {
        try (FaultServer server = FaultServer.start(peer -> {
                    peer.readRequest().write(BALANCE);
                    peer.readRequest().silence();
                });
                BalanceClient client = server.client().build()) {
            Disposable poll = client.poll(Duration.ofMillis(1)).subscribe();
            server.awaitRequests(2);
            poll.dispose();

            server.awaitGoneClients(1);
        }
    }

    @Test
    void close_fails_a_call_in_flight_completes_a_poll_and_closes_their_connections()
            throws InterruptedException, ExecutionException, TimeoutException {
        try (FaultServer server = FaultServer.start(peer -> peer.readRequest().silence())) {
            BalanceClient client = server.client().build();
            CompletableFuture<Throwable> call = new CompletableFuture<>();
            client.balance().subscribe(balance -> {}, call::complete);
            CompletableFuture<List<Balance>> poll =
                    client.poll(Duration.ofMillis(1)).collectList().toFuture();
            server.awaitRequests(2);
            client.close();

            assertThat(call.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isInstanceOf(ClientClosedException.class);
            assertThat(poll.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isEmpty();
            server.awaitGoneClients(2);
            client.balance()
                    .as(StepVerifier::create)
                    .expectError(ClientClosedException.class)
                    .verify(TIMEOUT);
            assertThat(server.requests()).hasSize(2);
        }
    }

    /** Neither Netty nor Reactor Netty closes it: it would stay in the pool until the pool is full. */
    @Test
    void plain_text_within_tls_closes_the_connection() {
        try (FaultServer server = FaultServer.startTls(
                        TestCertificate.GOOD,
                        peer -> peer.readRequest().withoutTls().write(BALANCE).silence());
                BalanceClient client = server.client().build()) {
            client.balance()
                    .as(StepVerifier::create)
                    .expectError(TransportException.class)
                    .verify(TIMEOUT);

            server.awaitGoneClients(1);
        }
    }

    @Test
    void close_closes_idle_connections() {
        try (FaultServer server = FaultServer.start(FaultServer.OK)) {
            BalanceClient client = server.client().build();
            assertThat(client.balance().block(TIMEOUT)).isNotNull();
            client.close();

            server.awaitGoneClients(1);
        }
    }

    static Stream<Named<Script>> replies_and_resets() {
        return Stream.of(
                named("a slow reply", peer -> {
                    while (true) {
                        peer.readRequest().drip(BALANCE, Duration.ofMillis(1));
                    }
                }),
                named("a fast reply", FaultServer.OK),
                named("a reset", peer -> peer.readRequest().reset()),
                named(
                        "half a body and a reset",
                        peer -> peer.readRequest()
                                .write(HEAD + "\r\nCredits: 1")
                                .reset()));
    }

    /** {@link CleanExtension} checks that there are no dropped errors and no leaked buffers. */
    @ParameterizedTest
    @MethodSource("replies_and_resets")
    void cancel_at_any_time_causes_no_dropped_error_and_no_leak(Script script) {
        Random random = new Random(1);
        try (FaultServer server = FaultServer.start(script);
                BalanceClient client = server.client().build()) {
            Flux.range(0, 200)
                    .flatMap(
                            call -> client.balance()
                                    .takeUntilOther(Mono.delay(Duration.ofNanos(random.nextInt(20_000_000))))
                                    .onErrorComplete(TransportException.class),
                            8)
                    .blockLast(TIMEOUT);
        }
    }

    @ParameterizedTest
    @MethodSource("replies_and_resets")
    void a_deadline_at_any_time_causes_no_dropped_error_and_no_leak(Script script) {
        try (FaultServer server = FaultServer.start(script)) {
            Flux.range(1, 20)
                    .flatMap(
                            milliseconds -> Flux.using(
                                    () -> server.client()
                                            .attemptTimeout(Duration.ofMillis(milliseconds))
                                            .build(),
                                    client -> client.balance()
                                            .onErrorComplete(TransportException.class)
                                            .repeat(10)),
                            4)
                    .blockLast(TIMEOUT);
        }
    }

    @ParameterizedTest
    @MethodSource("replies_and_resets")
    void close_at_any_time_ends_every_call_without_dropped_error_or_leak(Script script) {
        Random random = new Random(1);
        try (FaultServer server = FaultServer.start(script)) {
            for (int round = 0; round < 30; round++) {
                BalanceClient client = server.client().build();
                Mono<Void> closing = Mono.delay(Duration.ofNanos(random.nextInt(20_000_000)))
                        .doOnNext(tick -> client.close())
                        .then();
                Mono<Void> calls = Flux.range(0, 8)
                        .flatMap(call -> client.balance().onErrorComplete(ClickatellException.class))
                        .then();
                Mono<Void> poll = client.poll(Duration.ofMillis(1)).then();
                Mono.when(poll, calls, closing).block(TIMEOUT);
            }
        }
    }
}
