package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BalanceSignal.Fresh;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.subscriber.TestSubscriber;

/** Whatever subscribers, server, clock and application do, in any order: the invariants of {@link BalanceFeed} hold. */
class FeedModelTest {
    private static final int RUNS = 1_000;
    private static final int STEPS = 80;

    /** To repeat a failure: {@code -Dfeed-model.seed=...} */
    private static final long SEED = Long.getLong("feed-model.seed", new Random().nextLong());

    private static final Duration LONGEST_PROBE = Duration.ofHours(1);

    @Test
    void the_invariants_of_the_feed_hold_in_any_order_of_events() {
        for (int run = 0; run < RUNS; run++) {
            new Model(SEED + run).run();
        }
    }

    /** One that may be slow, or leave. */
    private static final class Watcher {
        final boolean wantsSignals;
        final TestSubscriber<Object> subscriber =
                TestSubscriber.builder().initialRequest(0).build();
        long requested;

        Watcher(boolean wantsSignals) {
            this.wantsSignals = wantsSignals;
        }

        List<Object> received() {
            return subscriber.getReceivedOnNext();
        }

        boolean isHere() {
            return !subscriber.isTerminatedOrCancelled();
        }
    }

    private static final class Model {
        private final long seed;
        private final Random random;
        private final StubClient client = new StubClient();
        private final Duration interval;
        private final Duration linger;
        private final BalanceFeed feed;
        private final List<Watcher> watchers = new ArrayList<>();
        private final List<String> violations = new ArrayList<>();
        private @Nullable Duration emptySince = Duration.ZERO;
        private @Nullable Duration lastEnd;
        private boolean isHealthy;
        private boolean isClosed;
        private int askedWhenClosed;

        Model(long seed) {
            this.seed = seed;
            random = new Random(seed);
            interval = Duration.ofMillis(1_000 + random.nextInt(60_000));
            linger = Duration.ofMillis(random.nextInt(90_000));
            client.answer(Mono.defer(this::answer));
            feed = BalanceFeed.builder(client)
                    .interval(interval)
                    .linger(linger)
                    .scheduler(client.time)
                    .deliverOn(client.time)
                    .clock(client.clock)
                    .build();
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                step();
                check(step);
            }
            if (!isClosed) {
                isHealthy = true;
                Watcher last = subscribe(true);
                request(last, 1_000);
                client.time.advanceTimeBy(LONGEST_PROBE.plus(interval).plusSeconds(20));
                assertThat(last.received())
                        .as("seed %d: told after all is well again", seed)
                        .last()
                        .isInstanceOf(Fresh.class);
            }
        }

        private void step() {
            switch (random.nextInt(100)) {
                case 0 -> close();
                case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 -> subscribe(random.nextBoolean());
                case 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25 -> anyWatcher(this::leave);
                case 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39 ->
                    anyWatcher(watcher -> request(watcher, 1 + random.nextInt(4)));
                default ->
                    client.time.advanceTimeBy(Duration.ofMillis(random.nextInt(
                            Math.toIntExact(interval.multipliedBy(2).toMillis()))));
            }
        }

        private void close() {
            feed.close();
            if (!isClosed) {
                isClosed = true;
                askedWhenClosed = client.asked();
            }
        }

        private Watcher subscribe(boolean wantsSignals) {
            Watcher watcher = new Watcher(wantsSignals);
            watchers.add(watcher);
            emptySince = null;
            if (wantsSignals) {
                feed.signals().subscribe(watcher.subscriber);
            } else {
                feed.balances().subscribe(watcher.subscriber);
            }
            return watcher;
        }

        private void leave(Watcher watcher) {
            watcher.subscriber.cancel();
            if (watchers.stream().noneMatch(Watcher::isHere) && emptySince == null) {
                emptySince = client.now();
            }
        }

        private void request(Watcher watcher, long demand) {
            watcher.requested += demand;
            watcher.subscriber.request(demand);
        }

        private void anyWatcher(java.util.function.Consumer<Watcher> what) {
            if (!watchers.isEmpty()) {
                what.accept(watchers.get(random.nextInt(watchers.size())));
            }
        }

        private Mono<Balance> answer() {
            Duration now = client.now();
            expect(lastEnd == null || now.minus(lastEnd).compareTo(interval) >= 0, "a pause that is too short");
            expect(
                    emptySince == null || now.minus(emptySince).compareTo(linger) <= 0,
                    "a request that nobody waits for");
            return outcome().doFinally(end -> lastEnd = client.now());
        }

        private Mono<Balance> outcome() {
            Mono<Long> delay = Mono.delay(Duration.ofMillis(random.nextInt(15_000)), client.time);
            if (isHealthy) {
                return client.counting();
            }
            return switch (random.nextInt(16)) {
                case 0 -> random.nextInt(4) > 0 ? Mono.empty() : Mono.never();
                case 1 -> Mono.error(new IllegalStateException("foreign"));
                case 2 -> delay.then(StubClient.outage());
                case 3 -> StubClient.refusal();
                case 4, 5, 6, 7 -> delay.then(client.counting());
                default -> client.counting();
            };
        }

        private void check(int step) {
            expect(client.mostInFlight() <= 1, "more than one exchange in flight");
            boolean isFresh = feed.latest().orElse(null) instanceof Fresh;
            Duration sinceLastEnd = client.now().minus(lastEnd == null ? Duration.ZERO : lastEnd);
            expect(
                    !isFresh || client.inFlight() == 1 || sinceLastEnd.compareTo(interval) <= 0,
                    "fresh for " + sinceLastEnd);
            watchers.forEach(this::check);
            if (isClosed) {
                expect(client.inFlight() == 0 && client.asked() == askedWhenClosed, "a request after close");
                expect(watchers.stream().noneMatch(Watcher::isHere), "a subscriber after close");
            }
            assertThat(violations).as("seed %d, step %d", seed, step).isEmpty();
        }

        private void check(Watcher watcher) {
            List<Object> received = watcher.received();
            expect(received.size() <= watcher.requested, "more values than demand");
            expect(!watcher.subscriber.isTerminatedError(), "an error");
            for (int i = 1; i < received.size(); i++) {
                expect(received.get(i) != received.get(i - 1), "the same twice");
                expect(!retrievedAt(received.get(i)).isBefore(retrievedAt(received.get(i - 1))), "an old value");
            }
            if (watcher.isHere() && received.size() < watcher.requested) {
                BalanceSignal latest = feed.latest().orElse(null);
                Object last = received.isEmpty() ? null : received.get(received.size() - 1);
                Object due = watcher.wantsSignals ? latest : latest instanceof Fresh fresh ? fresh.balance() : last;
                expect(last == due, "not the latest");
            }
        }

        private static Instant retrievedAt(Object value) {
            Balance balance =
                    value instanceof BalanceSignal signal ? signal.lastKnown().orElse(null) : (Balance) value;
            return balance == null ? Instant.MIN : balance.retrievedAt();
        }

        private void expect(boolean holds, String violation) {
            if (!holds) {
                violations.add(violation);
            }
        }
    }
}
