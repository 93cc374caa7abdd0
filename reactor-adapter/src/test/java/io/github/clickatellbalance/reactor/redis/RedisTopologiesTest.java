package io.github.clickatellbalance.reactor.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.reactive.RedisScriptingReactiveCommands;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.resource.ClientResources;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Sentinel and Cluster: the connection is the application's, and the client is the same. */
@Tag("redis")
class RedisTopologiesTest {
    private static final int INSTANCES = 3;
    private static final Duration INTERVAL = Duration.ofMillis(500);
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final ClientResources resources = FleetInstance.resources();
    private final CountedUpstream upstream = new CountedUpstream(Duration.ofMillis(50));
    private final List<RedisBalanceClient> clients = new ArrayList<>();
    private final List<BalanceFeed> feeds = new ArrayList<>();
    private final List<List<BigDecimal>> shown = new ArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    private void startFeeds(Supplier<RedisScriptingReactiveCommands<String, String>> commands) {
        for (int i = 0; i < INSTANCES; i++) {
            RedisBalanceClient client = RedisBalanceClient.builder(upstream, commands.get())
                    .account("acct-blue")
                    .interval(INTERVAL)
                    .build();
            BalanceFeed feed = BalanceFeed.of(client, INTERVAL);
            List<BigDecimal> amounts = new CopyOnWriteArrayList<>();
            clients.add(client);
            feeds.add(feed);
            shown.add(amounts);
            feed.balances().map(Balance::amount).subscribe(amounts::add);
        }
        awaitNew();
    }

    private Duration awaitNew() {
        BigDecimal last = new BigDecimal(upstream.polls());
        return Await.until(
                () -> "newer than " + last + ": " + shown,
                LIMIT,
                () -> shown.stream()
                        .allMatch(amounts -> amounts.stream().anyMatch(amount -> amount.compareTo(last) > 0)));
    }

    private <T extends AutoCloseable> T opened(T resource) {
        open.add(0, resource);
        return resource;
    }

    @AfterEach
    void stop() throws Exception {
        feeds.forEach(BalanceFeed::close);
        clients.forEach(RedisBalanceClient::close);
        for (AutoCloseable one : open) {
            one.close();
        }
        resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private void assertOnePollForAll(int intervals) {
        int before = upstream.polls();
        Await.pause(INTERVAL.multipliedBy(intervals));
        assertThat(upstream.polls() - before).isBetween(intervals - 1, intervals + 1);
        assertThat(clients).allMatch(RedisBalanceClient::isShared);
        assertThat(shown).allSatisfy(amounts -> assertThat(amounts).isSorted());
    }

    @Test
    void a_master_fails_over_to_its_replica_by_sentinel() {
        RedisServer first = opened(RedisServer.start("--repl-diskless-sync-delay", "0"));
        List<RedisServer> replicas = Stream.generate(() -> opened(RedisServer.start(
                        "--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1", String.valueOf(first.port()))))
                .limit(2)
                .toList();
        List<RedisServer> all = List.of(first, replicas.get(0), replicas.get(1));
        Await.until("replicas", LIMIT, () -> replicas.stream().allMatch(RedisTopologiesTest::isReplica));
        List<RedisServer> sentinels = Stream.generate(() -> opened(RedisServer.sentinel(first.port(), 2)))
                .limit(3)
                .toList();
        Await.until(
                "sentinels that know all",
                LIMIT,
                () -> sentinels.stream()
                        .map(sentinel -> sentinel.cli("SENTINEL", "MASTER", "balance"))
                        .allMatch(state -> state.matches("(?s).*num-slaves\\s+2\\s.*num-other-sentinels\\s+2\\s.*")));
        RedisURI.Builder address = RedisURI.builder().withSentinelMasterId("balance");
        sentinels.forEach(sentinel -> address.withSentinel("127.0.0.1", sentinel.port()));
        RedisClient redis = opened(RedisClient.create(resources, address.build()));
        startFeeds(() -> redis.connect().reactive());
        assertOnePollForAll(4);

        int before = upstream.polls();
        long start = System.nanoTime();
        sentinels.get(0).cli("SENTINEL", "FAILOVER", "balance");
        Await.until(
                "sentinels that know the new master",
                LIMIT,
                () -> sentinels.stream()
                        .map(sentinel -> sentinel.cli("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "balance"))
                        .noneMatch(master -> master.contains(String.valueOf(first.port()))));
        first.cli("CLIENT", "KILL", "TYPE", "normal"); // Sentinel does the same, but waits for 8 s before
        RedisServer second = awaitMaster(all, first);
        awaitNew();
        double intervals = (System.nanoTime() - start) / (double) INTERVAL.toNanos();
        int polls = upstream.polls() - before;
        System.out.printf("fleet: failover in good order: %d polls in %.1f intervals%n", polls, intervals);
        assertThat((double) polls).isLessThanOrEqualTo(Math.ceil(intervals) + 1);
        assertOnePollForAll(4);

        Await.until(
                "a replica of the new master",
                LIMIT,
                () -> all.stream()
                        .anyMatch(one -> isReplica(one)
                                && one.cli("INFO", "replication").contains("master_port:" + second.port())));
        start = System.nanoTime();
        before = upstream.polls();
        second.kill();
        awaitMaster(all, second);
        Duration again = Duration.ofNanos(System.nanoTime() - start);
        System.out.printf(
                "fleet: master killed: shared again after %d ms, %d polls meanwhile%n",
                again.toMillis(), upstream.polls() - before);
        assertThat(upstream.polls() - before)
                .as("alone meanwhile")
                .isLessThanOrEqualTo(INSTANCES * Math.toIntExact(2 + again.toMillis() / INTERVAL.toMillis()));
        Await.pause(INTERVAL.multipliedBy(2));
        assertOnePollForAll(4);
    }

    private static boolean isReplica(RedisServer server) {
        return server.cli("INFO", "replication").contains("master_link_status:up");
    }

    /** Another one than before, to which all instances are connected, and which all share. */
    private RedisServer awaitMaster(List<RedisServer> servers, RedisServer before) {
        List<RedisServer> others = servers.stream().filter(one -> one != before).toList();
        Supplier<Stream<RedisServer>> masters = () -> others.stream()
                .filter(one -> one.cli("ROLE").startsWith("master"))
                .filter(one -> one.cli("CLIENT", "LIST")
                                .lines()
                                .filter(line -> line.contains("cmd=eval"))
                                .count()
                        >= INSTANCES);
        Await.until(
                "a new master with all instances",
                LIMIT,
                () -> masters.get().findAny().isPresent());
        Await.until("shared", LIMIT, () -> clients.stream().allMatch(RedisBalanceClient::isShared));
        return masters.get().findAny().orElseThrow();
    }

    @Test
    void a_cluster_of_three_nodes() {
        List<RedisServer> nodes = IntStream.range(0, 3)
                .mapToObj(i -> opened(RedisServer.clusterNode()))
                .toList();
        Stream<String> addresses = nodes.stream().map(node -> "127.0.0.1:" + node.port());
        String created = RedisServer.run(Stream.concat(
                        Stream.concat(Stream.of("redis-cli", "--cluster", "create"), addresses),
                        Stream.of("--cluster-replicas", "0", "--cluster-yes"))
                .toArray(String[]::new));
        assertThat(created).contains("[OK] All 16384 slots covered");
        Await.until(
                "a cluster",
                LIMIT,
                () -> nodes.stream()
                        .allMatch(node -> node.cli("CLUSTER", "INFO").contains("cluster_state:ok")));
        RedisClusterClient redis = RedisClusterClient.create(
                resources, RedisURI.create("127.0.0.1", nodes.get(0).port()));
        // Its close() sometimes does not end.
        open.add(
                0,
                () -> redis.shutdownAsync(0, 1, TimeUnit.SECONDS)
                        .completeOnTimeout(null, 3, TimeUnit.SECONDS)
                        .join());
        startFeeds(() -> redis.connect().reactive());
        assertOnePollForAll(4);
        assertThat(Objects.requireNonNull(clients.get(0).recent().collectList().block(LIMIT))
                        .size())
                .isBetween(4, 7);
        assertThat(nodes.stream().map(node -> node.cli("DBSIZE").strip()).filter("0"::equals))
                .as("nodes without a key")
                .hasSize(2);
    }
}
