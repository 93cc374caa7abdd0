package io.github.clickatellbalance.reactor.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.reactive.RedisScriptingReactiveCommands;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.test.subscriber.TestSubscriber;

/** Whatever Redis replies, or Lettuce does instead, there is a balance. Also the settings of the builder. */
class RedisRepliesTest {
    private static final Balance BALANCE = new Balance(BigDecimal.TEN, Balance.CREDITS, Instant.EPOCH);

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();

    private static final BalanceClient UPSTREAM = new BalanceClient() {
        @Override
        public Mono<Balance> balance() {
            return Mono.just(BALANCE);
        }

        @Override
        public void close() {
            throw new UnsupportedOperationException("It belongs to the application");
        }
    };

    @SuppressWarnings("unchecked")
    private static RedisScriptingReactiveCommands<String, String> redis(Supplier<Flux<?>> eval) {
        return (RedisScriptingReactiveCommands<String, String>) Proxy.newProxyInstance(
                RedisRepliesTest.class.getClassLoader(),
                new Class<?>[] {RedisScriptingReactiveCommands.class},
                (proxy, method, arguments) -> eval.get());
    }

    private RedisBalanceClient.Builder builder(Supplier<Flux<?>> eval) {
        return RedisBalanceClient.builder(UPSTREAM, redis(eval)).scheduler(time);
    }

    private static Supplier<Flux<?>> throwing(RuntimeException failure) {
        return () -> {
            throw failure;
        };
    }

    static Stream<Named<Supplier<Flux<?>>>> replies() {
        return Stream.of(
                Named.of("a failure of Redis", () -> Flux.error(new RedisException("closed"))),
                Named.of("OOM", () -> Flux.error(new RedisCommandExecutionException("OOM command not allowed"))),
                Named.of("a failure of the network", () -> Flux.error(new ClosedChannelException())),
                Named.of("a failure after the shutdown", () -> Flux.error(new IllegalStateException("shut down"))),
                Named.of("thrown by Lettuce", throwing(new RedisException("closed"))),
                Named.of("rejected by its event loop", throwing(new RejectedExecutionException())),
                Named.of("none", Flux::never),
                Named.of("an empty one", Flux::empty),
                Named.of("an empty list", () -> Flux.just(List.of())),
                Named.of("another type", () -> Flux.just("OK")),
                Named.of("a number", () -> Flux.just(1L)),
                Named.of("garbage", () -> Flux.just(List.of("known", "x", "y"))),
                Named.of("garbage in an entry", () -> Flux.just(List.of("known", "1", "1", "kind", "balance"))),
                Named.of("a claim without a time", () -> Flux.just(List.of("wait", "holder"))));
    }

    @ParameterizedTest
    @MethodSource("replies")
    void there_is_a_balance_whatever_redis_replies(Supplier<Flux<?>> eval) {
        try (RedisBalanceClient client = builder(eval).account("acct-blue").build()) {
            for (int i = 0; i < 3; i++) {
                TestSubscriber<Balance> call = TestSubscriber.create();
                client.balance().subscribe(call);
                time.advanceTimeBy(Duration.ofSeconds(1));
                assertThat(call.getReceivedOnNext()).containsExactly(BALANCE);
                assertThat(client.isShared()).isFalse();
                time.advanceTimeBy(Duration.ofMinutes(2));
            }
            TestSubscriber<Balance> recent = TestSubscriber.create();
            client.recent().subscribe(recent);
            time.advanceTimeBy(Duration.ofSeconds(1));
            assertThat(recent.getReceivedOnNext()).isEmpty();
            assertThat(recent.isTerminatedComplete()).isTrue();
        }
    }

    @Test
    void to_build_a_client_sends_nothing() {
        AtomicInteger commands = new AtomicInteger();
        RedisBalanceClient client = builder(() -> {
                    commands.incrementAndGet();
                    return Flux.empty();
                })
                .account("acct-blue")
                .build();
        client.balance();
        client.recent();
        client.close();
        assertThat(commands).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a:b", "{a}", "ä", "a/b", "a\n"})
    void bad_names_of_accounts_are_refused(String alias) {
        RedisBalanceClient.Builder builder = builder(Flux::empty);
        assertThatThrownBy(() -> builder.account(alias))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("account");
    }

    @Test
    void names_of_accounts_have_at_most_64_characters() {
        RedisBalanceClient.Builder builder = builder(Flux::empty);
        builder.account("A.z_0-" + "9".repeat(58));
        assertThatThrownBy(() -> builder.account("a".repeat(65))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void an_account_is_required() {
        RedisBalanceClient.Builder builder = builder(Flux::empty);
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("account");
    }

    @Test
    void durations_out_of_their_bounds_are_refused() {
        RedisBalanceClient.Builder builder = builder(Flux::empty);
        builder.interval(Duration.ofMillis(100)).interval(Duration.ofDays(1));
        builder.redisTimeout(Duration.ofMillis(10)).redisTimeout(Duration.ofSeconds(2));
        for (Duration bad : List.of(Duration.ZERO, Duration.ofMillis(9), Duration.ofDays(2))) {
            assertThatThrownBy(() -> builder.interval(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("interval");
            assertThatThrownBy(() -> builder.redisTimeout(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("redisTimeout");
        }
    }
}
