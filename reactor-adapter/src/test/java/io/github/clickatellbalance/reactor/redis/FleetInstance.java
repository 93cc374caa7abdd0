package io.github.clickatellbalance.reactor.redis;

import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.RetryPolicy;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * One instance of an application, as a program: a feed for each account. It prints each signal, and ends with its standard input.
 */
final class FleetInstance {
    /** Nothing in Redis contains it. */
    static final String CANARY = "canary";

    private FleetInstance() {}

    /**
     * Runs until its standard input ends.
     *
     * @param args the user, then for each account: its alias, the URL of the gateway, the port of Redis, the interval in milliseconds
     */
    public static void main(String... args) throws IOException {
        String user = args[0];
        ClientResources resources = resources();
        for (int i = 1; i < args.length; i += 4) {
            Duration interval = Duration.ofMillis(Long.parseLong(args[i + 3]));
            RedisClient redis =
                    RedisClient.create(resources, RedisURI.create("127.0.0.1", Integer.parseInt(args[i + 2])));
            show(args[i], feed(client(user, args[i + 1]), redis, args[i], interval));
        }
        while (System.in.read() >= 0) {}
        Runtime.getRuntime().halt(0);
    }

    /** Lettuce's own pause before it connects again doubles up to half a minute. This one is half a second at most. */
    static ClientResources resources() {
        return ClientResources.builder()
                .reconnectDelay(
                        Delay.exponential(Duration.ofMillis(50), Duration.ofMillis(500), 2, TimeUnit.MILLISECONDS))
                .build();
    }

    private static BalanceClient client(String user, String url) {
        return BalanceClient.builder(Credentials.of(user, CANARY + "-password", CANARY + "-id"))
                .baseUrl(url)
                .attemptTimeout(Duration.ofSeconds(20))
                .retry(RetryPolicy.none())
                .build();
    }

    private static BalanceFeed feed(BalanceClient client, RedisClient redis, String account, Duration interval) {
        return BalanceFeed.of(
                RedisBalanceClient.builder(client, redis.connect().reactive())
                        .account(account)
                        .interval(interval)
                        .build(),
                interval);
    }

    private static void show(String account, BalanceFeed feed) {
        feed.signals().subscribe(signal -> {
            String amount = signal.lastKnown()
                    .map(balance -> balance.amount().toPlainString())
                    .orElse("0");
            String kind = signal instanceof BalanceSignal.Fresh ? "fresh" : "failed";
            System.out.println(account + " " + kind + " " + amount + " " + System.nanoTime());
        });
    }
}
