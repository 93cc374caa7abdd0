package io.github.clickatellbalance.examples.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.test.web.reactive.server.WebTestClient;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The endpoints, over real sockets on loopback. */
class BalanceApplicationTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ParameterizedTypeReference<ServerSentEvent<String>> EVENT =
            new ParameterizedTypeReference<>() {};

    private static TestGateway gateway;
    private static RunningApplication application;
    private static WebTestClient client;

    @BeforeAll
    static void start() {
        gateway = new TestGateway();
        application = RunningApplication.against(gateway);
        client = application.client();
    }

    @AfterAll
    static void stop() {
        application.close();
        gateway.close();
    }

    @BeforeEach
    void allIsWell() {
        gateway.balance("100.00");
        await(event -> "fresh".equals(event.event()) && amount(event).equals("100.00"));
    }

    private static Flux<ServerSentEvent<String>> events() {
        return events(client);
    }

    private static Flux<ServerSentEvent<String>> events(WebTestClient client) {
        return client.get()
                .uri("/api/balance/stream")
                .accept(MediaType.TEXT_EVENT_STREAM)
                .exchange()
                .returnResult(EVENT)
                .getResponseBody();
    }

    private static ServerSentEvent<String> await(Predicate<ServerSentEvent<String>> condition) {
        return Objects.requireNonNull(events().filter(condition).blockFirst(PATIENCE));
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    private static String data(ServerSentEvent<String> event) {
        return Objects.requireNonNull(event.data());
    }

    private static String amount(ServerSentEvent<String> event) {
        return json(data(event)).path("amount").asString("");
    }

    // Snapshot

    private record Answer(HttpStatusCode status, HttpHeaders headers, JsonNode json) {}

    private static Answer get(WebTestClient client, String path) {
        var result = client.get().uri(path).exchange().expectBody(String.class).returnResult();
        return new Answer(
                result.getStatus(),
                result.getResponseHeaders(),
                json(Objects.requireNonNull(result.getResponseBody())));
    }

    @Test
    void the_snapshot_has_the_balance_at_the_top_level_with_the_amount_as_a_string() {
        Answer answer = get(client, "/api/balance");

        assertThat(answer.status).isEqualTo(HttpStatus.OK);
        assertThat(answer.headers.getContentType()).isEqualTo(MediaType.APPLICATION_JSON);
        assertThat(answer.headers.getCacheControl()).isEqualTo("no-store");
        assertThat(answer.json.path("amount").stringValue()).isEqualTo("100.00");
        assertThat(answer.json.path("unit").stringValue()).isEqualTo("credits");
        assertThat(answer.json.path("retrievedAt").stringValue()).matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z");
        assertThat(answer.json.path("state").stringValue()).isEqualTo("fresh");
    }

    // Streams

    @Test
    void a_stream_begins_with_the_current_state_and_tells_what_follows() {
        List<String> told = events().doOnNext(event -> {
                    if ("fresh".equals(event.event())) {
                        gateway.balance("12.50");
                    }
                    if ("low".equals(event.event()) && data(event).contains("critical")) {
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
                .take(7)
                .collectList()
                .block(PATIENCE);

        assertThat(told)
                .containsExactly(
                        "fresh  100.00",
                        "fresh  12.50",
                        "low critical 12.50",
                        "low low 12.50",
                        "stale  12.50",
                        "fresh  60.00",
                        "recovered critical 60.00");
    }

    @Test
    void a_stream_cannot_be_cached_or_held_back_by_a_proxy_and_has_versions() {
        var response = client.get().uri("/api/balance/stream").exchange();
        response.expectStatus()
                .isOk()
                .expectHeader()
                .contentTypeCompatibleWith(MediaType.TEXT_EVENT_STREAM)
                .expectHeader()
                .valueEquals("Cache-Control", "no-store")
                .expectHeader()
                .valueEquals("X-Accel-Buffering", "no");
        List<String> versions = response.returnResult(EVENT)
                .getResponseBody()
                .take(3)
                .map(event -> String.valueOf(event.id()))
                .collectList()
                .block(PATIENCE);
        assertThat(versions).doesNotHaveDuplicates().allMatch(version -> version.matches("\\d+\\.\\d+"));
    }

    @Test
    void whoever_comes_back_gets_the_current_state_once_and_no_history() {
        String old = String.valueOf(await(event -> true).id());
        events().skip(5).blockFirst(PATIENCE); // history is made
        for (String id : List.of(old, "1.1", "garbage")) {
            int latest = count(
                    application.bean(LiveBalance.class).latest().orElseThrow().version());
            ServerSentEvent<String> first = client.get()
                    .uri("/api/balance/stream")
                    .header("Last-Event-ID", id)
                    .exchange()
                    .returnResult(EVENT)
                    .getResponseBody()
                    .blockFirst(PATIENCE);
            assertThat(count(String.valueOf(Objects.requireNonNull(first).id())))
                    .isGreaterThanOrEqualTo(latest);
        }
    }

    private static int count(String version) {
        return Integer.parseInt(version.substring(version.indexOf('.') + 1));
    }

    @Test
    void the_same_as_lines_of_json_when_asked_for() {
        var response = client.get()
                .uri("/api/balance/stream")
                .accept(MediaType.APPLICATION_NDJSON)
                .exchange();
        response.expectHeader()
                .contentTypeCompatibleWith(MediaType.APPLICATION_NDJSON)
                .expectHeader()
                .valueEquals("Cache-Control", "no-store")
                .expectHeader()
                .valueEquals("X-Accel-Buffering", "no");
        JsonNode line = response.returnResult(JsonNode.class).getResponseBody().blockFirst(PATIENCE);
        assertThat(Objects.requireNonNull(line).path("amount").asString()).isEqualTo("100.00");
    }

    // Metrics and health

    @Test
    void prometheus_has_our_meters_and_no_secret() {
        String metrics = text("/actuator/prometheus");
        assertThat(metrics)
                .contains("clickatell_balance_amount 100.0")
                .contains("clickatell_balance_age_seconds 0.")
                .contains("clickatell_balance_exchange_seconds_count{error=\"none\",outcome=\"success\"}")
                .contains("clickatell_balance_polls_total", "clickatell_balance_retries_total")
                .contains("clickatell_balance_streams", "clickatell_balance_subscribers 1.0")
                .doesNotContain("canary", "getbalance");
    }

    @Test
    void no_secret_is_in_the_environment_or_the_configuration() {
        for (String path : List.of("/actuator/env", "/actuator/configprops", "/actuator/beans")) {
            assertThat(text(path)).as(path).doesNotContain("canary");
        }
        assertThat(application.bean(ClickatellProperties.class).toString()).doesNotContain("canary");
    }

    @Test
    void an_outage_of_the_gateway_is_told_by_its_own_health_and_touches_neither_readiness_nor_liveness() {
        assertThat(text("/actuator/health")).contains("\"state\":\"fresh\"");
        gateway.outage();
        await(event -> "stale".equals(event.event()));

        Answer health = get(client, "/actuator/health/clickatell");
        assertThat(health.status).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
        assertThat(health.json.path("status").stringValue()).isEqualTo("DOWN");
        assertThat(health.json.path("details").path("state").stringValue()).isEqualTo("stale");
        assertThat(health.json.path("details").path("amount").stringValue()).isEqualTo("100.00");
        for (String probe : List.of("liveness", "readiness")) {
            client.get()
                    .uri("/actuator/health/" + probe)
                    .exchange()
                    .expectStatus()
                    .isOk();
        }
    }

    private static String text(String path) {
        return Objects.requireNonNull(client.get()
                .uri(path)
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .returnResult()
                .getResponseBody());
    }
}
