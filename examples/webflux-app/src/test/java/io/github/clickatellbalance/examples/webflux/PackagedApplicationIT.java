package io.github.clickatellbalance.examples.webflux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.test.StandInGateway;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.test.web.reactive.server.WebTestClient;

/** The jar as a process of its own, with and without the code that Spring AOT has generated. */
class PackagedApplicationIT {
    private static final Path JAR = Path.of("target", "webflux-app.jar");

    private static ProcessBuilder java(String... options) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(options));
        command.addAll(List.of("-jar", JAR.toString(), "--server.port=0", "--server.address=127.0.0.1"));
        return new ProcessBuilder(command).redirectErrorStream(true);
    }

    /** Known at run time only: the build has no account. */
    private static ProcessBuilder withAccount(StandInGateway gateway, ProcessBuilder java) {
        java.environment().put("CLICKATELL_BASE_URL", gateway.baseUrl());
        java.environment().put("CLICKATELL_USER", StandInGateway.USER);
        java.environment().put("CLICKATELL_PASSWORD", StandInGateway.PASSWORD);
        java.environment().put("CLICKATELL_API_ID", StandInGateway.API_ID);
        return java;
    }

    private static void hasBalance(RunningProcess process, String amount, boolean isStandIn) {
        WebTestClient client = WebTestClient.bindToServer()
                .baseUrl("http://127.0.0.1:" + process.port())
                .responseTimeout(Duration.ofSeconds(30))
                .build();
        assertThat(client.get()
                        .uri("/api/balance/stream")
                        .header("Accept", "application/x-ndjson")
                        .exchange()
                        .returnResult(String.class)
                        .getResponseBody()
                        .blockFirst(Duration.ofSeconds(30)))
                .contains("\"state\":\"fresh\"", "\"amount\":\"" + amount + "\"", "\"unit\":\"credits\"");
        assertThat(text(client, "/api/settings"))
                .contains("\"isStandIn\":" + isStandIn, "\"name\":\"low\"", "\"name\":\"critical\"");
        assertThat(text(client, "/api/balance/history")).contains("\"amount\":\"" + amount + "\"");
        assertThat(text(client, "/actuator/health/clickatell")).contains("\"status\":\"UP\"");
        assertThat(text(client, "/actuator/prometheus"))
                .contains("clickatell_balance_amount", "clickatell_balance_time_to_empty_seconds");
        assertThat(text(client, "/")).contains("SMS credit");
    }

    private static String text(WebTestClient client, String path) {
        return String.valueOf(client.get()
                .uri(path)
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .returnResult()
                .getResponseBody());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void without_an_account_it_runs_on_the_stand_in(boolean aot) throws IOException {
        try (RunningProcess process = RunningProcess.start(java("-Dspring.aot.enabled=" + aot))) {
            assertThat(process.logged()).anyMatch(line -> line.contains("WARN") && line.contains("stand-in gateway"));
            hasBalance(process, "100.00", true);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void with_an_account_it_uses_the_account(boolean aot) throws IOException {
        try (StandInGateway gateway = StandInGateway.start()) {
            gateway.balance("77.00");
            try (RunningProcess process =
                    RunningProcess.start(withAccount(gateway, java("-Dspring.aot.enabled=" + aot)))) {
                assertThat(process.logged()).noneMatch(line -> line.contains("stand-in gateway"));
                hasBalance(process, "77.00", false);
            }
        }
    }

    /** For a cache of classes. */
    @Test
    void a_training_run_sends_nothing_to_the_gateway() throws IOException, InterruptedException {
        try (StandInGateway gateway = StandInGateway.start()) {
            Process process = withAccount(gateway, java("-Dspring.aot.enabled=true", "-Dspring.context.exit=onRefresh"))
                    .start();
            CompletableFuture.delayedExecutor(60, TimeUnit.SECONDS).execute(process::destroyForcibly);
            String log = new String(process.getInputStream().readAllBytes(), UTF_8);

            assertThat(process.waitFor()).as(log).isZero();
            assertThat(gateway.requests()).isZero();
        }
    }
}
