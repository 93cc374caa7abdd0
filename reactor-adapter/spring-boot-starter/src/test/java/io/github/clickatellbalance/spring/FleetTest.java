package io.github.clickatellbalance.spring;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.BalanceAlert;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** Several applications with one account and one real Redis. */
@Tag("wire")
@Tag("redis")
class FleetTest {
    private static final Duration INTERVAL = Duration.ofMillis(400);
    private static final String[] SETTINGS = {
        "--clickatell.interval=400ms", "--clickatell.thresholds.low=50", "--clickatell.margin=5"
    };

    @Configuration(proxyBeanMethods = false)
    static class Listener {
        final List<String> alerts = new CopyOnWriteArrayList<>();
        final List<String> threads = new CopyOnWriteArrayList<>();
        volatile boolean isBroken;

        @EventListener
        void on(BalanceAlert alert) {
            alerts.add(alert.kind() + " " + alert.balance().amount());
            threads.add(Thread.currentThread().getName());
            if (isBroken) {
                throw new IllegalStateException("broken listener");
            }
        }
    }

    /** Otherwise Spring Boot detaches the test's appender. */
    @BeforeEach
    void keepTheAppender() {
        System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE);
    }

    @AfterEach
    void reset() {
        System.clearProperty(LoggingSystem.SYSTEM_PROPERTY);
    }

    private static TestApplication run(TestGateway gateway, RedisServer redis, String... more) {
        String[] properties = Stream.concat(Stream.of(SETTINGS), Stream.of(redis.properties(more)))
                .toArray(String[]::new);
        return TestApplication.run(WebApplicationType.NONE, gateway, List.of(Listener.class), properties);
    }

    private static List<String> alerts(TestApplication... applications) {
        return Stream.of(applications)
                .flatMap(application -> application.bean(Listener.class).alerts.stream())
                .toList();
    }

    private static double counter(TestApplication application, String name) {
        FunctionCounter counter = application
                .bean(MeterRegistry.class)
                .get("clickatell.balance.fleet." + name)
                .functionCounter();
        return counter.count();
    }

    private static Object source(TestApplication application) {
        HealthIndicator health = application.context.getBean("clickatellHealthIndicator", HealthIndicator.class);
        return String.valueOf(requireNonNull(health.health()).getDetails().get("source"));
    }

    private static void awaitSource(TestApplication application, String source) {
        TestApplication.await(() -> source.equals(source(application)));
    }

    @Test
    void two_applications_send_one_request_an_interval_and_both_are_up_to_date() {
        try (TestGateway gateway = new TestGateway();
                RedisServer redis = RedisServer.start();
                TestApplication one = run(gateway, redis);
                TestApplication two = run(gateway, redis)) {
            one.awaitAmount("100.00");
            two.awaitAmount("100.00");

            int before = gateway.requests();
            long start = System.nanoTime();
            TestApplication.await(() -> gateway.requests() >= before + 10);
            Duration passed = Duration.ofNanos(System.nanoTime() - start);
            assertThat(passed).isGreaterThan(INTERVAL.multipliedBy(10).minus(INTERVAL));

            gateway.balance("99.00");
            one.awaitAmount("99.00");
            two.awaitAmount("99.00");
            int requests = gateway.requests();
            assertThat(counter(one, "polls") + counter(two, "polls")).isBetween(requests - 1.0, requests + 1.0);
            assertThat(counter(one, "taken") + counter(two, "taken")).isGreaterThan(8);
            assertThat(counter(one, "unavailable") + counter(two, "unavailable"))
                    .isZero();
            assertThat(source(one)).isEqualTo("redis");
        }
    }

    @Test
    void one_alert_for_all_applications_also_across_restarts() {
        try (TestGateway gateway = new TestGateway();
                RedisServer redis = RedisServer.start()) {
            try (TestApplication one = run(gateway, redis);
                    TestApplication two = run(gateway, redis)) {
                one.awaitAmount("100.00");
                two.awaitAmount("100.00");
                one.bean(Listener.class).isBroken = true; // it counts as published
                two.bean(Listener.class).isBroken = true;
                for (String amount : List.of("12.50", "12.40", "12.30")) {
                    gateway.balance(amount);
                    one.awaitAmount(amount);
                    two.awaitAmount(amount);
                }
                assertThat(alerts(one, two)).containsExactly("LOW 12.50");
                assertThat(Stream.of(one, two)
                                .flatMap(application -> application.bean(Listener.class).threads.stream()))
                        .allMatch(name -> name.startsWith("boundedElastic"));
            }
            try (TestApplication restarted = run(gateway, redis)) {
                restarted.awaitAmount("12.30");
                gateway.balance("60.00");
                TestApplication.await(() -> !alerts(restarted).isEmpty());
                assertThat(alerts(restarted)).containsExactly("RECOVERED 60.00");
            }
        }
    }

    @Test
    void without_redis_an_application_starts_and_polls_by_itself_until_redis_is_there() {
        try (TestGateway gateway = new TestGateway();
                RedisServer redis = RedisServer.stopped();
                LogWatch log = LogWatch.ours();
                TestApplication application = run(gateway, redis)) {
            gateway.balance("12.50");
            application.awaitAmount("12.50");
            TestApplication.await(() -> !alerts(application).isEmpty());
            awaitSource(application, "gateway");
            assertThat(counter(application, "unavailable")).isPositive();

            redis.restart();
            awaitSource(application, "redis");
            gateway.balance("12.00");
            application.awaitAmount("12.00");
            assertThat(log.lines()).filteredOn(line -> line.startsWith("WARN")).hasSize(1);
        }
    }

    /** It accepts connections, and replies to nothing. */
    @Test
    void a_redis_that_hangs_does_not_delay_the_start() {
        try (TestGateway gateway = new TestGateway();
                RedisServer redis = RedisServer.start()) {
            redis.signal("STOP");
            try (TestApplication application = run(gateway, redis)) {
                application.awaitAmount("100.00");
                awaitSource(application, "gateway");
                redis.signal("CONT");
                awaitSource(application, "redis");
            }
        }
    }

    @Test
    void history_and_burn_rate_are_there_with_the_first_balance_after_a_restart() {
        String[] window = {"--clickatell.interval=200ms", "--clickatell.burn-rate-window=1s"};
        try (TestGateway gateway = new TestGateway();
                RedisServer redis = RedisServer.start()) {
            int known;
            try (TestApplication first = run(gateway, redis, window)) {
                BalanceMonitor monitor = first.bean(BalanceMonitor.class);
                TestApplication.await(() -> monitor.history().size() > 5);
                known = monitor.history().size();
            }
            try (TestApplication second = run(gateway, redis, window)) {
                BalanceUpdate update = requireNonNull(
                        second.bean(BalanceMonitor.class).updates().blockFirst(TestApplication.TIMEOUT));
                assertThat(requireNonNull(update.burnRate()).perHour()).isPresent();
                assertThat(second.bean(BalanceMonitor.class).history()).hasSizeGreaterThanOrEqualTo(known);
            }
        }
    }

    /** As for a checkpoint: its client is another one then. */
    @Test
    void a_connection_factory_that_was_stopped_may_be_started_again() {
        try (TestGateway gateway = new TestGateway();
                RedisServer redis = RedisServer.start();
                TestApplication application = run(gateway, redis)) {
            application.awaitAmount("100.00");
            LettuceConnectionFactory factory = application.bean(LettuceConnectionFactory.class);
            factory.stop();
            awaitSource(application, "gateway");
            factory.start();
            awaitSource(application, "redis");
        }
    }

    @Test
    void the_end_of_the_application_releases_its_claim() {
        try (TestGateway gateway = new TestGateway();
                RedisServer redis = RedisServer.start();
                RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", redis.port()))) {
            RedisCommands<String, String> commands = client.connect().sync();
            gateway.silence();
            try (TestApplication holder = run(gateway, redis)) {
                TestApplication.await(() -> commands.exists("clickatell:{acct-blue}:claim") == 1);
                assertThat(holder.feed().latest()).isEmpty();
            }
            assertThat(commands.keys("*")).isEmpty();
        }
    }
}
