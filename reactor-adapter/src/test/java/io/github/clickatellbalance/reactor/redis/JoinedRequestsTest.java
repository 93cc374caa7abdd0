package io.github.clickatellbalance.reactor.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.lettuce.core.api.reactive.RedisScriptingReactiveCommands;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Schedulers;
import reactor.test.subscriber.TestSubscriber;
import reactor.test.util.RaceTestUtils;

/** Without Redis, calls of one instance share a request. Here one joins it on another thread, at the moment at which it ends. */
class JoinedRequestsTest {
    private static final int ROUNDS = 20_000;
    /** So short that no balance is valid: each call needs a request. */
    private static final Duration INTERVAL = Duration.ofNanos(1);

    private static final Balance BALANCE = new Balance(BigDecimal.TEN, Balance.CREDITS, Instant.EPOCH);

    private final Queue<MonoSink<Balance>> requests = new ConcurrentLinkedQueue<>();

    private final BalanceClient upstream = new BalanceClient() {
        @Override
        public Mono<Balance> balance() {
            return Mono.create(requests::add);
        }

        @Override
        public void close() {}
    };

    private final RedisBalanceClient client = new RedisBalanceClient(
            upstream,
            new RedisFleet(refusingRedis(), "acct-blue", Pauses.of(INTERVAL), Clock.systemUTC()),
            INTERVAL,
            Duration.ofSeconds(1),
            Schedulers::parallel,
            Schedulers::boundedElastic,
            System::nanoTime);

    @SuppressWarnings("unchecked")
    private static RedisScriptingReactiveCommands<String, String> refusingRedis() {
        return (RedisScriptingReactiveCommands<String, String>) Proxy.newProxyInstance(
                JoinedRequestsTest.class.getClassLoader(),
                new Class<?>[] {RedisScriptingReactiveCommands.class},
                (proxy, method, arguments) -> Flux.error(new IllegalStateException("Connection refused")));
    }

    @AfterEach
    void close() {
        client.close();
    }

    private TestSubscriber<Balance> inFlight() {
        TestSubscriber<Balance> call = TestSubscriber.create();
        client.balance().subscribe(call);
        assertThat(requests).hasSize(1);
        return call;
    }

    /** The gateway replies to each request until the call has its balance. */
    private void assertBalance(TestSubscriber<Balance> call) {
        for (int i = 0; i < 10 && !call.isTerminated(); i++) {
            replyToAll();
        }
        if (!call.isTerminatedComplete()) {
            fail("no balance, but: " + (call.isTerminatedError() ? call.expectTerminalError() : "nothing"));
        }
        assertThat(call.getReceivedOnNext()).containsExactly(BALANCE);
        assertThat(requests).isEmpty();
    }

    private void replyToAll() {
        for (MonoSink<Balance> request; (request = requests.poll()) != null; ) {
            request.success(BALANCE);
        }
    }

    @Test
    void a_call_that_joins_while_the_last_other_one_is_cancelled_gets_a_balance() {
        for (int round = 0; round < ROUNDS; round++) {
            TestSubscriber<Balance> first = inFlight();
            TestSubscriber<Balance> second = TestSubscriber.create();
            RaceTestUtils.race(first::cancel, () -> client.balance().subscribe(second));
            assertBalance(second);
        }
    }

    @Test
    void a_call_that_joins_while_the_others_get_their_balance_gets_one() {
        for (int round = 0; round < ROUNDS; round++) {
            TestSubscriber<Balance> first = inFlight();
            TestSubscriber<Balance> second = TestSubscriber.create();
            RaceTestUtils.race(this::replyToAll, () -> client.balance().subscribe(second));
            assertBalance(second);
            assertThat(first.getReceivedOnNext()).containsExactly(BALANCE);
        }
    }
}
