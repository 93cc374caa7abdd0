package io.github.clickatellbalance.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.BalanceSignal;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.test.web.reactive.server.WebTestClient;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An application with WebFlux on Reactor Netty: streams, metrics, health, endpoint, observations. */
class WebFluxApplicationTest {
    private static final ParameterizedTypeReference<ServerSentEvent<String>> EVENT =
            new ParameterizedTypeReference<>() {};
    private static final String[] STREAMS = {
        "--clickatell.stream.path=/api/balance",
        "--clickatell.thresholds.low=50",
        "--clickatell.thresholds.critical=20",
        "--management.endpoints.web.exposure.include=*",
        "--management.endpoint.health.show-details=always"
    };

    /** Spring Boot cannot decide between two servers for the actuator's own port. */
    private static final String NO_TOMCAT = "--spring.autoconfigure.exclude="
            + "org.springframework.boot.tomcat.autoconfigure.actuate.web.server.TomcatReactiveManagementContextAutoConfiguration";

    private static TestApplication run(TestGateway gateway, List<Class<?>> beans, String... more) {
        return TestApplication.run(
                WebApplicationType.REACTIVE,
                gateway,
                beans,
                Flux.concat(Flux.fromArray(STREAMS), Flux.fromArray(more))
                        .collectList()
                        .blockOptional()
                        .orElseThrow()
                        .toArray(String[]::new));
    }

    private record Reply(int status, HttpHeaders headers, JsonNode json) {}

    private static Reply get(TestApplication application, String path) {
        var result = application
                .http()
                .get()
                .uri(path)
                .exchange()
                .expectBody(String.class)
                .returnResult();
        return new Reply(
                result.getStatus().value(),
                result.getResponseHeaders(),
                json(Objects.requireNonNull(result.getResponseBody())));
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    private static Flux<ServerSentEvent<String>> events(TestApplication application) {
        return application
                .http()
                .get()
                .uri("/api/balance/stream")
                .accept(MediaType.TEXT_EVENT_STREAM)
                .exchange()
                .returnResult(EVENT)
                .getResponseBody();
    }

    private static String data(ServerSentEvent<String> event) {
        return Objects.requireNonNull(event.data());
    }

    private static String amount(ServerSentEvent<String> event) {
        return json(data(event)).path("amount").asString("");
    }

    /** One application for all of them. */
    @Nested
    class Running {
        private static TestGateway gateway;
        private static TestApplication application;

        @BeforeAll
        static void start() {
            gateway = new TestGateway();
            application = run(gateway, List.of(Observed.class, Observed.Controller.class));
        }

        @AfterAll
        static void stop() {
            application.close();
            gateway.close();
        }

        @BeforeEach
        void well() {
            gateway.balance("100.00");
            event(event -> "fresh".equals(event.event()) && amount(event).equals("100.00"));
        }

        private ServerSentEvent<String> event(Predicate<ServerSentEvent<String>> condition) {
            return Objects.requireNonNull(events(application).filter(condition).blockFirst(TestApplication.TIMEOUT));
        }

        // Snapshot and history

        @Test
        void the_snapshot_is_flat_with_the_amount_as_a_string_and_is_not_cached() {
            Reply reply = get(application, "/api/balance");

            assertThat(reply.status).isEqualTo(200);
            assertThat(reply.headers.getContentType()).isEqualTo(MediaType.APPLICATION_JSON);
            assertThat(reply.headers.getCacheControl()).isEqualTo("no-store");
            assertThat(reply.json.path("state").stringValue()).isEqualTo("fresh");
            assertThat(reply.json.path("amount").stringValue()).isEqualTo("100.00");
            assertThat(reply.json.path("unit").stringValue()).isEqualTo("credits");
            assertThat(reply.json.path("retrievedAt").stringValue()).matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z");
            assertThat(reply.json.path("low").isEmpty()).isTrue();
        }

        @Test
        void the_snapshot_names_the_thresholds_above_the_balance() {
            gateway.balance("12.50");
            event(event -> amount(event).equals("12.50"));

            assertThat(get(application, "/api/balance").json.path("low").toString())
                    .isEqualTo("[\"critical\",\"low\"]");
        }

        @Test
        void the_history_has_the_last_balances_oldest_first() {
            gateway.balance("42.00");
            event(event -> amount(event).equals("42.00"));
            Reply reply = get(application, "/api/balance/history");

            assertThat(reply.status).isEqualTo(200);
            assertThat(reply.headers.getCacheControl()).isEqualTo("no-store");
            List<String> amounts = reply.json
                    .valueStream()
                    .map(balance -> balance.path("amount").stringValue())
                    .toList();
            assertThat(amounts).containsSubsequence("100.00", "42.00").last().isEqualTo("42.00");
            assertThat(reply.json
                            .valueStream()
                            .map(balance -> balance.path("retrievedAt").stringValue()))
                    .isSorted();
        }

        // Streams

        @Test
        void a_stream_begins_with_the_current_state_and_has_what_follows() {
            List<String> received = events(application)
                    .doOnNext(event -> {
                        if ("fresh".equals(event.event())) {
                            gateway.balance("12.50");
                        }
                        if ("low".equals(event.event()) && data(event).contains("\"low\"")) {
                            gateway.outage();
                        }
                        if ("stale".equals(event.event())) {
                            gateway.balance("60.00");
                        }
                    })
                    .filter(event -> event.event() != null)
                    .map(event -> event.event() + " "
                            + json(data(event)).path("threshold").asString("") + " " + amount(event))
                    .distinct()
                    .take(8)
                    .collectList()
                    .blockOptional(TestApplication.TIMEOUT)
                    .orElseThrow();

            // The stream goes on with 12.50 after the first recovery.
            assertThat(received)
                    .startsWith(
                            "fresh  100.00",
                            "fresh  12.50",
                            "low critical 12.50",
                            "low low 12.50",
                            "stale  12.50",
                            "fresh  60.00",
                            "recovered critical 60.00",
                            "recovered low 60.00");
        }

        @Test
        void a_stream_cannot_be_cached_or_held_back_by_a_proxy_and_has_ids() {
            var response = application.http().get().uri("/api/balance/stream").exchange();
            response.expectStatus()
                    .isOk()
                    .expectHeader()
                    .contentTypeCompatibleWith(MediaType.TEXT_EVENT_STREAM)
                    .expectHeader()
                    .valueEquals("Cache-Control", "no-store")
                    .expectHeader()
                    .valueEquals("X-Accel-Buffering", "no");
            List<String> ids = response.returnResult(EVENT)
                    .getResponseBody()
                    .take(3)
                    .map(event -> String.valueOf(event.id()))
                    .collectList()
                    .blockOptional(TestApplication.TIMEOUT)
                    .orElseThrow();
            assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.matches("\\d+\\.\\d+"));
        }

        @Test
        void a_browser_that_reconnects_gets_the_current_state_at_once_and_no_history() {
            String old = String.valueOf(event(event -> true).id());
            events(application).skip(3).blockFirst(TestApplication.TIMEOUT);
            for (String id : List.of(old, "1.1", "garbage")) {
                int latest = count(application
                        .bean(BalanceMonitor.class)
                        .latest()
                        .orElseThrow()
                        .version());
                ServerSentEvent<String> first = Objects.requireNonNull(application
                        .http()
                        .get()
                        .uri("/api/balance/stream")
                        .header("Last-Event-ID", id)
                        .exchange()
                        .returnResult(EVENT)
                        .getResponseBody()
                        .blockFirst(TestApplication.TIMEOUT));
                assertThat(count(String.valueOf(first.id()))).isGreaterThanOrEqualTo(latest);
            }
        }

        private int count(String version) {
            return Integer.parseInt(version.substring(version.indexOf('.') + 1));
        }

        @Test
        void the_same_as_lines_of_json_for_a_client_that_accepts_them() {
            for (String accept : List.of(
                    "application/x-ndjson", "application/x-ndjson;q=0.9", "application/x-ndjson;q=0.9, */*;q=0.1")) {
                var response = application
                        .http()
                        .get()
                        .uri("/api/balance/stream")
                        .header("Accept", accept)
                        .exchange();
                response.expectHeader()
                        .contentTypeCompatibleWith(MediaType.APPLICATION_NDJSON)
                        .expectHeader()
                        .valueEquals("Cache-Control", "no-store")
                        .expectHeader()
                        .valueEquals("X-Accel-Buffering", "no");
                String line = Objects.requireNonNull(
                        response.returnResult(String.class).getResponseBody().blockFirst(TestApplication.TIMEOUT));
                assertThat(json(line).path("amount").stringValue()).isEqualTo("100.00");
            }
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "*/*",
                    "text/event-stream, application/x-ndjson;q=0.1",
                    "application/x-ndjson;q=0.1, text/event-stream",
                    "application/x-ndjson, text/event-stream",
                    "application/x-ndjson;q=0, */*"
                })
        void events_are_the_default_unless_lines_are_preferred(String accept) {
            var result = application
                    .http()
                    .get()
                    .uri("/api/balance/stream")
                    .header("Accept", accept)
                    .exchange()
                    .returnResult(String.class);
            result.getResponseBody().blockFirst(TestApplication.TIMEOUT); // ends the stream
            assertThat(result.getStatus().value()).isEqualTo(200);
            assertThat(result.getResponseHeaders().getContentType())
                    .matches(MediaType.TEXT_EVENT_STREAM::equalsTypeAndSubtype);
        }

        @Test
        void a_malformed_accept_is_answered_with_406_and_is_no_error_in_the_log() {
            try (LogWatch log = new LogWatch("org.springframework")) {
                application
                        .http()
                        .get()
                        .uri("/api/balance/stream")
                        .header("Accept", "foo")
                        .exchange()
                        .expectStatus()
                        .isEqualTo(406);
                assertThat(log.lines()).noneMatch(line -> line.startsWith("ERROR"));
            }
        }

        @Test
        void a_stale_signal_is_small_and_has_no_stack_trace() {
            gateway.outage();
            ServerSentEvent<String> stale = event(event -> "stale".equals(event.event()));

            assertThat(data(stale).getBytes(UTF_8)).hasSizeLessThan(1_000);
            assertThat(data(stale)).contains("503").doesNotContain("Exception", "\"cause\"", "stackTrace", "canary");
            BalanceSignal signal = application.feed().latest().orElseThrow();
            assertThat(application.bean(JsonMapper.class).writeValueAsString(signal))
                    .as("written by an application with Spring Boot's mapper")
                    .hasSizeLessThan(1_000)
                    .contains("\"state\":\"stale\"")
                    .doesNotContain("Exception", "\"cause\"", "stackTrace");
        }

        // Metrics, health, endpoint

        @Test
        void prometheus_has_the_gauges_under_their_names_and_no_secret() {
            // Those of other tests.
            TestApplication.await(() -> application.bean(BalanceMonitor.class).streams() == 0);
            assertThat(application.get("/actuator/prometheus"))
                    .contains("\nclickatell_balance_amount 100.0\n")
                    .containsPattern("\nclickatell_balance_age_seconds 0\\.")
                    .containsPattern("\nclickatell_balance_burn_rate (NaN|[0-9.E]+)\n")
                    .containsPattern("\nclickatell_balance_time_to_empty_seconds (NaN|\\+Inf|[0-9.E]+)\n")
                    .contains("\nclickatell_balance_threshold{threshold=\"low\"} 50.0\n")
                    .contains("\nclickatell_balance_threshold{threshold=\"critical\"} 20.0\n")
                    .contains("clickatell_balance_exchange_seconds_count{error=\"none\",outcome=\"success\"")
                    .contains("clickatell_balance_polls_total", "clickatell_balance_retries_total")
                    .contains("\nclickatell_balance_streams 0.0\n", "\nclickatell_balance_subscribers 2.0\n")
                    .doesNotContain("canary", "getbalance");
        }

        @Test
        void an_outage_is_in_its_own_health_and_in_neither_readiness_nor_liveness() {
            assertThat(get(application, "/actuator/health/clickatell")
                            .json
                            .path("status")
                            .stringValue())
                    .isEqualTo("UP");
            gateway.outage();
            event(event -> "stale".equals(event.event()));

            Reply health = get(application, "/actuator/health/clickatell");
            assertThat(health.status).isEqualTo(503);
            assertThat(health.json.path("status").stringValue()).isEqualTo("DOWN");
            JsonNode details = health.json.path("details");
            assertThat(details.path("state").stringValue()).isEqualTo("stale");
            assertThat(details.path("amount").stringValue()).isEqualTo("100.00");
            assertThat(details.path("reason").stringValue()).contains("503");
            assertThat(details.path("ageSeconds").isNumber()).isTrue();
            for (String probe : List.of("liveness", "readiness")) {
                assertThat(application.get("/actuator/health/" + probe))
                        .contains("UP")
                        .doesNotContain("clickatell");
            }
        }

        @Test
        void the_endpoint_has_the_same_json_as_the_snapshot() {
            gateway.outage(); // a state that stays the same for a while
            event(event -> "stale".equals(event.event()));
            for (int i = 0; ; i++) {
                JsonNode endpoint = get(application, "/actuator/clickatell").json;
                JsonNode snapshot = get(application, "/api/balance").json;
                if (endpoint.path("version").equals(snapshot.path("version"))) {
                    assertThat(endpoint.propertyNames()).containsExactlyElementsOf(snapshot.propertyNames());
                    assertThat(endpoint.path("amount")).isEqualTo(snapshot.path("amount"));
                    assertThat(endpoint.path("state").stringValue()).isEqualTo("stale");
                    return;
                }
                assertThat(i).as("polls between two requests").isLessThan(20);
            }
        }

        // Observations

        @Test
        void the_polls_of_the_feed_have_no_parent_whoever_subscribed_first() {
            List<String> observations = application.bean(Observed.class).observations;
            observations.clear();
            events(application).skip(2).blockFirst(TestApplication.TIMEOUT);
            assertThat(observations)
                    .contains("clickatell.balance.poll in none")
                    .doesNotContain("clickatell.balance.poll in http.server.requests");
        }
    }

    // Others

    @Test
    void before_the_first_balance_the_state_is_unknown() {
        try (TestGateway gateway = new TestGateway()) {
            gateway.silence();
            try (TestApplication application = run(gateway, List.of(), "--clickatell.interval=1h")) {
                Reply snapshot = get(application, "/api/balance");
                assertThat(snapshot.status).isEqualTo(503);
                assertThat(String.valueOf(snapshot.headers.getContentType())).isEqualTo("application/problem+json");
                assertThat(snapshot.headers.getCacheControl()).isEqualTo("no-store");
                assertThat(snapshot.json.path("title").stringValue()).isEqualTo("The balance is not known");

                assertThat(get(application, "/api/balance/history").json.isEmpty())
                        .isTrue();
                assertThat(application.get("/actuator/clickatell")).isEqualTo("{\"state\":\"unknown\"}");
                assertThat(get(application, "/actuator/health/clickatell")
                                .json
                                .path("status")
                                .stringValue())
                        .isEqualTo("UNKNOWN");
                assertThat(get(application, "/actuator/health")
                                .json
                                .path("status")
                                .stringValue())
                        .isEqualTo("UP");
                assertThat(application.get("/actuator/prometheus"))
                        .contains("\nclickatell_balance_amount NaN\n", "\nclickatell_balance_age_seconds NaN\n");
            }
        }
    }

    @Test
    void a_refused_account_is_a_problem_that_says_why() {
        try (TestGateway gateway = new TestGateway()) {
            gateway.refuse();
            try (TestApplication application = run(gateway, List.of())) {
                application.await(signal -> signal instanceof BalanceSignal.Rejected);
                assertThat(events(application).blockFirst(TestApplication.TIMEOUT))
                        .satisfies(event -> assertThat(event.event()).isEqualTo("rejected"));

                Reply problem = get(application, "/api/balance");
                assertThat(problem.status).isEqualTo(503);
                assertThat(problem.json.path("detail").stringValue())
                        .contains("001")
                        .doesNotContain("canary");
                Reply health = get(application, "/actuator/health/clickatell");
                assertThat(health.json.path("status").stringValue()).isEqualTo("DOWN");
                assertThat(health.json.path("details").path("state").stringValue())
                        .isEqualTo("rejected");
            }
        }
    }

    @Test
    void the_streams_are_off_by_default_and_there_may_be_no_thresholds() {
        try (TestGateway gateway = new TestGateway();
                TestApplication application = TestApplication.run(WebApplicationType.REACTIVE, gateway, List.of())) {
            for (String path : List.of("/api/balance", "/api/balance/stream", "/stream", "/history")) {
                assertThat(get(application, path).status).as(path).isEqualTo(404);
            }
        }
        try (TestGateway gateway = new TestGateway();
                TestApplication application = TestApplication.run(
                        WebApplicationType.REACTIVE, gateway, List.of(), "--clickatell.stream.path=/api/balance")) {
            assertThat(events(application).blockFirst(TestApplication.TIMEOUT))
                    .satisfies(event -> assertThat(event.event()).isEqualTo("fresh"));
        }
    }

    /** Without the starter's listener, the server would wait twenty seconds for the stream. */
    @Test
    void open_streams_end_with_a_last_event_when_the_application_stops_and_do_not_delay_it() {
        try (TestGateway gateway = new TestGateway();
                TestApplication application = run(
                        gateway,
                        List.of(),
                        "--server.shutdown=graceful",
                        "--spring.lifecycle.timeout-per-shutdown-phase=20s")) {
            List<ServerSentEvent<String>> received = new CopyOnWriteArrayList<>();
            var end = events(application).doOnNext(received::add).then().toFuture();
            var lines = application
                    .http()
                    .get()
                    .uri("/api/balance/stream")
                    .accept(MediaType.APPLICATION_NDJSON)
                    .exchange()
                    .returnResult(String.class)
                    .getResponseBody()
                    .then()
                    .toFuture();
            TestApplication.await(() -> !received.isEmpty());
            long start = System.nanoTime();
            application.context.close();

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            assertThat(end).succeedsWithin(TestApplication.TIMEOUT);
            assertThat(lines).succeedsWithin(TestApplication.TIMEOUT);
            ServerSentEvent<String> last = received.get(received.size() - 1);
            assertThat(last.event()).isEqualTo("shutdown");
            assertThat(last.id()).isNull();
            assertThat(last.retry()).isEqualTo(Duration.ofSeconds(2));
        }
    }

    @Test
    void the_actuator_may_have_a_port_of_its_own() {
        try (TestGateway gateway = new TestGateway();
                TestApplication application = run(
                        gateway,
                        List.of(),
                        "--management.server.port=0",
                        "--management.server.address=127.0.0.1",
                        NO_TOMCAT)) {
            application.awaitAmount("100.00");
            int port = Objects.requireNonNull(
                    application.context.getEnvironment().getProperty("local.management.port", Integer.class));
            assertThat(WebTestClient.bindToServer()
                            .baseUrl("http://127.0.0.1:" + port)
                            .build()
                            .get()
                            .uri("/actuator/clickatell")
                            .exchange()
                            .expectStatus()
                            .isOk()
                            .expectBody(String.class)
                            .returnResult()
                            .getResponseBody())
                    .contains("\"amount\":\"100.00\"");
            assertThat(get(application, "/actuator/clickatell").status).isEqualTo(404);
        }
    }
}
