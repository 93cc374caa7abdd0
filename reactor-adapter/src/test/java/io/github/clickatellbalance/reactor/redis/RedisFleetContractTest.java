package io.github.clickatellbalance.reactor.redis;

import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.HttpStatusException;
import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.CommandType;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract on a real Redis. Time passes by changing what is stored, so no test sleeps. */
@Tag("redis")
class RedisFleetContractTest extends FleetContract {
    private static final String ALIAS = "acct-blue";
    private static final String BALANCE = "clickatell:{acct-blue}:balance";
    private static final String CLAIM = "clickatell:{acct-blue}:claim";
    private static final String ALERTS = "clickatell:{acct-blue}:alerts";

    private static @Nullable RedisServer server;
    private static @Nullable RedisClient client;
    private static @Nullable StatefulRedisConnection<String, String> connection;

    @BeforeAll
    static void start() {
        RedisServer started = RedisServer.start();
        server = started;
        RedisClient created = started.client();
        client = created;
        connection = created.connect();
    }

    @AfterAll
    static void close() {
        if (client != null) {
            client.close();
        }
        if (server != null) {
            server.close();
        }
    }

    private static StatefulRedisConnection<String, String> connection() {
        StatefulRedisConnection<String, String> open = connection;
        assumeTrue(open != null, "redis-server is not installed");
        return java.util.Objects.requireNonNull(open);
    }

    private static RedisCommands<String, String> redis() {
        return connection().sync();
    }

    @BeforeEach
    void flush() {
        redis().flushall();
    }

    @Override
    Fleet fleet(Duration interval) {
        return new RedisFleet(connection().reactive(), ALIAS, Pauses.of(interval), CLOCK);
    }

    @Override
    void advance(Duration duration) {
        List<StreamMessage<String, String>> entries = redis().xrange(BALANCE, Range.unbounded());
        entries.forEach(entry -> redis().xdel(BALANCE, entry.getId()));
        entries.forEach(entry -> redis().xadd(BALANCE, earlier(entry.getBody(), duration)));
        Long ttl = redis().pttl(CLAIM);
        if (ttl != null && ttl > 0) {
            redis().pexpire(CLAIM, ttl - duration.toMillis());
        }
        redis().hgetall(ALERTS).forEach((field, value) -> {
            String[] claim = value.split(" ", -1);
            if (claim.length == 2) {
                redis().hset(ALERTS, field, claim[0] + " " + (Long.parseLong(claim[1]) - duration.toMillis()));
            }
        });
    }

    private static Map<String, String> earlier(Map<String, String> entry, Duration duration) {
        Map<String, String> shifted = new LinkedHashMap<>(entry);
        shifted.computeIfPresent("at", (name, at) -> String.valueOf(Long.parseLong(at) - duration.toMillis()));
        return shifted;
    }

    @Override
    List<Map<String, String>> entries() {
        return redis().xrange(BALANCE, Range.unbounded()).stream()
                .map(message -> message.getBody())
                .toList();
    }

    @Override
    void append(Map<String, String> entry) {
        redis().xadd(BALANCE, entry);
    }

    @Override
    Duration slack() {
        return Duration.ofSeconds(5);
    }

    @Test
    void the_keys_are_those_of_the_contract_and_have_a_time_to_live() {
        Fleet fleet = fleet(INTERVAL);
        fleet.acquire("a", null).block();
        assertThat(redis().keys("*")).containsExactly(CLAIM);
        assertThat(redis().pttl(CLAIM)).isBetween(1L, 4000L);
        fleet.publish("a", Outcome.of(new Balance(BigDecimal.ONE, Balance.CREDITS, Instant.EPOCH)), Duration.ZERO)
                .block();
        assertThat(redis().keys("*")).containsExactly(BALANCE);
        assertThat(redis().type(BALANCE)).isEqualTo("stream");
        assertThat(Duration.ofMillis(redis().pttl(BALANCE))).isGreaterThan(Duration.ofDays(29));
        fleet.claimAlert("a", "low", "LOW", "RECOVERED", CLOCK.instant()).block();
        fleet.probe("a").block();
        assertThat(redis().keys("*"))
                .contains(BALANCE, ALERTS)
                .allMatch(key -> key.startsWith("clickatell:{acct-blue}:"));
        assertThat(redis().keys("*"))
                .allSatisfy(key -> assertThat(redis().pttl(key)).isPositive());
    }

    @Test
    void the_scripts_go_on_after_they_were_removed_from_the_cache() {
        Fleet fleet = fleet(INTERVAL);
        fleet.acquire("a", null).block();
        redis().scriptFlush();
        assertThat(fleet.renew("a").block()).isTrue();
        assertThat(fleet.release("a").block()).isTrue();
    }

    @Test
    void the_scripts_are_constant() {
        Fleet fleet = fleet(INTERVAL);
        redis().scriptFlush();
        for (int i = 0; i < 3; i++) {
            fleet.acquire("a" + i, null).block();
            fleet.renew("a" + i).block();
            fleet.release("a" + i).block();
        }
        assertThat(redis().info("memory")).contains("number_of_cached_scripts:3");
    }

    @Test
    void an_entry_has_only_these_fields() {
        Fleet fleet = fleet(INTERVAL);
        fleet.acquire("a", null).block();
        fleet.publish("a", Outcome.of(new Balance(new BigDecimal("1.50"), "EUR", Instant.EPOCH)), Duration.ZERO)
                .block();
        Map<String, String> entry = entries().get(0);
        assertThat(entry.keySet())
                .containsExactly("v", "at", "pause", "failures", "rejected", "kind", "amount", "unit", "retrievedAt");
        assertThat(entry)
                .containsEntry("v", "1")
                .containsEntry("pause", "60000")
                .containsEntry("kind", "balance")
                .containsEntry("amount", "1.50")
                .containsEntry("retrievedAt", "1970-01-01T00:00:00Z");
        List<String> time = redis().time();
        long now = Long.parseLong(time.get(0)) * 1000 + Long.parseLong(time.get(1)) / 1000;
        assertThat(now - Long.parseLong(java.util.Objects.requireNonNull(entry.get("at"))))
                .isBetween(0L, 5000L);
    }

    /** What any other program may have written there. */
    @ParameterizedTest
    @ValueSource(strings = {"", " ", "x", "a", "a x", "a -1", "a 1 2", "a 1e30", "a 99999999999999999999"})
    void an_alert_whose_state_cannot_be_read_is_claimed(String garbage) {
        redis().hset(ALERTS, "claim low", garbage);
        redis().hset(ALERTS, "kind low", garbage);
        Fleet fleet = fleet(INTERVAL);
        assertThat(fleet.confirmAlert("b", "low", "LOW", CLOCK.instant()).block())
                .isFalse();
        assertThat(fleet.claimAlert("b", "low", "LOW", "RECOVERED", CLOCK.instant())
                        .block())
                .isEqualTo(Fleet.AlertClaim.MINE);
        assertThat(fleet.confirmAlert("b", "low", "LOW", CLOCK.instant()).block())
                .isTrue();
        assertThat(fleet.claimAlert("a", "low", "LOW", "RECOVERED", CLOCK.instant())
                        .block())
                .isEqualTo(Fleet.AlertClaim.KNOWN);
    }

    @Test
    void only_balances_of_the_history_are_transferred() {
        Fleet fleet = fleet(INTERVAL);
        Outcome balance = Outcome.of(new Balance(BigDecimal.ONE, Balance.CREDITS, Instant.EPOCH));
        for (Outcome outcome : List.of(balance, Outcome.of(new HttpStatusException(503, "", null)), balance)) {
            redis().del(CLAIM);
            fleet.acquire("a", Duration.ZERO).block();
            redis().set(CLAIM, "a");
            fleet.publish("a", outcome, Duration.ZERO).block();
        }
        assertThat(entries()).hasSize(3);
        List<?> reply = redis().eval(Scripts.RECENT, ScriptOutputType.MULTI, new String[] {BALANCE, CLAIM}, "512");
        assertThat(reply).hasSize(2);
    }

    @Test
    void a_probe_leaves_no_key() {
        assertThat(fleet(INTERVAL).probe("a").block()).isTrue();
        assertThat(redis().keys("*")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {BALANCE, CLAIM})
    void a_probe_fails_while_a_key_of_the_account_has_another_type(String key) {
        redis().hset(key, "a", "b");
        Fleet fleet = fleet(INTERVAL);
        assertThatThrownBy(() -> fleet.probe("a").block()).isInstanceOf(Fleet.Unavailable.class);
        redis().del(key);
        assertThat(fleet.probe("a").block()).isTrue();
    }

    @Test
    void a_probe_leaves_what_the_keys_of_the_account_hold() {
        Fleet fleet = fleet(INTERVAL);
        fleet.acquire("a", null).block();
        fleet.publish("a", Outcome.of(new HttpStatusException(503, "", null)), Duration.ZERO)
                .block();
        redis().set(CLAIM, "b");
        List<Map<String, String>> before = entries();
        assertThat(fleet.probe("a").block()).isTrue();
        assertThat(entries()).isEqualTo(before);
        assertThat(redis().get(CLAIM)).isEqualTo("b");
        assertThat(redis().keys("*")).containsExactlyInAnyOrder(BALANCE, CLAIM);
    }

    /** All commands of the scripts for balances. Those of alerts are not needed to share balances. */
    @ParameterizedTest
    @ValueSource(strings = {"eval", "time", "get", "set", "del", "pttl", "pexpire", "xadd", "xrevrange"})
    void a_probe_fails_while_a_right_is_missing(String command) {
        redis().aclSetuser(
                        "default",
                        AclSetuserArgs.Builder.removeCommand(CommandType.valueOf(command.toUpperCase(ROOT))));
        try {
            assertThatThrownBy(() -> fleet(INTERVAL).probe("a").block()).isInstanceOf(Fleet.Unavailable.class);
        } finally {
            redis().aclSetuser("default", AclSetuserArgs.Builder.allCommands());
        }
        assertThat(redis().keys("*"))
                .allSatisfy(key -> assertThat(redis().pttl(key)).isPositive());
    }
}
