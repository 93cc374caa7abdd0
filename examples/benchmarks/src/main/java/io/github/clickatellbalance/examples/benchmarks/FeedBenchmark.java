package io.github.clickatellbalance.examples.benchmarks;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * What one feed costs with ten thousand subscribers and with fifty thousand that come and go, beside the nearest that Reactor's
 * own operators give, and what a thousand feeds cost in one process. Prints its figures.
 */
public final class FeedBenchmark {
    private static final int SUBSCRIBERS = 10_000;
    private static final int COMING_AND_GOING = 50_000;
    private static final int ROUNDS = 5;
    private static final int VALUES_IN_A_ROUND = 10;
    private static final Duration BETWEEN_VALUES = Duration.ofMillis(250);

    private static final int FEEDS = 1_000;
    private static final Duration FEED_INTERVAL = Duration.ofSeconds(10);
    private static final Duration FEEDS_RUN = Duration.ofSeconds(30);

    private FeedBenchmark() {}

    /**
     * Runs all parts; takes three minutes.
     *
     * @param args none
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        manySubscribers();
        comingAndGoing();
        manyFeeds();
    }

    // One feed, ten thousand subscribers

    private static void manySubscribers() throws InterruptedException {
        Samples millis = new Samples();
        Samples bytes = new Samples();
        for (int round = 0; round < ROUNDS; round++) {
            Source source = new Source();
            try (BalanceFeed feed = BalanceFeed.of(source, BETWEEN_VALUES)) {
                subscribe("feed", feed.balances(), source, millis, bytes);
            }
            Source stock = new Source();
            subscribe("stock operators", stock(stock), stock, millis, bytes);
        }
        System.out.printf("%,d subscribers, median of %d rounds (lowest to highest)%n", SUBSCRIBERS, ROUNDS);
        for (String name : millis.benchmarks()) {
            System.out.printf(
                    "%-16s %s ms until all have a value, %s bytes/idle subscriber%n",
                    name, millis.of(name, 1), bytes.of(name, 0));
        }
        System.out.printf(
                "feed / stock operators: time %s, bytes %s%n",
                millis.ratio("feed", "stock operators"), bytes.ratio("feed", "stock operators"));
    }

    private static void subscribe(String name, Flux<Balance> balances, Source source, Samples millis, Samples bytes)
            throws InterruptedException {
        long before = Heap.used();
        Disposable.Composite subscribers = Disposables.composite();
        for (int i = 0; i < SUBSCRIBERS; i++) {
            subscribers.add(balances.subscribe(source::received));
        }
        int first = source.polls.get() + 1;
        while (source.polls.get() <= first + VALUES_IN_A_ROUND) {
            TimeUnit.NANOSECONDS.sleep(BETWEEN_VALUES.toNanos() / 2);
        }
        millis.add(name, source.medianMillis(first));
        bytes.add(name, (Heap.used() - before) / (double) SUBSCRIBERS);
        subscribers.dispose();
        if (source.mostInFlight.get() > 1) {
            throw new IllegalStateException("more than one request in flight");
        }
    }

    // One feed, fifty thousand subscribers that come and go while it polls

    private static void comingAndGoing() {
        Samples micros = new Samples();
        for (int round = 0; round < ROUNDS; round++) {
            try (BalanceFeed feed = BalanceFeed.of(new Source(), BETWEEN_VALUES)) {
                micros.add("feed", microsToComeAndGo(feed.balances()));
            }
            micros.add("stock operators", microsToComeAndGo(stock(new Source())));
        }
        System.out.printf("%n%,d subscribers come and go, median of %d rounds%n", COMING_AND_GOING, ROUNDS);
        for (String name : micros.benchmarks()) {
            System.out.printf("%-16s %s us/subscriber%n", name, micros.of(name, 2));
        }
        System.out.printf("feed / stock operators: time %s%n", micros.ratio("feed", "stock operators"));
    }

    private static double microsToComeAndGo(Flux<Balance> balances) {
        List<Disposable> subscribers = new ArrayList<>(COMING_AND_GOING);
        long start = System.nanoTime();
        for (int i = 0; i < COMING_AND_GOING; i++) {
            subscribers.add(balances.subscribe());
        }
        subscribers.forEach(Disposable::dispose);
        return (System.nanoTime() - start) / 1e3 / COMING_AND_GOING;
    }

    /** A poll that stock operators share; each subscriber has a worker of its own. */
    private static Flux<Balance> stock(Source source) {
        return source.poll(BETWEEN_VALUES)
                .replay(1)
                .refCount()
                .onBackpressureLatest()
                .publishOn(Schedulers.boundedElastic(), 1);
    }

    /** A client that needs no network: its n-th balance is n, and it records when each one was emitted and when all subscribers had received it. */
    private static final class Source implements BalanceClient {
        private static final int MAX_VALUES = 1_000;

        private final AtomicInteger polls = new AtomicInteger();
        private final AtomicInteger inFlight = new AtomicInteger();
        private final AtomicInteger mostInFlight = new AtomicInteger();
        private final long[] leftAt = new long[MAX_VALUES];
        private final AtomicInteger[] arrivals = new AtomicInteger[MAX_VALUES];
        private final AtomicLongArray nanos = new AtomicLongArray(MAX_VALUES);

        Source() {
            for (int i = 0; i < MAX_VALUES; i++) {
                arrivals[i] = new AtomicInteger();
            }
        }

        @Override
        public Mono<Balance> balance() {
            return Mono.fromSupplier(() -> {
                mostInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
                int number = polls.getAndIncrement();
                leftAt[number] = System.nanoTime();
                inFlight.decrementAndGet();
                return new Balance(BigDecimal.valueOf(number), Balance.CREDITS, Instant.EPOCH);
            });
        }

        @Override
        public Flux<Balance> poll(Duration interval) {
            return balance()
                    .concatWith(Mono.defer(() -> Mono.delay(interval).then(balance()))
                            .repeat());
        }

        @Override
        public void close() {}

        void received(Balance balance) {
            int number = balance.amount().intValue();
            if (arrivals[number].incrementAndGet() == SUBSCRIBERS) {
                nanos.set(number, System.nanoTime() - leftAt[number]);
            }
        }

        /** Of the values that left when all had subscribed. */
        double medianMillis(int first) {
            double[] times = new double[VALUES_IN_A_ROUND];
            for (int i = 0; i < times.length; i++) {
                if (nanos.get(first + i) == 0) {
                    throw new IllegalStateException("value " + (first + i) + " did not reach everybody");
                }
                times[i] = nanos.get(first + i) / 1e6;
            }
            Arrays.sort(times);
            return times[times.length / 2];
        }
    }

    // A thousand feeds

    private static void manyFeeds() throws IOException, InterruptedException {
        try (LoopbackServer server = LoopbackServer.start()) {
            List<BalanceClient> clients = new ArrayList<>();
            List<BalanceFeed> feeds = new ArrayList<>();
            AtomicInteger[] values = new AtomicInteger[FEEDS];
            long empty = Heap.used();
            for (int i = 0; i < FEEDS; i++) {
                values[i] = new AtomicInteger();
                clients.add(BalanceClient.builder(Credentials.of("account-" + i, "s3cret", "1234567"))
                        .baseUrl("http://127.0.0.1:" + server.port() + "/2")
                        .build());
            }
            long withClients = Heap.used();
            long start = System.nanoTime();
            for (int i = 0; i < FEEDS; i++) {
                AtomicInteger received = values[i];
                BalanceFeed feed = BalanceFeed.of(clients.get(i), FEED_INTERVAL);
                feeds.add(feed);
                feed.balances().subscribe(balance -> received.incrementAndGet());
            }
            double subscribed = (System.nanoTime() - start) / 1e9;
            TimeUnit.SECONDS.sleep(FEED_INTERVAL.toSeconds() / 2); // idle connections are gone by then
            long withFeeds = Heap.used();
            long left = start + FEEDS_RUN.toNanos() - System.nanoTime();
            TimeUnit.NANOSECONDS.sleep(left);

            int least = Integer.MAX_VALUE;
            int all = 0;
            for (AtomicInteger received : values) {
                least = Math.min(least, received.get());
                all += received.get();
            }
            long due = FEEDS_RUN.dividedBy(FEED_INTERVAL);
            System.out.printf(
                    "%n%,d feeds at an interval of %d s for %d s: %,d balances, at least %d at each feed (%d due)%n",
                    FEEDS, FEED_INTERVAL.toSeconds(), FEEDS_RUN.toSeconds(), all, least, due);
            System.out.printf(
                    "%,d bytes/idle feed with its subscriber, %,d bytes/client with its pool; subscribed within %.1f s%n",
                    (withFeeds - withClients) / FEEDS, (withClients - empty) / FEEDS, subscribed);
            if (least < due) {
                throw new IllegalStateException("a poll was missed");
            }
            feeds.forEach(BalanceFeed::close);
            clients.forEach(BalanceClient::close);
        }
    }
}
