package io.github.clickatellbalance.spring;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.reactive.RedisReactiveCommands;
import io.lettuce.core.codec.RedisCodec;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** When the connection is opened and closed, without Redis. */
class FleetConnectionTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    /** Its connections have the method {@code scriptFlush} with a reply, {@code scriptExists} with two, and {@code scriptKill}, which throws. */
    private static final class Redis extends RedisClient {
        final AtomicInteger opened = new AtomicInteger();
        final AtomicInteger closed = new AtomicInteger();
        final CountDownLatch permits = new CountDownLatch(1);
        volatile boolean isUnavailable;

        @Override
        @SuppressWarnings("unchecked")
        public <K, V> StatefulRedisConnection<K, V> connect(RedisCodec<K, V> codec) {
            try {
                assertThat(permits.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new RedisConnectionException("interrupted", e);
            }
            if (isUnavailable) {
                throw new RedisConnectionException("away");
            }
            opened.incrementAndGet();
            Object commands = proxy(RedisReactiveCommands.class, method -> switch (method) {
                case "scriptFlush" -> Mono.just("OK");
                case "scriptExists" -> Flux.just(true, false);
                default -> throw new IllegalStateException("broken");
            });
            return (StatefulRedisConnection<K, V>) proxy(StatefulRedisConnection.class, method -> switch (method) {
                case "reactive" -> commands;
                default -> {
                    closed.incrementAndGet();
                    yield CompletableFuture.completedFuture(null);
                }
            });
        }

        private static Object proxy(Class<?> type, java.util.function.Function<String, Object> results) {
            return Proxy.newProxyInstance(
                    type.getClassLoader(),
                    new Class<?>[] {type},
                    (proxy, method, arguments) -> results.apply(method.getName()));
        }

        static Redis reachable() {
            Redis redis = new Redis();
            redis.permits.countDown();
            return redis;
        }
    }

    @Test
    void commands_share_one_connection() {
        try (Redis redis = Redis.reachable()) {
            FleetConnection connection = new FleetConnection(() -> redis);
            connection.open();
            assertThat(connection.commands().scriptFlush().block(TIMEOUT)).isEqualTo("OK");
            assertThat(connection
                            .commands()
                            .scriptExists("a", "b")
                            .collectList()
                            .block(TIMEOUT))
                    .containsExactly(true, false);
            assertThatThrownBy(() -> connection.commands().scriptKill().block(TIMEOUT))
                    .hasMessage("broken");
            assertThat(connection.commands()).asString().contains("FleetConnection");
            assertThat(redis.opened).hasValue(1);

            connection.close();
            assertThat(redis.closed).hasValue(1);
            assertThatThrownBy(() -> connection.commands().scriptFlush().block(TIMEOUT))
                    .hasMessage("The application is stopping");
        }
    }

    @Test
    void the_command_after_a_failure_connects_again() {
        try (Redis redis = Redis.reachable();
                FleetConnection connection = new FleetConnection(() -> redis)) {
            redis.isUnavailable = true;
            assertThatThrownBy(() -> connection.commands().scriptFlush().block(TIMEOUT))
                    .isInstanceOf(RedisConnectionException.class);
            redis.isUnavailable = false;
            assertThat(connection.commands().scriptFlush().block(TIMEOUT)).isEqualTo("OK");
        }
    }

    @Test
    void a_new_client_gets_a_new_connection() {
        try (Redis first = Redis.reachable();
                Redis second = Redis.reachable()) {
            Queue<Redis> clients = new ArrayDeque<>(List.of(first, second));
            try (FleetConnection connection = new FleetConnection(() -> requireNonNull(clients.poll()))) {
                connection.commands().scriptFlush().block(TIMEOUT);
                connection.commands().scriptFlush().block(TIMEOUT);
                assertThat(first.closed).hasValue(1);
                assertThat(second.opened).hasValue(1);
            }
        }
    }

    @Test
    void a_command_that_gives_up_does_not_end_the_connecting_and_what_is_opened_after_the_end_is_closed() {
        try (Redis redis = new Redis()) {
            FleetConnection connection = new FleetConnection(() -> redis);
            assertThatThrownBy(() -> connection
                            .commands()
                            .scriptFlush()
                            .timeout(Duration.ofMillis(10))
                            .block(TIMEOUT))
                    .hasMessageContaining("10ms");
            connection.close();
            redis.permits.countDown();
            TestApplication.await(() -> redis.closed.get() == 1);
            assertThat(redis.opened).hasValue(1);
        }
    }
}
