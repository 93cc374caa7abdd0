package io.github.clickatellbalance.examples.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.test.Api;
import io.github.clickatellbalance.test.Fault;
import io.github.clickatellbalance.test.StandInGateway;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;

/** All that the application prints, from its start to its end, with every logger at TRACE, contains no secret. */
@Tag("any-jdk")
class LogSecretsTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final List<String> PATHS = List.of(
            "/",
            "/api/balance",
            "/api/balance/history",
            "/api/settings",
            "/actuator/env",
            "/actuator/env/clickatell.password",
            "/actuator/configprops",
            "/actuator/beans",
            "/actuator/conditions",
            "/actuator/loggers",
            "/actuator/mappings",
            "/actuator/metrics",
            "/actuator/health",
            "/actuator/clickatell",
            "/actuator/prometheus");

    private static final Map<String, String> ACCOUNT = Map.of(
            "CLICKATELL_USER", StandInGateway.USER,
            "CLICKATELL_PASSWORD", StandInGateway.PASSWORD,
            "CLICKATELL_API_ID", StandInGateway.API_ID,
            "CLICKATELL_TOKEN", StandInGateway.TOKEN,
            "CLICKATELL_API_KEY", StandInGateway.API_KEY);

    /** Each is refused. */
    private static final Map<String, String> WRONG_ACCOUNT = Map.of(
            "CLICKATELL_USER", "wrong/user 1",
            "CLICKATELL_PASSWORD", "wrong & pass=word+%",
            "CLICKATELL_API_ID", "wrong \"id\" <2>",
            "CLICKATELL_TOKEN", "wrong/token+3==",
            "CLICKATELL_API_KEY", "wrong/key+4==");

    private final StandInGateway gateway = StandInGateway.start();

    @AfterEach
    void close() {
        gateway.close();
    }

    /** One run of the application, in a process of its own: its environment is all that has the secrets. */
    private static final class Run implements AutoCloseable {
        private final RunningProcess process;
        private final CompletableFuture<List<String>> rest = new CompletableFuture<>();
        private final WebTestClient client;

        Run(Api api, String baseUrl, Map<String, String> account) throws IOException {
            ProcessBuilder java = new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "-cp",
                    System.getProperty("java.class.path"),
                    TracedApplication.class.getName(),
                    "--server.port=0",
                    "--server.address=127.0.0.1",
                    "--clickatell.interval=100ms",
                    "--clickatell.api=" + api,
                    "--logging.level.root=trace",
                    "--logging.level.reactor.netty.http.client.HttpClientConnect=trace",
                    "--management.endpoints.web.exposure.include=*",
                    "--management.endpoint.env.show-values=always",
                    "--management.endpoint.configprops.show-values=always");
            java.environment().putAll(account);
            java.environment().put("CLICKATELL_BASE_URL", baseUrl);
            this.process = RunningProcess.start(java);
            // A process waits while nobody reads what it prints.
            new Thread(this::readToTheEnd, "log").start();
            this.client = WebTestClient.bindToServer()
                    .baseUrl("http://127.0.0.1:" + process.port())
                    .responseTimeout(TIMEOUT)
                    .codecs(codecs -> codecs.defaultCodecs().maxInMemorySize(-1))
                    .build();
        }

        private void readToTheEnd() {
            try {
                rest.complete(process.readToTheEnd());
            } catch (IOException | RuntimeException e) {
                rest.completeExceptionally(e);
            }
        }

        void await(String state) {
            awaitText("\"state\":\"" + state + "\"");
        }

        void awaitText(String text) {
            assertThat(client.get()
                            .uri("/api/balance/stream")
                            .accept(MediaType.APPLICATION_NDJSON)
                            .exchange()
                            .returnResult(String.class)
                            .getResponseBody()
                            .filter(line -> line.contains(text))
                            .blockFirst(TIMEOUT))
                    .as(text)
                    .isNotNull();
        }

        void requestAllPaths() {
            for (String path : PATHS) {
                assertThat(client.get()
                                .uri(path)
                                .exchange()
                                .expectBody()
                                .returnResult()
                                .getStatus()
                                .value())
                        .as(path)
                        .isIn(200, 503);
            }
        }

        /** Ends the process and returns all that it has printed. */
        List<String> stop() throws InterruptedException {
            process.process().toHandle().destroy(); // Process.destroy would close the output
            assertThat(process.process().waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            List<String> log = process.logged();
            log.addAll(rest.orTimeout(TIMEOUT.toSeconds(), TimeUnit.SECONDS).join());
            return log;
        }

        @Override
        public void close() {
            process.close();
        }
    }

    private static void assertNoSecret(List<String> log, Map<String, String> account, String... more) {
        assertThat(log.stream().anyMatch(line -> line.contains("TRACE") && line.contains("ChannelOperations")))
                .as("the loggers are at TRACE")
                .isTrue();
        List<String> secrets = new ArrayList<>(account.values());
        secrets.addAll(List.of(more));
        assertThat(new SecretScan(secrets).in(log)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void a_run_with_all_faults_logs_no_secret(Api api) throws IOException, InterruptedException {
        try (Run run = new Run(api, gateway.baseUrl(), ACCOUNT)) {
            run.await("fresh");
            run.requestAllPaths();
            for (Fault fault : List.of(
                    Fault.UNAVAILABLE,
                    Fault.INTERNAL_ERROR,
                    Fault.RATE_LIMIT,
                    Fault.LOGIN_PAGE,
                    Fault.RESET,
                    Fault.SILENCE)) {
                gateway.fail(fault);
                run.await("stale");
                gateway.balance("100.00");
                run.await("fresh");
            }
            gateway.endSessions(); // a second login
            gateway.balance("77.00");
            run.awaitText("\"amount\":\"77.00\"");
            gateway.close(); // connections are refused
            run.await("stale");
            run.requestAllPaths();

            assertNoSecret(run.stop(), ACCOUNT, "0".repeat(31) + "1", "0".repeat(31) + "2");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_SESSION", "PLATFORM"})
    void a_refused_account_is_in_no_log(Api api) throws IOException, InterruptedException {
        try (Run run = new Run(api, gateway.baseUrl(), WRONG_ACCOUNT)) {
            run.await("rejected");
            run.requestAllPaths();

            assertNoSecret(run.stop(), WRONG_ACCOUNT);
        }
    }

    @Test
    void a_failed_tls_handshake_logs_no_secret() throws IOException, InterruptedException {
        String url = gateway.baseUrl().replace("http:", "https:");
        try (Run run = new Run(Api.ONE, url, ACCOUNT)) {
            run.await("rejected");
            run.requestAllPaths();
            List<String> log = run.stop();

            assertThat(log.stream().anyMatch(line -> line.contains("NotSslRecordException")))
                    .isTrue();
            assertNoSecret(log, ACCOUNT);
        }
    }
}
