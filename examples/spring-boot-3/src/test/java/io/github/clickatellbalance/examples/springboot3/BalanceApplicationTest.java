package io.github.clickatellbalance.examples.springboot3;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.test.Fault;
import io.github.clickatellbalance.test.StandInGateway;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.Version;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.context.support.GenericApplicationContext;
import reactor.core.publisher.Flux;
import reactor.netty.http.client.HttpClient;

/** The application on Spring Boot 3.5, over real sockets on loopback. */
class BalanceApplicationTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private static StandInGateway gateway;
    private static RunningApplication application;

    @BeforeAll
    static void start() {
        gateway = StandInGateway.start();
        application = new RunningApplication(gateway, Listener.class);
    }

    @AfterAll
    static void stop() {
        application.close();
        gateway.close();
    }

    @BeforeEach
    void allIsWell() {
        gateway.balance("100.00");
        await("\"amount\":\"100.00\"", "\"fresh\":true");
    }

    private static void await(String... parts) {
        Objects.requireNonNull(
                application.stream()
                        .filter(event -> List.of(parts).stream().allMatch(event::contains))
                        .blockFirst(TIMEOUT),
                "The stream has ended");
    }

    @Test
    void the_libraries_are_of_the_generation_of_spring_boot_3_5() {
        assertThat(SpringBootVersion.getVersion()).isEqualTo("3.5.16");
        assertThat(version(Flux.class)).startsWith("3.7.");
        assertThat(version(HttpClient.class)).startsWith("1.2.");
        assertThat(version(MeterRegistry.class)).startsWith("1.15.");
        assertThat(new ObjectMapper().version().toString()).startsWith("2.21.");
        assertThat(Version.identify().values())
                .isNotEmpty()
                .allSatisfy(artifact -> assertThat(artifact.artifactVersion()).isEqualTo("4.1.135.Final"));
    }

    private static @Nullable String version(Class<?> type) {
        return type.getPackage().getImplementationVersion();
    }

    @Test
    void the_balance_is_served_with_its_digits() {
        assertThat(application.get("/api/balance", 200))
                .matches("\\{\"amount\":\"100.00\",\"unit\":\"credits\",\"retrievedAt\":\"[-0-9]+T[0-9:.]+Z\","
                        + "\"fresh\":true}");
    }

    @Test
    void health_is_down_in_an_outage_and_the_last_balance_is_still_served() {
        assertThat(application.get("/actuator/health/clickatell", 200)).contains("\"UP\"", "\"amount\":\"100.00\"");

        gateway.fail(Fault.LOGIN_PAGE);
        await("\"amount\":\"100.00\"", "\"fresh\":false");

        assertThat(application.get("/actuator/health/clickatell", 503))
                .contains("\"DOWN\"", "\"amount\":\"100.00\"", "\"reason\"");
        assertThat(application.get("/actuator/health", 503)).contains("\"DOWN\"");
        assertThat(application.get("/actuator/health/readiness", 200)).contains("\"UP\"");
        assertThat(application.get("/actuator/health/liveness", 200)).contains("\"UP\"");
        assertThat(application.get("/api/balance", 200)).contains("\"amount\":\"100.00\"", "\"fresh\":false");
    }

    @Test
    void prometheus_has_the_metrics_of_client_and_feed() {
        assertThat(application.get("/actuator/prometheus", 200))
                .contains("clickatell_balance_amount 100.0", "clickatell_balance_age_seconds 0.")
                .contains("clickatell_balance_polls_total", "clickatell_balance_retries_total")
                .contains("clickatell_balance_exchange_seconds_count{error=\"none\",outcome=\"success\",");
    }

    @Test
    void the_feed_starts_when_the_application_is_ready() {
        assertThat(application.context().getBean(Listener.class).subscribersAtStart)
                .isZero();
    }

    @Test
    void alerts_are_events_and_a_failing_listener_does_not_end_them() throws InterruptedException {
        Listener listener = application.context().getBean(Listener.class);

        gateway.balance("12.50");
        BalanceAlert low = listener.next();
        gateway.balance("55.00");
        BalanceAlert recovered = listener.next();

        assertThat(low.kind()).isEqualTo(BalanceAlert.Kind.LOW);
        assertThat(low.balance().amount()).isEqualTo(new BigDecimal("12.50"));
        assertThat(recovered.kind()).isEqualTo(BalanceAlert.Kind.RECOVERED);
    }

    static final class Listener {
        private final BlockingQueue<BalanceAlert> alerts = new LinkedBlockingQueue<>();
        private final BalanceFeed feed;
        private int subscribersAtStart = -1;

        Listener(BalanceFeed feed) {
            this.feed = feed;
        }

        /** The last event before the application is ready. */
        @EventListener(ApplicationStartedEvent.class)
        void started() {
            subscribersAtStart = feed.subscribers();
        }

        @EventListener
        void on(BalanceAlert alert) {
            alerts.add(alert);
            throw new IllegalStateException("This listener always fails");
        }

        BalanceAlert next() throws InterruptedException {
            return Objects.requireNonNull(alerts.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS), "There was no alert");
        }
    }

    @Test
    void no_secret_is_in_the_actuator() {
        assertThat(application.get("/actuator/env", 200)).contains("\"CLICKATELL_PASSWORD\":{\"value\":\"******\"}");
        for (String path : List.of(
                "env", "env/clickatell.password", "configprops", "beans", "conditions", "prometheus", "health")) {
            assertThat(application.get("/actuator/" + path, 200))
                    .as(path)
                    .doesNotContain(StandInGateway.USER, StandInGateway.PASSWORD, StandInGateway.API_ID);
        }
    }

    @Test
    void the_end_of_a_child_context_does_not_stop_the_feed() {
        GenericApplicationContext child = new GenericApplicationContext(application.context());
        child.refresh();
        child.close();

        gateway.balance("70.00");
        await("\"amount\":\"70.00\"", "\"fresh\":true");
    }
}
