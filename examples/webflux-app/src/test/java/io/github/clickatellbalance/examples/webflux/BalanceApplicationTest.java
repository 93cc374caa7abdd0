package io.github.clickatellbalance.examples.webflux;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.clickatellbalance.test.Fault;
import io.github.clickatellbalance.test.StandInGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.test.web.reactive.server.WebTestClient;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The paths of the application, over real sockets on loopback. The tests of the starter have the details. */
class BalanceApplicationTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final ParameterizedTypeReference<ServerSentEvent<String>> EVENT =
            new ParameterizedTypeReference<>() {};

    private static StandInGateway gateway;
    private static RunningApplication application;
    private static WebTestClient client;

    @BeforeAll
    static void start() {
        gateway = StandInGateway.start();
        application = RunningApplication.against(gateway);
        client = application.client();
    }

    @AfterAll
    static void stop() {
        application.close();
        gateway.close();
    }

    @BeforeEach
    void fresh() {
        gateway.balance("100.00");
        await(event -> "fresh".equals(event.event()) && amount(event).equals("100.00"));
    }

    private static Flux<ServerSentEvent<String>> events() {
        return client.get()
                .uri("/api/balance/stream")
                .accept(MediaType.TEXT_EVENT_STREAM)
                .exchange()
                .returnResult(EVENT)
                .getResponseBody();
    }

    private static void await(Predicate<ServerSentEvent<String>> condition) {
        assertThat(events().filter(condition).blockFirst(TIMEOUT)).isNotNull();
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

    private static String get(String path, int status) {
        return Objects.requireNonNull(client.get()
                .uri(path)
                .exchange()
                .expectStatus()
                .isEqualTo(status)
                .expectBody(String.class)
                .returnResult()
                .getResponseBody());
    }

    @Test
    void the_snapshot_has_the_amount_as_a_string() {
        JsonNode balance = json(get("/api/balance", 200));

        assertThat(balance.path("state").stringValue()).isEqualTo("fresh");
        assertThat(balance.path("amount").stringValue()).isEqualTo("100.00");
        assertThat(balance.path("unit").stringValue()).isEqualTo("credits");
    }

    @Test
    void the_history_ends_with_the_latest_balance() {
        JsonNode history = json(get("/api/balance/history", 200));

        JsonNode latest = history.get(history.size() - 1);
        assertThat(latest.path("amount").stringValue()).isEqualTo("100.00");
        assertThat(latest.path("retrievedAt").stringValue()).endsWith("Z");
    }

    @Test
    void the_settings_of_the_page_have_interval_and_thresholds_lowest_first() {
        assertThat(json(get("/api/settings", 200)))
                .isEqualTo(json("{\"isStandIn\": false, \"intervalMillis\": 200, \"thresholds\": ["
                        + "{\"name\": \"critical\", \"amount\": \"25\"}, {\"name\": \"low\", \"amount\": \"50\"}]}"));
    }

    @Test
    void a_stream_has_each_change_of_the_balance_and_the_state() {
        List<String> received = events().doOnNext(event -> {
                    if ("fresh".equals(event.event())) {
                        gateway.balance("12.50");
                    }
                    if ("low".equals(event.event()) && data(event).contains("critical")) {
                        gateway.fail(Fault.UNAVAILABLE);
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
                .block(TIMEOUT);

        assertThat(received)
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
    void alerts_are_logged() {
        Logger logger = (Logger) LoggerFactory.getLogger(AlertLog.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        gateway.balance("49.50");
        await(event -> "low".equals(event.event()));
        gateway.balance("100.00");
        await(event -> amount(event).equals("100.00"));
        logger.detachAppender(log);

        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .contains("LOW: the balance is 49.50 credits, the threshold low is 50");
    }

    @Test
    void prometheus_has_the_meters_and_no_secret() {
        assertThat(get("/actuator/prometheus", 200))
                .contains("clickatell_balance_amount 100.0")
                .contains("clickatell_balance_age_seconds 0.")
                .contains("clickatell_balance_burn_rate ", "clickatell_balance_time_to_empty_seconds ")
                .contains("clickatell_balance_threshold{threshold=\"low\"} 50.0")
                .contains("clickatell_balance_exchange_seconds_count{error=\"none\",outcome=\"success\",")
                .contains("clickatell_balance_polls_total", "clickatell_balance_retries_total")
                .contains("clickatell_balance_streams", "clickatell_balance_subscribers")
                .doesNotContain(RunningApplication.SECRET, "getbalance");
    }

    @ParameterizedTest
    @ValueSource(strings = {"clickatell.rules.yml", "clickatell.rules.test.yml"})
    void prometheus_has_each_meter_that_the_alerting_rules_use(String file) throws IOException {
        String rules = Files.readString(Path.of("..", "monitoring", file));
        Set<String> names = Pattern.compile("\\bclickatell_[a-z_]+")
                .matcher(rules)
                .results()
                .map(MatchResult::group)
                .collect(toSet());

        assertThat(names).contains("clickatell_balance_amount").hasSizeGreaterThanOrEqualTo(8);
        assertThat(get("/actuator/prometheus", 200).lines().map(line -> line.split("[{ ]", 2)[0]))
                .containsAll(names);
    }

    @Test
    void no_secret_is_in_the_environment_or_the_configuration() {
        for (String path : List.of("/actuator/env", "/actuator/configprops", "/actuator/beans")) {
            assertThat(get(path, 200)).as(path).doesNotContain(RunningApplication.SECRET);
        }
    }

    @Test
    void an_outage_of_the_gateway_changes_its_own_health_and_neither_readiness_nor_liveness() {
        assertThat(get("/actuator/health", 200)).contains("\"state\":\"fresh\"");
        gateway.fail(Fault.UNAVAILABLE);
        await(event -> "stale".equals(event.event()));

        JsonNode health = json(get("/actuator/health/clickatell", 503));
        assertThat(health.path("status").stringValue()).isEqualTo("DOWN");
        assertThat(health.path("details").path("state").stringValue()).isEqualTo("stale");
        assertThat(health.path("details").path("amount").stringValue()).isEqualTo("100.00");
        get("/actuator/health/liveness", 200);
        get("/actuator/health/readiness", 200);
    }
}
