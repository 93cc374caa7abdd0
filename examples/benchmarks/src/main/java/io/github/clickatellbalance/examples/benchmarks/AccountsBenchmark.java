package io.github.clickatellbalance.examples.benchmarks;

import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.reactor.BalanceClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/**
 * Ten thousand accounts in one process, each with a client of its own and polled every ten seconds, over one {@code HttpClient};
 * and {@code close()} with many calls in flight. Prints its figures; fails if a poll is missed.
 */
public final class AccountsBenchmark {
    private static final int ACCOUNTS = 10_000;
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final int INTERVALS = 6;

    private AccountsBenchmark() {}

    /**
     * Runs both parts; takes two minutes.
     *
     * @param args none
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        try (LoopbackServer server = LoopbackServer.start()) {
            String url = "http://127.0.0.1:" + server.port();
            System.out.printf(
                    "%,d bytes/client over one HttpClient, %,d bytes/client with its own pool, https://%n",
                    bytesOfClient(HttpClient.create()), bytesOfClient(null));
            poll(url);
            for (int calls : new int[] {32, 1_000, 10_000}) {
                close(url, calls); // warm-up
                System.out.printf("close() with %,d calls in flight: %.1f us/call%n", calls, close(url, calls));
            }
        }
    }

    private static long bytesOfClient(@Nullable HttpClient shared) throws InterruptedException {
        int count = 1_000;
        List<BalanceClient> clients = new ArrayList<>(count);
        build(shared, "https://127.0.0.1").close(); // loads classes
        long before = Heap.used();
        for (int i = 0; i < count; i++) {
            clients.add(build(shared, "https://127.0.0.1"));
        }
        long bytes = (Heap.used() - before) / count;
        clients.forEach(BalanceClient::close);
        return bytes;
    }

    private static BalanceClient build(@Nullable HttpClient shared, String url) {
        BalanceClient.Builder builder = BalanceClient.builder(Credentials.of("alice", "s3cret", "1234567"))
                .baseUrl(url);
        return (shared == null ? builder : builder.httpClient(shared)).build();
    }

    private static void poll(String url) throws InterruptedException {
        ConnectionProvider pool = ConnectionProvider.builder("accounts")
                .maxConnections(64)
                .pendingAcquireMaxCount(-1)
                .maxIdleTime(Duration.ofSeconds(4))
                .build();
        HttpClient shared = HttpClient.create(pool);
        AtomicInteger[] polls =
                IntStream.range(0, ACCOUNTS).mapToObj(i -> new AtomicInteger()).toArray(AtomicInteger[]::new);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Disposable.Composite subscriptions = Disposables.composite();
        long start = System.nanoTime();
        for (int i = 0; i < ACCOUNTS; i++) {
            AtomicInteger count = polls[i];
            // The first polls are spread over the interval.
            Duration delay = Duration.ofNanos(ThreadLocalRandom.current().nextLong(INTERVAL.toNanos()));
            subscriptions.add(build(shared, url + "/accounts")
                    .poll(INTERVAL)
                    .delaySubscription(delay)
                    .subscribe(balance -> count.incrementAndGet(), failure::set));
        }
        TimeUnit.NANOSECONDS.sleep(start + INTERVAL.multipliedBy(INTERVALS).toNanos() - System.nanoTime());
        subscriptions.dispose();
        int least = IntStream.range(0, ACCOUNTS).map(i -> polls[i].get()).min().orElseThrow();
        long all = IntStream.range(0, ACCOUNTS).mapToLong(i -> polls[i].get()).sum();
        String most = HttpClient.create()
                .get()
                .uri(url + "/report")
                .responseContent()
                .aggregate()
                .asString()
                .block();
        System.out.printf(
                "%,d accounts for %d intervals of %d s: %,d polls, at least %d for each account, at most %s in one millisecond%n",
                ACCOUNTS, INTERVALS, INTERVAL.toSeconds(), all, least, most);
        // Each poll takes some time, so that the last of the six may be due a moment after the end.
        if (least < INTERVALS - 1 || failure.get() != null) {
            throw new IllegalStateException("a poll was missed", failure.get());
        }
    }

    /** {@return how long close() takes until all calls have ended, in microseconds for each call} */
    private static double close(String url, int calls) throws InterruptedException {
        AtomicInteger ended = new AtomicInteger();
        BalanceClient client = build(null, url + "/silent");
        Flux.range(0, calls)
                .flatMap(
                        i -> client.balance()
                                .onErrorResume(closed -> Mono.empty())
                                .doFinally((SignalType end) -> ended.incrementAndGet()),
                        calls)
                .subscribe();
        TimeUnit.SECONDS.sleep(2);
        long start = System.nanoTime();
        client.close();
        double micros = (System.nanoTime() - start) / 1e3 / calls;
        if (ended.get() != calls) {
            throw new IllegalStateException(ended + " of " + calls + " calls have ended");
        }
        return micros;
    }
}
