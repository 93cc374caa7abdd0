package io.github.clickatellbalance.reactor.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.reactor.redis.FleetJvm.Shown;
import io.github.clickatellbalance.reactor.redis.Gateway.Request;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Five JVMs, a real Redis, and a gateway that counts. Each scenario has an account, a Redis and a gateway of its own, so that all run
 * side by side in the same five JVMs. Those that stop or kill a JVM run after all others.
 */
@Tag("redis")
class FleetProcessTest {
    private static final int INSTANCES = 5;
    private static final Duration SECOND = Duration.ofSeconds(1);
    /** How late a timer, a process or a packet may be on two busy cores. */
    private static final Duration SLACK = Duration.ofMillis(500);
    /** What the death of a holder costs, beside the interval. */
    private static final Duration TAKEOVER = Duration.ofSeconds(5);

    private static final List<FleetJvm> FLEET = new CopyOnWriteArrayList<>();
    private static final Map<String, Account> ACCOUNTS = new LinkedHashMap<>();
    private static final Map<String, CompletableFuture<Void>> SCENARIOS = new LinkedHashMap<>();
    private static final ExecutorService THREADS = Executors.newCachedThreadPool();

    private interface Scenario {
        void run(Account account);
    }

    /** What the five instances have in common. */
    private record Account(String alias, Duration interval, Gateway gateway, RedisServer redis)
            implements AutoCloseable {
        List<String> arguments() {
            return List.of(alias, gateway.url(), String.valueOf(redis.port()), String.valueOf(interval.toMillis()));
        }

        Duration intervals(double count) {
            return Duration.ofNanos((long) (interval.toNanos() * count));
        }

        void awaitAll(String condition, Duration limit, int newerThan) {
            Await.until(
                    () -> condition + ": a balance newer than " + newerThan + " at each instance, but: " + newest(),
                    limit,
                    () -> live().allMatch(jvm -> newest(jvm) > newerThan));
        }

        List<Integer> newest() {
            return live().map(this::newest).toList();
        }

        int newest(FleetJvm jvm) {
            return jvm.shown(alias).stream().mapToInt(Shown::amount).max().orElse(0);
        }

        Stream<FleetJvm> live() {
            return FLEET.stream().filter(FleetJvm::isAlive);
        }

        void assertNothingOldAfterSomethingNew() {
            for (FleetJvm jvm : FLEET) {
                assertThat(jvm.shown(alias)).extracting(Shown::amount).isSorted();
            }
        }

        /** Fails if it takes longer than two intervals from now until one poll serves all. */
        void assertOnePollForAll() {
            Await.pause(intervals(2));
            int before = gateway.requests();
            Await.pause(intervals(3));
            assertThat(gateway.requests() - before)
                    .as("requests in three intervals, from two intervals after the reconnect on")
                    .isBetween(2, 4);
            assertNothingOldAfterSomethingNew();
        }

        long stat(String name) {
            Matcher value =
                    Pattern.compile("(?m)^" + name + ":(?:calls=)?(\\d+)").matcher(redis.cli("INFO", "everything"));
            return value.find() ? Long.parseLong(value.group(1)) : 0;
        }

        /** Without the one of redis-cli. */
        long connections() {
            return redis.cli("CLIENT", "LIST", "TYPE", "normal").lines().count() - 1;
        }

        /** The instance with a request at the gateway. */
        FleetJvm awaitHolder() {
            Await.until(
                    "a request in flight",
                    intervals(3),
                    () -> !gateway.inFlight().isEmpty());
            String user = gateway.inFlight().iterator().next().user();
            return FLEET.stream()
                    .filter(jvm -> jvm.user().equals(user))
                    .findFirst()
                    .orElseThrow();
        }

        @Override
        public void close() {
            gateway.close();
            redis.close();
        }
    }

    @BeforeAll
    static void start() {
        scenario("calm", SECOND, FleetProcessTest::calm);
        scenario("slow", SECOND, FleetProcessTest::slow);
        scenario("killed", SECOND, FleetProcessTest::redisKilled);
        scenario("stopped", SECOND, FleetProcessTest::redisStopped);
        scenario("flushed", SECOND, FleetProcessTest::flushed);
        scenario("scripts", SECOND, FleetProcessTest::scriptsFlushed);
        scenario("paused", SECOND, FleetProcessTest::paused);
        scenario("holder", SECOND, account -> {});
        List<String> arguments = ACCOUNTS.values().stream()
                .flatMap(account -> account.arguments().stream())
                .toList();
        IntStream.rangeClosed(1, INSTANCES).forEach(i -> FLEET.add(FleetJvm.start("instance-" + i, arguments)));
        for (Account account : ACCOUNTS.values()) {
            account.awaitAll("start of " + account.alias(), Duration.ofSeconds(30), 0);
        }
        RUNS.forEach((name, run) ->
                SCENARIOS.put(name, CompletableFuture.runAsync(() -> run.run(account(name)), THREADS)));
        CompletableFuture<Void> others = CompletableFuture.allOf(
                        SCENARIOS.values().toArray(CompletableFuture<?>[]::new))
                .exceptionally(any -> null);
        SCENARIOS.put("sigstop", others.thenRunAsync(() -> holderStopped(account("holder")), THREADS));
        SCENARIOS.put(
                "sigkill",
                SCENARIOS
                        .get("sigstop")
                        .exceptionally(any -> null)
                        .thenRunAsync(() -> holderKilled(account("holder")), THREADS));
    }

    private static final Map<String, Scenario> RUNS = new LinkedHashMap<>();

    private static void scenario(String alias, Duration interval, Scenario run) {
        ACCOUNTS.put(alias, new Account(alias, interval, Gateway.start(), RedisServer.start()));
        RUNS.put(alias, run);
    }

    private static Account account(String alias) {
        return Optional.ofNullable(ACCOUNTS.get(alias)).orElseThrow();
    }

    @AfterAll
    static void stop() {
        FLEET.forEach(FleetJvm::close);
        ACCOUNTS.values().forEach(Account::close);
        THREADS.shutdownNow();
    }

    private static void await(String scenario) {
        try {
            Optional.ofNullable(SCENARIOS.get(scenario)).orElseThrow().join();
        } catch (CompletionException e) {
            throw new AssertionError(scenario + ": " + e.getCause(), e.getCause());
        }
    }

    private static void measured(String text, Object... values) {
        System.out.println("fleet: " + String.format(Locale.ROOT, text, values));
    }

    @Test
    void in_calm_the_fleet_sends_one_request_for_each_interval_and_few_commands() {
        await("calm");
    }

    private static void calm(Account account) {
        int intervals = 10;
        account.redis().cli("CONFIG", "RESETSTAT");
        int before = account.gateway().requests();
        Await.pause(account.intervals(intervals));
        double requests = account.gateway().requests() - before;
        long bytes = account.stat("total_net_input_bytes") + account.stat("total_net_output_bytes");
        double each = intervals * INSTANCES;
        double commands = account.stat("cmdstat_eval") / each;
        double inside = 0;
        for (String name : List.of("time", "xrevrange", "get", "set", "pttl", "pexpire", "xadd", "del")) {
            inside += account.stat("cmdstat_" + name) / each;
        }
        List<Duration> delays = delays(account, before);
        measured(
                "calm: %.2f requests an interval; %.2f commands and %.0f bytes for each instance and interval (%.2f inside of scripts); shown after a median of %d ms",
                requests / intervals,
                commands,
                bytes / each,
                inside,
                delays.get(delays.size() / 2).toMillis());
        assertThat(requests / intervals).isBetween(0.8, 1.15);
        assertThat(commands).isLessThanOrEqualTo(6);
        assertThat(bytes / each).isLessThan(8_000);
        assertThat(delays.get(delays.size() / 2)).isLessThan(account.intervals(0.5));
        account.assertNothingOldAfterSomethingNew();
        assertThat(account.redis()
                        .cli(
                                "EVAL",
                                "local all = {} for _, key in ipairs(redis.call('KEYS', '*')) do all[#all + 1] = key; if redis.call('TYPE', key).ok == 'stream' then all[#all + 1] = redis.call('XRANGE', key, '-', '+') end end return all",
                                "0"))
                .contains("clickatell:{calm}:balance", "amount")
                .doesNotContain(FleetInstance.CANARY, "127.0.0.1", "http");
    }

    /** From the request to the line of each instance. */
    private static List<Duration> delays(Account account, int after) {
        List<Request> requests = account.gateway().all();
        return FLEET.stream()
                .flatMap(jvm -> jvm.shown(account.alias()).stream())
                .filter(one -> one.isFresh() && one.amount() > after)
                .map(one -> Duration.ofNanos(
                        one.at() - requests.get(one.amount() - 1).receivedAt()))
                .sorted()
                .toList();
    }

    @Test
    void a_gateway_that_takes_almost_two_intervals_never_has_two_requests_at_once() {
        await("slow");
    }

    private static void slow(Account account) {
        account.gateway().delay(Duration.ofMillis(1900));
        account.gateway().resetMostInFlight();
        int before = account.gateway().requests();
        Await.pause(account.intervals(9));
        int requests = account.gateway().requests() - before;
        measured(
                "slow: %d requests in 9 intervals, %d at once",
                requests, account.gateway().mostInFlight());
        assertThat(account.gateway().mostInFlight()).isEqualTo(1);
        assertThat(requests).isBetween(2, 5);
        account.awaitAll("slow", Duration.ofSeconds(4), before + requests - 2);
        account.assertNothingOldAfterSomethingNew();
    }

    @Test
    void without_redis_each_instance_polls_and_when_it_is_back_empty_one_polls_for_all() {
        await("killed");
    }

    private static void redisKilled(Account account) {
        account.redis().kill();
        assertAlone("redis killed", account);
        account.redis().restart();
        Duration reconnect =
                Await.until("all are connected", Duration.ofSeconds(3), () -> account.connections() >= INSTANCES);
        measured("redis killed: all connected again after %d ms", reconnect.toMillis());
        account.assertOnePollForAll();
    }

    /** Each instance has new balances, and the gateway gets no more than one request for each instance and interval. */
    private static void assertAlone(String name, Account account) {
        int last = account.gateway().requests();
        account.awaitAll(name, account.intervals(1).plus(SECOND).plus(SLACK), last);
        Map<FleetJvm, Integer> newest = new LinkedHashMap<>();
        FLEET.forEach(jvm -> newest.put(jvm, account.newest(jvm)));
        int before = account.gateway().requests();
        Await.pause(account.intervals(3));
        double requests = account.gateway().requests() - before;
        measured("%s: %.2f requests for each instance and interval", name, requests / INSTANCES / 3);
        assertThat(requests / INSTANCES / 3).isLessThanOrEqualTo(1.34); // three intervals may have the start of four
        newest.forEach((jvm, amount) -> assertThat(account.newest(jvm)).isGreaterThan(amount));
        account.assertNothingOldAfterSomethingNew();
    }

    @Test
    void while_redis_is_stopped_each_instance_polls_and_when_it_goes_on_one_polls_for_all() {
        await("stopped");
    }

    private static void redisStopped(Account account) {
        account.redis().signal("STOP");
        assertAlone("redis stopped", account);
        account.redis().signal("CONT");
        account.assertOnePollForAll();
    }

    @Test
    void client_pause_is_as_a_redis_that_is_stopped() {
        await("paused");
    }

    private static void paused(Account account) {
        long start = System.nanoTime();
        Duration pause = Duration.ofSeconds(6);
        account.redis().cli("CLIENT", "PAUSE", String.valueOf(pause.toMillis()), "ALL");
        assertAlone("client pause", account);
        Await.pause(pause.minusNanos(System.nanoTime() - start));
        account.assertOnePollForAll();
    }

    @Test
    void flushall_costs_one_poll_at_most() {
        await("flushed");
    }

    private static void flushed(Account account) {
        for (int i = 0; i < 3; i++) {
            int before = account.gateway().requests();
            Await.pause(account.intervals(0.5));
            account.redis().cli("FLUSHALL");
            Await.pause(account.intervals(2.5));
            int requests = account.gateway().requests() - before;
            measured("flushall: %d requests in 3 intervals", requests);
            assertThat(requests).isBetween(2, 5);
        }
        account.assertNothingOldAfterSomethingNew();
    }

    @Test
    void script_flush_costs_nothing() {
        await("scripts");
    }

    private static void scriptsFlushed(Account account) {
        int before = account.gateway().requests();
        for (int i = 0; i < 10; i++) {
            Await.pause(account.intervals(0.7));
            account.redis().cli("SCRIPT", "FLUSH");
        }
        int requests = account.gateway().requests() - before;
        measured("script flush: %d requests in 7 intervals", requests);
        assertThat(requests).isBetween(5, 8);
        account.assertNothingOldAfterSomethingNew();
    }

    @Test
    void a_holder_that_is_stopped_beyond_its_claim_shows_nothing_old_and_causes_no_burst() {
        await("sigstop");
    }

    private static void holderStopped(Account account) {
        account.gateway().delay(SECOND);
        FleetJvm holder = account.awaitHolder();
        holder.signal("STOP");
        long stopped = System.nanoTime();
        int before = account.gateway().requests();
        account.gateway().delay(Duration.ZERO);
        FLEET.remove(holder);
        try {
            account.awaitAll("others, after the holder was stopped", TAKEOVER.plus(account.interval()), before);
            measured("SIGSTOP: the others have a new balance after %d ms", (System.nanoTime() - stopped) / 1_000_000);
            Await.pause(account.intervals(1));
        } finally {
            FLEET.add(holder);
            holder.signal("CONT");
        }
        int waking = account.gateway().requests();
        account.awaitAll("all, after the holder goes on", account.intervals(2).plus(SLACK), waking);
        Await.pause(account.intervals(3));
        int requests = account.gateway().requests() - waking;
        measured("SIGCONT: %d requests in about 5 intervals", requests);
        assertThat(requests).isLessThanOrEqualTo(7);
        account.assertNothingOldAfterSomethingNew();
    }

    @Test
    void a_holder_that_is_killed_costs_five_seconds_at_most() {
        await("sigkill");
    }

    private static void holderKilled(Account account) {
        account.gateway().delay(SECOND);
        FleetJvm holder = account.awaitHolder();
        int before = account.gateway().requests();
        holder.signal("KILL");
        long killed = System.nanoTime();
        account.gateway().delay(Duration.ZERO);
        Await.until("the holder is dead", SECOND, () -> !holder.isAlive());
        account.awaitAll("others, after the holder was killed", TAKEOVER.plus(account.interval()), before);
        measured("kill -9: the others have a new balance after %d ms", (System.nanoTime() - killed) / 1_000_000);
        account.assertNothingOldAfterSomethingNew();
        int next = account.gateway().requests();
        Await.pause(account.intervals(3));
        assertThat(account.gateway().requests() - next).isBetween(2, 4);
    }
}
