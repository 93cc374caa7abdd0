package io.github.clickatellbalance.reactor.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertAll;

import ch.qos.logback.classic.Level;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.Threshold;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.ClientClosedException;
import io.github.clickatellbalance.reactor.RetryPolicy;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.reactive.RedisScriptingReactiveCommands;
import io.lettuce.core.codec.StringCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A Redis that refuses, is unavailable, or was shut down by the application: each instance polls by itself at its interval, and one
 * line is logged for each change. {@code CleanExtension} checks that no error is dropped and no buffer leaks.
 */
@Tag("redis")
class RedisFaultsTest {
    private static final Duration INTERVAL = Duration.ofMillis(200);
    private static final Duration REDIS_TIMEOUT = Duration.ofMillis(400);
    private static final Duration CALL = Duration.ofSeconds(5);
    /** A probe follows the last after a second, and may take the timeout. */
    private static final Duration FOUND = Duration.ofSeconds(3);

    private static final ExecutorService THREADS = Executors.newCachedThreadPool();

    private static final String PASSWORD = "canary-of-redis";
    /** What an ACL must permit, beside what Lettuce needs to connect. */
    private static final List<String> RIGHTS = List.of(
            "+eval",
            "+time",
            "+get",
            "+set",
            "+del",
            "+pttl",
            "+pexpire",
            "+xadd",
            "+xrevrange",
            "+hget",
            "+hset",
            "+hdel");

    private final CountedUpstream upstream = new CountedUpstream(Duration.ofMillis(1));
    private final RedisServer server = RedisServer.start();
    private final RedisClient redis = server.client();

    @BeforeEach
    void start() {
        permitAll();
    }

    private void permitAll() {
        server.cli("ACL", "SETUSER", "app", "on", ">" + PASSWORD, "~*", "+@all");
    }

    @AfterEach
    void stop() {
        redis.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        server.close();
    }

    private RedisBalanceClient client(RedisScriptingReactiveCommands<String, String> commands) {
        return client(upstream, commands, REDIS_TIMEOUT);
    }

    private static RedisBalanceClient client(
            BalanceClient upstream, RedisScriptingReactiveCommands<String, String> commands, Duration timeout) {
        return RedisBalanceClient.builder(upstream, commands)
                .account("acct-blue")
                .interval(INTERVAL)
                .redisTimeout(timeout)
                .build();
    }

    private StatefulRedisConnection<String, String> connection() {
        return redis.connect(RedisURI.builder()
                .withHost("127.0.0.1")
                .withPort(server.port())
                .withAuthentication("app", PASSWORD)
                .build());
    }

    private static Balance call(RedisBalanceClient client) {
        return Objects.requireNonNull(client.balance().block(CALL));
    }

    /** Both share, then poll alone, then share again. */
    private void check(Runnable damage, @Nullable Runnable repair) {
        RedisBalanceClient one = client(connection().reactive());
        RedisBalanceClient two = client(connection().reactive());
        checkThatShared(one, two);
        damage.run();
        Await.pause(INTERVAL.plusMillis(50));
        checkThatAlone(one, two);
        if (repair != null) {
            repair.run();
            Await.until("shared again", FOUND, () -> one.isShared() && two.isShared());
            checkThatShared(one, two);
        }
        one.close();
        two.close();
    }

    private interface Fault {
        void occur(RedisFaultsTest test);
    }

    private static final Map<String, Fault> FAULTS = Map.ofEntries(
            Map.entry("no connection for some time", RedisFaultsTest::fewCommandsWait),
            repaired(
                    "no memory",
                    test -> test.server.cli("CONFIG", "SET", "maxmemory", "1"),
                    test -> test.server.cli("CONFIG", "SET", "maxmemory", "0")),
            repaired(
                    "a user without the right to run scripts",
                    test -> test.server.cli("ACL", "SETUSER", "app", "-eval"),
                    test -> test.server.cli("ACL", "SETUSER", "app", "+eval")),
            repaired(
                    "a user without the right to write",
                    test -> test.server.cli("ACL", "SETUSER", "app", "-xadd"),
                    test -> test.server.cli("ACL", "SETUSER", "app", "+xadd")),
            repaired(
                    "a user without keys",
                    test -> test.server.cli("ACL", "SETUSER", "app", "resetkeys"),
                    test -> test.server.cli("ACL", "SETUSER", "app", "~clickatell:*")),
            repaired(
                    "a read-only replica",
                    test -> test.server.cli("REPLICAOF", "127.0.0.1", "1"),
                    test -> test.server.cli("REPLICAOF", "NO", "ONE")),
            repaired("a long script of others", RedisFaultsTest::makeBusy, test -> test.server.cli("SCRIPT", "KILL")),
            Map.entry("a shorter timeout of Lettuce", test -> {
                test.redis.setOptions(ClientOptions.builder()
                        .timeoutOptions(TimeoutOptions.enabled(Duration.ofMillis(100)))
                        .build());
                test.check(() -> test.server.signal("STOP"), () -> test.server.signal("CONT"));
            }),
            Map.entry("commands are refused while disconnected", test -> {
                test.redis.setOptions(ClientOptions.builder()
                        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                        .build());
                test.check(test.server::kill, () -> {
                    test.server.restart();
                    test.permitAll();
                });
            }),
            Map.entry("a connection that is not restored", test -> {
                test.redis.setOptions(
                        ClientOptions.builder().autoReconnect(false).build());
                test.check(test.server::kill, null);
            }),
            Map.entry(
                    "a RedisClient that was shut down",
                    test -> test.check(() -> test.redis.shutdown(Duration.ZERO, Duration.ofSeconds(2)), null)));

    /** Lettuce keeps each command until there is a connection, also one that was cancelled. */
    private void fewCommandsWait() {
        AtomicInteger commands = new AtomicInteger();
        RedisBalanceClient one = client(counted(connection().reactive(), commands));
        RedisBalanceClient two = client(counted(connection().reactive(), commands));
        checkThatShared(one, two);
        server.kill();
        Await.pause(INTERVAL.plusMillis(50));
        checkThatAlone(one, two);
        Await.pause(Duration.ofSeconds(1));
        int before = commands.get();
        Await.pause(Duration.ofSeconds(3));
        assertThat(commands.get() - before).isLessThanOrEqualTo(2);
        one.close();
        two.close();
    }

    private static Map.Entry<String, Fault> repaired(String name, Fault damage, Fault repair) {
        return Map.entry(name, test -> test.check(() -> damage.occur(test), () -> repair.occur(test)));
    }

    /** Side by side, each with a Redis of its own. */
    @Test
    void while_redis_refuses_each_instance_polls_by_itself_and_logs_it_once() {
        try (FleetLog log = FleetLog.listen()) {
            Map<String, CompletableFuture<Void>> runs = new LinkedHashMap<>();
            FAULTS.forEach((name, fault) -> runs.put(name, CompletableFuture.runAsync(() -> run(fault), THREADS)));
            assertAll(runs.entrySet().stream()
                    .map(run ->
                            () -> assertThat(run.getValue()).as(run.getKey()).succeedsWithin(Duration.ofSeconds(40))));
            int repaired = FAULTS.size() - 3;
            assertThat(log.lines(Level.WARN)).hasSize(2 * FAULTS.size()).allMatch(line -> !line.contains("canary"));
            assertThat(log.lines(Level.INFO)).hasSize(2 * repaired);
        }
    }

    private static void run(Fault fault) {
        RedisFaultsTest test = new RedisFaultsTest();
        try {
            test.start();
            fault.occur(test);
        } finally {
            test.stop();
        }
    }

    @AfterAll
    static void stopThreads() {
        THREADS.shutdownNow();
    }

    private void makeBusy() {
        server.cli("CONFIG", "SET", "busy-reply-threshold", "10");
        start("redis-cli", "-p", String.valueOf(server.port()), "EVAL", "while true do end", "0");
    }

    private void checkThatShared(RedisBalanceClient one, RedisBalanceClient two) {
        int before = upstream.polls();
        assertThat(call(one).amount()).isEqualTo(call(two).amount());
        assertThat(upstream.polls()).isLessThanOrEqualTo(before + 1);
        assertThat(one.isShared()).isTrue();
        assertThat(two.isShared()).isTrue();
    }

    private void checkThatAlone(RedisBalanceClient one, RedisBalanceClient two) {
        for (int i = 0; i < 4; i++) {
            int before = upstream.polls();
            assertThat(call(one).amount()).isNotEqualTo(call(two).amount());
            assertThat(upstream.polls()).isEqualTo(before + 2);
            Await.pause(INTERVAL.plusMillis(50));
        }
        assertThat(one.isShared()).isFalse();
        assertThat(two.isShared()).isFalse();
    }

    @Test
    void a_user_with_just_the_rights_that_are_documented() {
        StatefulRedisConnection<String, String> connection = connection();
        server.cli("ACL", "SETUSER", "app", "-@all", "resetkeys", "~clickatell:{acct-blue}:*");
        RIGHTS.forEach(right -> server.cli("ACL", "SETUSER", "app", right));
        RedisBalanceClient client = client(connection.reactive());
        call(client);
        assertThat(client.recent().collectList().block(CALL)).hasSize(1);
        Threshold low = new Threshold("low", new BigDecimal(50), BigDecimal.ZERO);
        assertThat(client.balance()
                        .flux()
                        .transform(client.alerts(low))
                        .collectList()
                        .block(CALL))
                .hasSize(1);
        assertThat(client.isShared()).isTrue();
    }

    private static void start(String... command) {
        try {
            new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Neither the constructor nor a call waits for a connection. The first balance is there at once. */
    @Test
    void a_redis_that_was_never_there() {
        server.kill();
        Supplier<Mono<StatefulRedisConnection<String, String>>> connect = () -> Mono.fromCompletionStage(
                        () -> redis.connectAsync(StringCodec.UTF8, RedisURI.create("127.0.0.1", server.port())))
                .subscribeOn(Schedulers.boundedElastic());
        RedisBalanceClient one = client(lazily(connect));
        RedisBalanceClient two = client(lazily(connect));
        checkThatAlone(one, two);
        server.restart();
        Await.until("shared", FOUND, () -> one.isShared() && two.isShared());
        checkThatShared(one, two);
    }

    /** How an application starts without a Redis: the connection is established by the first command. */
    @SuppressWarnings("unchecked")
    private static RedisScriptingReactiveCommands<String, String> lazily(
            Supplier<Mono<StatefulRedisConnection<String, String>>> connect) {
        Mono<StatefulRedisConnection<String, String>> connection =
                Mono.defer(connect).cacheInvalidateIf(any -> false);
        return (RedisScriptingReactiveCommands<String, String>) Proxy.newProxyInstance(
                RedisFaultsTest.class.getClassLoader(),
                new Class<?>[] {RedisScriptingReactiveCommands.class},
                (self, method, arguments) -> connection
                        .map(StatefulRedisConnection::reactive)
                        .flatMapMany(commands -> {
                            try {
                                return (Publisher<?>) method.invoke(commands, arguments);
                            } catch (ReflectiveOperationException e) {
                                return Flux.error(e);
                            }
                        }));
    }

    /** Redis has a balance of before, for which no poll is due yet. */
    @Test
    void nothing_older_than_a_balance_without_redis_is_shown_after_it() {
        Supplier<RedisBalanceClient> clients =
                () -> RedisBalanceClient.builder(upstream, connection().reactive())
                        .account("acct-blue")
                        .interval(Duration.ofMinutes(1))
                        .redisTimeout(REDIS_TIMEOUT)
                        .build();
        RedisBalanceClient client = clients.get();
        assertThat(call(clients.get()).amount()).isEqualTo(new BigDecimal(1));
        server.signal("STOP");
        assertThat(call(client).amount()).isEqualTo(new BigDecimal(2));
        server.signal("CONT");
        Await.until("shared", FOUND, client::isShared);
        assertThat(call(client).amount()).isEqualTo(new BigDecimal(2));
        assertThat(upstream.polls()).isEqualTo(2);
    }

    @Test
    void calls_without_redis_share_a_poll_and_its_balance_until_it_is_as_old_as_the_interval() {
        RedisBalanceClient client = client(connection().reactive());
        server.signal("STOP");
        List<Balance> first = Flux.merge(client.balance(), client.balance(), client.balance())
                .collectList()
                .block(CALL);
        assertThat(first).hasSize(3).extracting(Balance::amount).containsOnly(BigDecimal.ONE);
        Await.pause(INTERVAL.plusMillis(50));
        assertThat(call(client).amount()).isEqualTo(new BigDecimal(2));
        assertThat(upstream.polls()).isEqualTo(2);
        server.signal("CONT");
    }

    /** Its pause is five minutes at least, but without Redis the gateway has replied since. */
    @Test
    void a_rejection_of_before_the_time_without_redis_is_tried_again_once() {
        AtomicBoolean isRejected = new AtomicBoolean(true);
        BalanceClient gateway = new BalanceClient() {
            @Override
            public Mono<Balance> balance() {
                return Mono.defer(() ->
                        isRejected.get() ? Mono.error(new HttpStatusException(403, "", null)) : upstream.balance());
            }

            @Override
            public void close() {}
        };
        RedisBalanceClient client = client(gateway, connection().reactive(), REDIS_TIMEOUT);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> call(client)).isInstanceOf(HttpStatusException.class);
        }
        isRejected.set(false);
        assertThatThrownBy(() -> call(client)).isInstanceOf(HttpStatusException.class);
        server.signal("STOP");
        call(client);
        server.signal("CONT");
        Await.until("shared", FOUND, client::isShared);
        Await.pause(INTERVAL);
        call(client);
    }

    @Test
    void close_releases_the_claim_ends_the_probes_and_leaves_the_rest_open() {
        CountedUpstream hanging = new CountedUpstream(Duration.ofMinutes(1));
        AtomicInteger commands = new AtomicInteger();
        StatefulRedisConnection<String, String> connection = connection();
        RedisBalanceClient client = client(hanging, counted(connection.reactive(), commands), REDIS_TIMEOUT);
        Mono<Balance> call = client.balance().cache();
        call.subscribe(balance -> {}, failure -> {});
        Await.until(
                "a claim",
                CALL,
                () -> !server.cli("GET", "clickatell:{acct-blue}:claim").isBlank());
        client.close();
        Await.until(
                "no claim",
                Duration.ofSeconds(1),
                () -> server.cli("GET", "clickatell:{acct-blue}:claim").isBlank());
        assertThatThrownBy(() -> call.block(CALL)).isInstanceOf(ClientClosedException.class);
        assertThat(hanging.inFlight()).isZero();
        assertThat(hanging.isClosed()).isFalse();
        assertThat(connection.isOpen()).isTrue();
        assertThat(server.cli("XLEN", "clickatell:{acct-blue}:balance")).startsWith("0");

        RedisBalanceClient alone = client(upstream, counted(connection.reactive(), commands), REDIS_TIMEOUT);
        server.signal("STOP");
        call(alone);
        alone.close();
        Await.pause(REDIS_TIMEOUT.multipliedBy(2));
        int before = commands.get();
        Await.pause(Duration.ofSeconds(2));
        assertThat(commands).hasValue(before);
        server.signal("CONT");
    }

    /** One call in calm is one command, and two if it polls. */
    @Test
    void no_command_is_sent_in_vain() {
        AtomicInteger commands = new AtomicInteger();
        RedisBalanceClient client = RedisBalanceClient.builder(
                        upstream, counted(connection().reactive(), commands))
                .account("acct-blue")
                .interval(Duration.ofMinutes(1))
                .build();
        call(client);
        assertThat(commands).as("acquire and publish").hasValue(2);
        call(client);
        assertThat(commands).as("acquire").hasValue(3);
    }

    @SuppressWarnings("unchecked")
    private static RedisScriptingReactiveCommands<String, String> counted(
            RedisScriptingReactiveCommands<String, String> commands, AtomicInteger count) {
        return (RedisScriptingReactiveCommands<String, String>) Proxy.newProxyInstance(
                RedisFaultsTest.class.getClassLoader(),
                new Class<?>[] {RedisScriptingReactiveCommands.class},
                (self, method, arguments) -> {
                    count.incrementAndGet();
                    return method.invoke(commands, arguments);
                });
    }

    /** What MONITOR shows of an account whose gateway replies, refuses and is unavailable. */
    @Test
    void no_secret_url_or_host_is_in_redis() throws IOException {
        Path seen = Files.createTempFile("monitor", ".txt");
        Process monitor = new ProcessBuilder("redis-cli", "-p", String.valueOf(server.port()), "MONITOR")
                .redirectOutput(seen.toFile())
                .start();
        Gateway gateway = Gateway.start();
        try {
            Await.until("MONITOR", CALL, () -> read(seen).startsWith("OK"));
            for (Runnable fault : List.<Runnable>of(
                    () -> {},
                    () -> gateway.status(503),
                    () -> gateway.status(404),
                    () -> gateway.status(302),
                    gateway::close)) {
                fault.run();
                server.cli("FLUSHALL");
                BalanceClient real = BalanceClient.builder(
                                Credentials.of("canary-user", "canary-password", "canary-id"))
                        .baseUrl(gateway.url())
                        .retry(RetryPolicy.none())
                        .build();
                client(real, connection().reactive(), REDIS_TIMEOUT)
                        .balance()
                        .onErrorComplete(ClickatellException.class)
                        .block(CALL);
                real.close();
            }
        } finally {
            gateway.close();
            monitor.destroy();
        }
        // Each line starts with the address of the client. AUTH is Lettuce's own, and MONITOR leaves it out.
        String values = read(seen).replaceAll("(?m)^[0-9.]+ \\[[^]]*\\]", "");
        assertThat(values).contains("\"credits\"", "\"503\"", "\"404\"", "\"outage\"", "\"rejected\"");
        assertThat(values).doesNotContainIgnoringCase("canary").doesNotContain("127.0.0.1", "localhost", "http:");
        Files.delete(seen);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
