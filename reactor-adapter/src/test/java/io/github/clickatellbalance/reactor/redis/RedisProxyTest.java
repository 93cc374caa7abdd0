package io.github.clickatellbalance.reactor.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The network between Lettuce and Redis: it delays, cuts, resets, swallows, and loses the reply of a command that was executed. */
@Tag("redis")
class RedisProxyTest {
    private static final int INSTANCES = 3;
    private static final Duration INTERVAL = Duration.ofMillis(300);
    private static final Duration LIMIT = Duration.ofSeconds(10);
    /** Of the faults; printed, and part of each failure. */
    private static final long SEED = Long.getLong("clickatell.test.seed", System.nanoTime());

    private static final String STREAM = "clickatell:{acct-blue}:balance";

    private final ClientResources resources = ClientResources.builder()
            .reconnectDelay(Delay.exponential(Duration.ofMillis(5), Duration.ofMillis(50), 2, TimeUnit.MILLISECONDS))
            .build();
    private final CountedUpstream upstream = new CountedUpstream(Duration.ofMillis(100));
    private final List<RedisBalanceClient> clients = new ArrayList<>();
    private final List<BalanceFeed> feeds = new ArrayList<>();
    private final List<List<BigDecimal>> shown = new ArrayList<>();
    private final RedisServer server = RedisServer.start();
    private final RedisProxy proxy = RedisProxy.start(server);
    private final RedisClient redis = RedisClient.create(resources, RedisURI.create("127.0.0.1", proxy.port()));

    @BeforeEach
    void start() {
        for (int i = 0; i < INSTANCES; i++) {
            clients.add(RedisBalanceClient.builder(upstream, redis.connect().reactive())
                    .account("acct-blue")
                    .interval(INTERVAL)
                    .build());
        }
    }

    @AfterEach
    void stop() {
        feeds.forEach(BalanceFeed::close);
        clients.forEach(RedisBalanceClient::close);
        redis.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        proxy.close();
        server.close();
    }

    private void startFeeds() {
        for (RedisBalanceClient client : clients) {
            BalanceFeed feed = BalanceFeed.of(client, INTERVAL);
            List<BigDecimal> amounts = new CopyOnWriteArrayList<>();
            feeds.add(feed);
            shown.add(amounts);
            feed.balances().map(Balance::amount).subscribe(amounts::add);
        }
        awaitNew();
    }

    /** Each instance has a balance that was polled from now on. */
    private Duration awaitNew() {
        BigDecimal last = new BigDecimal(upstream.polls());
        return Await.until(
                () -> "newer than " + last + ": " + shown,
                LIMIT,
                () -> shown.stream()
                        .allMatch(amounts -> amounts.stream().anyMatch(amount -> amount.compareTo(last) > 0)));
    }

    private void assertNothingOldAfterSomethingNew() {
        assertThat(shown).allSatisfy(amounts -> assertThat(amounts).isSorted());
    }

    private long entries() {
        return Long.parseLong(server.cli("XLEN", STREAM).strip());
    }

    /** Lettuce sends the command again after it has connected again, and the script that ran twice has the effect of one. */
    @ParameterizedTest
    @ValueSource(strings = {"'wait', holder", "XADD", "'XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[1]"})
    void a_command_whose_reply_is_lost_has_its_effect_once(String script) {
        proxy.loseReplyTo(script);
        RedisBalanceClient client = clients.get(0);
        Balance balance = Objects.requireNonNull(client.balance().block(LIMIT));
        assertThat(client.recent().collectList().block(LIMIT)).hasSize(1);
        assertThat(proxy.lostReplies()).isEqualTo(1);
        assertThat(balance.amount()).isEqualTo(BigDecimal.ONE);
        assertThat(upstream.polls()).isEqualTo(1);
        assertThat(entries()).isEqualTo(1);
        assertThat(server.cli("EXISTS", "clickatell:{acct-blue}:claim").strip()).isEqualTo("0");
        assertThat(clients).allMatch(RedisBalanceClient::isShared);
    }

    /** All within the time limit of a command: Lettuce connects again, and sends the commands again. */
    @Test
    void short_faults_cause_no_second_poll_and_nothing_old() {
        startFeeds();
        Random random = new Random(SEED);
        Disturbed disturbed = disturb(Duration.ofSeconds(5), () -> {
            switch (random.nextInt(4)) {
                case 0 -> proxy.cut();
                case 1 -> proxy.delay(Duration.ofMillis(random.nextInt(50)));
                case 2 -> proxy.loseReplyTo("XADD");
                default -> proxy.loseReplyTo("'wait', holder");
            }
        });
        assertThat(upstream.mostInFlight()).as(disturbed.toString()).isEqualTo(1);
        assertThat(disturbed.polls).as(disturbed.toString()).isBetween(5, 17);
        assertThat(entries()).as("entries").isBetween(upstream.polls() - 2L, (long) upstream.polls());
    }

    /** Netty's exception ends the commands in flight, and Lettuce does not send them again: as no reply, at each instance with one. */
    @Test
    void each_reset_causes_one_poll_more_at_each_instance_at_most() {
        startFeeds();
        Disturbed disturbed = disturb(Duration.ofSeconds(3), proxy::reset);
        assertThat(disturbed.polls).as(disturbed.toString()).isBetween(4, 11 + INSTANCES * disturbed.faults);
    }

    private record Disturbed(long seed, int faults, int polls) {}

    private Disturbed disturb(Duration time, Runnable fault) {
        Random random = new Random(SEED);
        long end = System.nanoTime() + time.toNanos();
        int faults = 0;
        int before = upstream.polls();
        while (System.nanoTime() - end < 0) {
            fault.run();
            faults++;
            Await.pause(Duration.ofMillis(50 + random.nextInt(300)));
            proxy.delay(Duration.ZERO);
        }
        Disturbed disturbed = new Disturbed(SEED, faults, upstream.polls() - before);
        awaitNew();
        System.out.printf(
                "fleet: proxy: %s in %.1f intervals, %d at once, %d entries of %d polls%n",
                disturbed,
                time.toMillis() / (double) INTERVAL.toMillis(),
                upstream.mostInFlight(),
                entries(),
                upstream.polls());
        assertNothingOldAfterSomethingNew();
        return disturbed;
    }

    /** A peer that is gone without a FIN or RST: each polls alone. When the connection is established anew, one polls for all. */
    @Test
    void a_connection_that_swallows_is_as_no_redis() {
        startFeeds();
        proxy.swallow(true);
        Duration first = awaitNew();
        Await.until("all alone", LIMIT, () -> clients.stream().noneMatch(RedisBalanceClient::isShared));
        int before = upstream.polls();
        Await.pause(INTERVAL.multipliedBy(5));
        int polls = upstream.polls() - before;
        proxy.swallow(false);
        proxy.reset();
        Duration found =
                Await.until("all shared", LIMIT, () -> clients.stream().allMatch(RedisBalanceClient::isShared));
        Await.pause(INTERVAL.multipliedBy(2));
        int shared = upstream.polls();
        Await.pause(INTERVAL.multipliedBy(4));
        System.out.printf(
                "fleet: swallowed: first balance after %d ms, %d polls of %d instances in 5 intervals, found after %d ms, then %d polls in 4 intervals%n",
                first.toMillis(), polls, INSTANCES, found.toMillis(), upstream.polls() - shared);
        assertThat(first).isLessThan(Duration.ofSeconds(2));
        assertThat(polls).isBetween(INSTANCES * 2, INSTANCES * 6);
        assertThat(found).isLessThan(Duration.ofSeconds(3));
        assertThat(upstream.polls() - shared).isLessThanOrEqualTo(5);
        assertNothingOldAfterSomethingNew();
    }

    /** Slower than the limit of a command: as no Redis, and nothing old, whenever a late command is executed. */
    @Test
    void a_redis_that_is_too_slow_is_as_none() {
        startFeeds();
        proxy.delay(Duration.ofMillis(700));
        Await.until("all alone", LIMIT, () -> clients.stream().noneMatch(RedisBalanceClient::isShared));
        Duration alone = awaitNew();
        proxy.delay(Duration.ZERO);
        Await.until("all shared", LIMIT, () -> clients.stream().allMatch(RedisBalanceClient::isShared));
        awaitNew();
        Await.pause(INTERVAL.multipliedBy(2));
        int shared = upstream.polls();
        Await.pause(INTERVAL.multipliedBy(4));
        assertThat(alone).isLessThan(Duration.ofSeconds(2));
        assertThat(upstream.polls() - shared).isBetween(2, 5);
        assertNothingOldAfterSomethingNew();
    }
}
