package io.github.clickatellbalance.examples.webflux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.MediaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How the application starts, with what it refuses to, and how it ends. One at a time: each has Netty's threads for itself. */
class StartAndStopTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static String firstLine(RunningApplication application) {
        return Objects.requireNonNull(application
                .client()
                .get()
                .uri("/api/balance/stream")
                .accept(MediaType.APPLICATION_NDJSON)
                .exchange()
                .returnResult(String.class)
                .getResponseBody()
                .blockFirst(PATIENCE));
    }

    private static JsonNode json(RunningApplication application, String path, int status, String type) {
        var result = application
                .client()
                .get()
                .uri(path)
                .exchange()
                .expectBody(String.class)
                .returnResult();
        assertThat(result.getStatus().value()).isEqualTo(status);
        assertThat(String.valueOf(result.getResponseHeaders().getContentType())).isEqualTo(type);
        return JsonMapper.shared().readTree(Objects.requireNonNull(result.getResponseBody()));
    }

    @Test
    void without_a_balance_the_snapshot_is_a_problem_that_says_why() {
        try (TestGateway gateway = new TestGateway()) {
            gateway.refuse();
            try (RunningApplication application = RunningApplication.against(gateway)) {
                assertThat(firstLine(application)).contains("\"state\":\"rejected\"");

                JsonNode problem = json(application, "/api/balance", 503, "application/problem+json");
                assertThat(problem.path("status").intValue()).isEqualTo(503);
                assertThat(problem.path("title").stringValue()).isEqualTo("The balance is not known");
                assertThat(problem.path("detail").stringValue()).contains("001").doesNotContain("canary");
            }
        }
    }

    @Test
    void health_asks_nobody() {
        try (TestGateway gateway = new TestGateway();
                RunningApplication application = RunningApplication.against(gateway, "--clickatell.interval=1h")) {
            assertThat(firstLine(application)).contains("\"amount\":\"100.00\"");
            for (int i = 0; i < 20; i++) {
                json(application, "/actuator/health", 200, "application/vnd.spring-boot.actuator.v3+json");
            }
            assertThat(gateway.requests()).isEqualTo(1);
        }
    }

    @Test
    void without_credentials_it_runs_on_the_stand_in_and_says_so() {
        try (RunningApplication application =
                RunningApplication.with("--server.port=0", "--server.address=127.0.0.1", "--clickatell.interval=1s")) {
            assertThat(firstLine(application)).contains("\"amount\":\"100.00\"");
            assertThat(json(application, "/api/settings", 200, "application/json")
                            .path("isStandIn")
                            .booleanValue())
                    .isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"http, credits", "http-session, credits", "rest, credits", "platform, ZAR", "one, ZAR"})
    void the_configuration_names_the_api(String name, String unit) {
        try (RunningApplication application = RunningApplication.with(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--clickatell.interval=1h",
                "--clickatell.api=" + name)) {
            assertThat(firstLine(application)).contains("\"amount\":\"100.00\"", "\"unit\":\"" + unit + "\"");
        }
    }

    @Test
    void a_wrong_property_stops_the_start_with_a_message_that_names_it() {
        refused("clickatell.interval", "--clickatell.interval=0s");
        refused("clickatell.password", "--clickatell.user=someone", "--clickatell.api-id=1");
        refused(
                "clickatell.api must be one of http, http-session, rest, platform, one, but was: soap",
                "--clickatell.api=soap");
        refused("clickatell.token", "--clickatell.api=rest", "--clickatell.api-key=canary");
        refused("clickatell.api-key", "--clickatell.api=platform", "--clickatell.user=canary");
        refused("clickatell.api-key", "--clickatell.api=one", "--clickatell.api-key=Bearer canary");
        refused("clickatell.base-url", "--clickatell.api=one", "--clickatell.base-url=https://example.com");
        refused("clickatell.margin", "--clickatell.margin=-1");
        refused("clickatell.burn-rate-window", "--clickatell.burn-rate-window=1s");
        refused("clickatell.burn-rate-window", "--clickatell.burn-rate-window=400d");
        refused(
                "clickatell.base-url",
                "--clickatell.base-url=http://example.com",
                "--clickatell.user=a",
                "--clickatell.password=canary",
                "--clickatell.api-id=c");
        refused("clickatell.thresholds", "--clickatell.thresholds.low=much");
    }

    private static void refused(String property, String... arguments) {
        String[] all = Stream.concat(Stream.of("--server.port=0"), Stream.of(arguments))
                .toArray(String[]::new);
        assertThatThrownBy(() -> RunningApplication.with(all).close()).satisfies(failure -> {
            StringBuilder messages = new StringBuilder();
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                messages.append(cause.getMessage()).append('\n');
            }
            assertThat(messages.toString()).contains(property).doesNotContain("canary");
        });
    }

    /** As a platform does it, to a process of its own. */
    @Test
    void open_streams_end_with_a_last_event_within_two_seconds_of_sigterm() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        BalanceApplication.class.getName(),
                        "--server.port=0",
                        "--server.address=127.0.0.1",
                        "--clickatell.interval=1s")
                .redirectErrorStream(true)
                .start();
        try {
            List<String> logged = new ArrayList<>();
            BufferedReader log = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + port(log, logged) + "/api/balance/stream"))
                    .header("Accept", "text/event-stream")
                    .build();
            List<String> events = new ArrayList<>();
            long[] signalled = new long[1];
            HttpClient.newHttpClient()
                    .send(request, HttpResponse.BodyHandlers.ofLines())
                    .body()
                    .filter(line -> line.startsWith("event:"))
                    .forEach(event -> {
                        events.add(event);
                        if (events.size() == 2) {
                            signalled[0] = System.nanoTime();
                            process.destroy();
                        }
                    });
            Duration took = Duration.ofNanos(System.nanoTime() - signalled[0]);

            assertThat(logged).anyMatch(line -> line.contains("this shows a stand-in gateway"));
            assertThat(events).startsWith("event:fresh").endsWith("event:shutdown");
            assertThat(took).isLessThan(Duration.ofSeconds(2));
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    private static String port(BufferedReader log, List<String> logged) throws IOException {
        Pattern started = Pattern.compile("Netty started on port (\\d+)");
        for (String line; (line = log.readLine()) != null; ) {
            logged.add(line);
            Matcher matcher = started.matcher(line);
            if (matcher.find()) {
                return matcher.group(1);
            }
        }
        throw new AssertionError("The application ended");
    }
}
