package io.github.clickatellbalance.examples.webflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.MediaType;

/** How the application starts, what it refuses to start with, and how it ends. */
class StartAndStopTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int STREAMS = 1_000;

    private static String firstLine(RunningApplication application) {
        return Objects.requireNonNull(application
                .client()
                .get()
                .uri("/api/balance/stream")
                .accept(MediaType.APPLICATION_NDJSON)
                .exchange()
                .returnResult(String.class)
                .getResponseBody()
                .blockFirst(TIMEOUT));
    }

    @ParameterizedTest
    @CsvSource({"http, credits", "http-session, credits", "rest, credits", "platform, ZAR", "one, ZAR"})
    void without_an_account_it_runs_on_the_stand_in_with_the_configured_api(String api, String unit) {
        try (RunningApplication application = RunningApplication.with(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--clickatell.interval=1h",
                "--clickatell.api=" + api)) {
            assertThat(firstLine(application)).contains("\"amount\":\"100.00\"", "\"unit\":\"" + unit + "\"");
            assertThat(application
                            .client()
                            .get()
                            .uri("/api/settings")
                            .exchange()
                            .expectBody(String.class)
                            .returnResult()
                            .getResponseBody())
                    .contains("\"isStandIn\":true");
        }
    }

    @Test
    void an_incomplete_account_stops_the_start_with_a_message_that_names_the_property() {
        refused("clickatell.password", "--clickatell.user=someone", "--clickatell.api-id=1");
        refused("clickatell.token", "--clickatell.api=rest", "--clickatell.api-key=canary");
        refused("clickatell.api-key", "--clickatell.api=platform", "--clickatell.user=canary");
        refused("clickatell.api-key", "--clickatell.api=one", "--clickatell.base-url=https://example.com");
        refused("clickatell.api", "--clickatell.api=soap");
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

    /** SIGTERM, as from a platform, to a process of its own. */
    @Test
    void a_thousand_streams_end_with_a_last_event_and_the_process_within_five_seconds_of_sigterm()
            throws IOException, InterruptedException {
        ProcessBuilder java = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                BalanceApplication.class.getName(),
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--clickatell.interval=1s");
        try (RunningProcess application = RunningProcess.start(java)) {
            List<BrowserStream> streams = BrowserStream.open(application.port(), STREAMS);
            for (BrowserStream stream : streams) {
                stream.readUntil("fresh");
            }

            long signalled = System.nanoTime();
            application.process().destroy();
            for (BrowserStream stream : streams) {
                assertThat(stream.readToTheEnd()).contains("fresh").endsWith("shutdown");
            }
            Duration ended = Duration.ofNanos(System.nanoTime() - signalled);
            assertThat(application.process().waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            Duration gone = Duration.ofNanos(System.nanoTime() - signalled);

            System.out.printf(
                    "SIGTERM with %d streams: all ended after %d ms, the process after %d ms%n",
                    STREAMS, ended.toMillis(), gone.toMillis());
            assertThat(gone).isLessThan(Duration.ofSeconds(5));
        }
    }
}
