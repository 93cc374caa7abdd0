package io.github.clickatellbalance.reactor.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.Threshold;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.lettuce.core.RedisClient;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Two instances on one real Redis, which is then killed. */
@org.junit.jupiter.api.Tag("wire")
class RedisBalanceMetricsTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private static RedisBalanceClient client(RedisClient redis) {
        BalanceClient gateway = new BalanceClient() {
            @Override
            public Mono<Balance> balance() {
                return Mono.fromSupplier(() -> new Balance(BigDecimal.TEN, Balance.CREDITS, Instant.now()));
            }

            @Override
            public void close() {}
        };
        return RedisBalanceClient.builder(gateway, redis.connect().reactive())
                .account("acct-blue")
                .interval(Duration.ofHours(1))
                .build();
    }

    private double count(String name, String instance) {
        FunctionCounter counter = meters.get("clickatell.balance.fleet." + name)
                .tag("instance", instance)
                .functionCounter();
        return counter.count();
    }

    @Test
    void polls_and_balances_from_redis_are_counted_and_the_time_without_redis() {
        try (RedisServer server = RedisServer.start();
                RedisClient redis = server.client();
                RedisBalanceClient one = client(redis);
                RedisBalanceClient two = client(redis)) {
            new RedisBalanceMetrics(one, Tags.of("instance", "one")).bindTo(meters);
            new RedisBalanceMetrics(two, Tags.of("instance", "two")).bindTo(meters);

            Flux.concat(one.balance(), two.balance(), two.balance()).blockLast(TIMEOUT);
            assertThat(count("polls", "one")).isOne();
            assertThat(count("taken", "one")).isZero();
            assertThat(count("polls", "two")).isZero();
            assertThat(count("taken", "two")).isEqualTo(2);
            assertThat(count("unavailable", "two")).isZero();

            server.kill();
            two.balance().block(TIMEOUT);
            assertThat(count("polls", "two"))
                    .as("its last balance is younger than the interval")
                    .isZero();
            assertThat(count("taken", "two")).isEqualTo(2);
            assertThat(count("unavailable", "two")).isPositive();
            assertThat(meters.get("clickatell.balance.fleet.unavailable")
                            .tag("instance", "two")
                            .functionCounter()
                            .getId()
                            .getBaseUnit())
                    .isEqualTo("seconds");
        }
    }

    @Test
    void a_poll_without_redis_is_counted_and_a_balance_that_is_given_again_is_not() {
        try (RedisServer server = RedisServer.start();
                RedisClient redis = server.client();
                RedisBalanceClient alone = client(redis)) {
            new RedisBalanceMetrics(alone, Tags.of("instance", "alone")).bindTo(meters);
            server.kill();
            for (int i = 0; i < 3; i++) {
                alone.balance().block(TIMEOUT);
            }
            assertThat(count("polls", "alone")).isOne();
            assertThat(count("taken", "alone")).isZero();
        }
    }

    /** A mail is sent there, for example. */
    @Test
    void an_alert_is_delivered_on_a_thread_that_may_block() {
        Threshold low = new Threshold("low", new BigDecimal("50"), BigDecimal.ONE);
        Flux<Balance> balances = Flux.just(new Balance(BigDecimal.TEN, Balance.CREDITS, Instant.now()));
        List<String> threads = new CopyOnWriteArrayList<>();
        try (RedisServer server = RedisServer.start();
                RedisClient redis = server.client();
                RedisBalanceClient client = client(redis)) {
            Flux<BalanceAlert> alerts = balances.transform(client.alerts(low))
                    .doOnNext(any -> threads.add(Thread.currentThread().getName()));
            alerts.blockLast(TIMEOUT);
            assertThat(threads).singleElement().asString().startsWith("boundedElastic");

            server.signal("STOP"); // no reply within the time limit
            alerts.blockLast(TIMEOUT);
            assertThat(threads).hasSize(2).last().asString().startsWith("boundedElastic");
            server.signal("CONT");
        }
    }
}
