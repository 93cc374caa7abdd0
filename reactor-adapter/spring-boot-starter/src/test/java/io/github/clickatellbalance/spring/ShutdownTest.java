package io.github.clickatellbalance.spring;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.reactor.BalanceClient;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Open streams do not delay the end of an application. Without the starter's care, each of these takes thirty seconds. */
class ShutdownTest {
    private static final String PATH = "/api/balance/stream";
    private static final Duration SHORT = Duration.ofSeconds(5);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static TestApplication run(TestGateway gateway, Class<?> beans, String... more) {
        return TestApplication.run(
                WebApplicationType.REACTIVE,
                gateway,
                List.of(beans),
                Flux.concat(
                                Flux.just(
                                        "--clickatell.stream.path=/api/balance",
                                        "--server.shutdown=graceful",
                                        "--spring.lifecycle.timeout-per-shutdown-phase=30s"),
                                Flux.fromArray(more))
                        .collectList()
                        .blockOptional()
                        .orElseThrow()
                        .toArray(String[]::new));
    }

    /** Completes when the server ends the stream. */
    private static CompletableFuture<String> stream(String port) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + PATH))
                .build();
        return HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofString(UTF_8))
                .thenApply(HttpResponse::body);
    }

    private static void assertShort(long startNanos) {
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(SHORT);
    }

    /** One event is more than all buffers between the server and a client hold. */
    @Configuration(proxyBeanMethods = false)
    static class LargeEvents {
        private static final Balance LARGE = new Balance(new BigDecimal("1E+20000000"), Balance.CREDITS, Instant.EPOCH);

        @Bean
        BalanceClient large() {
            return new BalanceClient() {
                @Override
                public Mono<Balance> balance() {
                    return Mono.just(LARGE);
                }

                @Override
                public Flux<Balance> poll(Duration interval) {
                    return Flux.never();
                }

                @Override
                public void close() {}
            };
        }
    }

    @Test
    void a_client_that_does_not_read_does_not_delay_the_end_of_the_application() throws IOException {
        try (TestGateway gateway = new TestGateway();
                TestApplication application = run(gateway, LargeEvents.class, "--clickatell.interval=1h");
                Socket client = new Socket()) {
            client.setReceiveBufferSize(1024);
            client.setSoTimeout(Math.toIntExact(TestApplication.TIMEOUT.toMillis()));
            client.connect(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(),
                    URI.create(application.url()).getPort()));
            client.getOutputStream().write(("GET " + PATH + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(US_ASCII));
            byte[] status = client.getInputStream().readNBytes("HTTP/1.1 200".length());
            assertThat(new String(status, US_ASCII)).isEqualTo("HTTP/1.1 200");

            long start = System.nanoTime();
            application.context.close();
            assertShort(start);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class BrokenAtTheEnd {
        volatile boolean called;

        @EventListener
        void on(ContextClosedEvent event) {
            called = true;
            throw new IllegalStateException("The listener is broken");
        }
    }

    @Test
    void a_listener_that_fails_at_the_end_does_not_keep_the_streams_open() {
        try (TestGateway gateway = new TestGateway();
                TestApplication application = run(gateway, BrokenAtTheEnd.class)) {
            BrokenAtTheEnd listener = application.bean(BrokenAtTheEnd.class);
            String port = application.context.getEnvironment().getRequiredProperty("local.server.port");
            CompletableFuture<String> stream = stream(port);
            TestApplication.await(() -> application.bean(BalanceMonitor.class).streams() == 1);

            long start = System.nanoTime();
            application.context.close();
            assertShort(start);
            assertThat(stream).succeedsWithin(SHORT).asString().contains("event:shutdown");
            assertThat(listener.called).isTrue();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class BrokenRunner {
        private static CompletableFuture<String> stream = new CompletableFuture<>();

        /** The last thing before the application is ready. */
        @Bean
        ApplicationRunner brokenRunner(Environment environment, BalanceMonitor monitor) {
            return arguments -> {
                stream = stream(environment.getRequiredProperty("local.server.port"));
                TestApplication.await(() -> monitor.streams() == 1);
                throw new IllegalStateException("The runner is broken");
            };
        }
    }

    @Test
    void a_stream_that_is_opened_before_the_application_is_ready_ends_when_a_runner_fails() {
        try (TestGateway gateway = new TestGateway()) {
            long start = System.nanoTime();
            assertThatThrownBy(() -> run(gateway, BrokenRunner.class)).hasStackTraceContaining("The runner is broken");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
            assertThat(BrokenRunner.stream).succeedsWithin(SHORT).asString().contains("event:shutdown");
            assertThat(gateway.requests()).isZero();
        }
    }
}
