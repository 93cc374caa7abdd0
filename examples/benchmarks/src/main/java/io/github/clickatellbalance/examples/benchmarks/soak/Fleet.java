package io.github.clickatellbalance.examples.benchmarks.soak;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.examples.benchmarks.soak.Findings.Violation;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.redis.RedisBalanceClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;

/** Three instances of an application that share their polls, each with a feed. One whose credentials were refused is restarted. */
final class Fleet implements AutoCloseable {
    static final int INSTANCES = 3;
    /** The balances of the gateway are above. */
    static final long LOWEST = 1_000;

    private static final Duration INTERVAL = Duration.ofMillis(500);
    /** What an instance has to become fresh before it is restarted again. */
    private static final Duration MIN_LIFE = Duration.ofSeconds(2);

    private final Supplier<BalanceClient> upstreams;
    private final AtomicLong amount;
    private final Findings findings;
    private final ClientResources resources = ClientResources.builder()
            .reconnectDelay(Delay.exponential(Duration.ofMillis(50), Duration.ofMillis(500), 2, TimeUnit.MILLISECONDS))
            .build();
    private final RedisClient redis;
    private final List<StatefulRedisConnection<String, String>> connections = new ArrayList<>();
    private final Instance[] instances = new Instance[INSTANCES];
    private int restarts;

    /**
     * Starts all instances.
     *
     * @param upstreams makes a client for each instance
     * @param amount the last balance that the gateway has sent
     */
    Fleet(int redisPort, Supplier<BalanceClient> upstreams, AtomicLong amount, Findings findings) {
        this.upstreams = upstreams;
        this.amount = amount;
        this.findings = findings;
        this.redis = RedisClient.create(resources, RedisURI.create("127.0.0.1", redisPort));
        for (int i = 0; i < INSTANCES; i++) {
            connections.add(redis.connect());
            instances[i] = new Instance(connections.get(i));
        }
    }

    List<BalanceFeed> feeds() {
        return Arrays.stream(instances).map(instance -> instance.feed).toList();
    }

    long shared() {
        return Arrays.stream(instances)
                .filter(instance -> instance.client.isShared())
                .count();
    }

    int restarts() {
        return restarts;
    }

    /** As an operator does after correcting the credentials: a rejected instance would pause for at least five minutes. */
    void restartRejected() {
        for (int i = 0; i < INSTANCES; i++) {
            Instance instance = instances[i];
            boolean isRejected = instance.feed
                    .latest()
                    .filter(BalanceSignal.Rejected.class::isInstance)
                    .isPresent();
            if (isRejected && System.nanoTime() - instance.startedAt > MIN_LIFE.toNanos()) {
                instance.close();
                instances[i] = new Instance(connections.get(i));
                restarts++;
            }
        }
    }

    @Override
    public void close() {
        Arrays.stream(instances).forEach(Instance::close);
        redis.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private final class Instance {
        private final long startedAt = System.nanoTime();
        private final BalanceClient upstream = upstreams.get();
        private final RedisBalanceClient client;
        private final BalanceFeed feed;

        Instance(StatefulRedisConnection<String, String> connection) {
            client = RedisBalanceClient.builder(upstream, connection.reactive())
                    .account("soak")
                    .interval(INTERVAL)
                    .build();
            feed = BalanceFeed.of(client, INTERVAL);
            Flux<Balance> balances = feed.balances();
            balances.subscribe(this::check, failure -> findings.add(Violation.LOST_SUBSCRIBER, failure));
        }

        private void check(Balance balance) {
            long value = balance.amount().longValue();
            if (value <= LOWEST || value > amount.get()) {
                findings.add(Violation.WRONG_BALANCE, balance + " in the fleet");
            }
        }

        void close() {
            feed.close();
            client.close();
            upstream.close();
        }
    }
}
