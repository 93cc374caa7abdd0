package io.github.clickatellbalance.reactor.redis;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.github.clickatellbalance.Threshold;
import io.lettuce.core.RedisClient;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys of the account that hold something else, on a real Redis. */
@Tag("redis")
class RedisKeysTest {
    private static final Duration CALL = Duration.ofSeconds(20);
    private static final Duration FOUND = Duration.ofSeconds(20);
    private static final String PREFIX = "clickatell:{acct-blue}:";
    private static final Threshold LOW = new Threshold("low", new BigDecimal(50), BigDecimal.ZERO);

    private final CountedUpstream upstream = new CountedUpstream(Duration.ofMillis(1));
    private final RedisServer server = RedisServer.start();
    private final RedisClient redis = server.client();
    private final FleetLog log = FleetLog.listen();

    @AfterEach
    void stop() {
        log.close();
        redis.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        server.close();
    }

    private RedisBalanceClient client() {
        return RedisBalanceClient.builder(upstream, redis.connect().reactive())
                .account("acct-blue")
                .interval(Duration.ofMillis(200))
                .redisTimeout(Duration.ofSeconds(2))
                .build();
    }

    private static void call(RedisBalanceClient client) {
        assertThat(client.balance().block(CALL)).isNotNull();
    }

    /** A probe each second finds the fault again, so there is no line for it. */
    @ParameterizedTest
    @ValueSource(strings = {"balance", "claim"})
    void a_key_of_another_type_keeps_the_instance_alone_until_it_is_mended(String key) {
        try (RedisBalanceClient client = client()) {
            call(client);
            Await.pause(Duration.ofMillis(300));
            server.cli("DEL", PREFIX + key);
            server.cli("LPUSH", PREFIX + key, "garbage");
            for (int i = 0; i < 15; i++) {
                call(client);
                Await.pause(Duration.ofMillis(200));
            }
            assertThat(client.isShared()).isFalse();
            assertThat(log.lines(Level.WARN)).hasSize(1);
            assertThat(log.lines(Level.INFO)).isEmpty();

            server.cli("DEL", PREFIX + key);
            Await.until("shared again", FOUND, client::isShared);
            call(client);
            assertThat(client.isShared()).isTrue();
            assertThat(log.lines(Level.WARN)).hasSize(1);
            assertThat(log.lines(Level.INFO)).hasSize(1);
        }
    }

    @Test
    void an_entry_that_cannot_be_read_is_replaced_by_the_next_poll() {
        try (RedisBalanceClient one = client();
                RedisBalanceClient two = client()) {
            long now = Long.parseLong(server.cli("TIME").split("\\s+", -1)[0]) * 1000;
            server.cli(("XADD " + PREFIX + "balance * v 1 at " + now
                            + " pause 600000 failures 1 rejected 0 kind outage type new message m transient true")
                    .split(" ", -1));
            call(one);
            call(two);
            assertThat(one.isShared()).isTrue();
            assertThat(two.isShared()).isTrue();
            assertThat(one.polls()).isEqualTo(1);
            assertThat(log.lines(Level.WARN)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a key of another type", "-hget", "-hset", "-hdel"})
    void alerts_that_redis_does_not_keep_do_not_end_the_sharing_of_balances(String fault) {
        if (fault.startsWith("-")) {
            server.cli("ACL", "SETUSER", "default", fault);
        } else {
            server.cli("SET", PREFIX + "alerts", "garbage");
        }
        try (RedisBalanceClient one = client();
                RedisBalanceClient two = client()) {
            for (RedisBalanceClient client : List.of(one, two)) {
                assertThat(client.poll(Duration.ofMillis(300))
                                .take(3)
                                .transform(client.alerts(LOW))
                                .collectList()
                                .block(CALL))
                        .hasSize(1);
                assertThat(client.isShared()).isTrue();
            }
            assertThat(log.lines(Level.WARN)).as("once for each").hasSize(2).allMatch(line -> line.contains("alerts"));
            assertThat(log.lines(Level.INFO)).isEmpty();
        }
    }
}
