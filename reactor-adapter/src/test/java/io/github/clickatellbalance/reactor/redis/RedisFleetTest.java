package io.github.clickatellbalance.reactor.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.lettuce.core.RedisClient;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Two instances on one real Redis. */
@Tag("redis")
class RedisFleetTest {
    private final AtomicInteger polls = new AtomicInteger();

    private final BalanceClient gateway = new BalanceClient() {
        @Override
        public Mono<Balance> balance() {
            return Mono.fromSupplier(
                    () -> new Balance(new BigDecimal(100 - polls.incrementAndGet()), Balance.CREDITS, Instant.now()));
        }

        @Override
        public void close() {}
    };

    @Test
    void twenty_calls_of_two_instances_cause_one_request() {
        try (RedisServer server = RedisServer.start();
                RedisClient redis = server.client()) {
            RedisBalanceClient one = client(redis);
            RedisBalanceClient two = client(redis);
            List<Balance> balances = Flux.merge(Flux.fromStream(
                            IntStream.range(0, 20).mapToObj(i -> (i % 2 == 0 ? one : two).balance())))
                    .collectList()
                    .block(Duration.ofSeconds(10));
            assertThat(balances).extracting(Balance::amount).containsOnly(new BigDecimal(99));
            assertThat(polls).hasValue(1);
            assertThat(one.recent().collectList().block()).hasSize(1);
        }
    }

    private RedisBalanceClient client(RedisClient redis) {
        return RedisBalanceClient.builder(gateway, redis.connect().reactive())
                .account("acct-blue")
                .interval(Duration.ofSeconds(10))
                .build();
    }
}
