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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.subscriber.TestSubscriber;

/** The invariants of {@link BalanceFeed} hold for random events of subscribers, server, time and application. */
class FeedModelTest {
    private static final int RUNS = 1_000;
    private static final int STEPS = 80;

    /** The message of a failure has the seed of its run. To repeat it: {@code -Dfeed-model.seed=...} */
    private static final long SEED = Long.getLong("feed-model.seed", new Random().nextLong());

    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);
    private static final Duration LONGEST_POLL = Duration.ofMinutes(5);

    @Test
    void the_invariants_of_the_feed_hold_in_any_order_of_events() {
        for (int run = 0; run < RUNS; run++) {
            try (FeedLog log = new FeedLog()) {
                new Model(SEED + run, log).run();
            }
        }
    }

    private static final class Subscriber {
        final boolean isOfSignals;
        final TestSubscriber<Object> received =
                TestSubscriber.builder().initialRequest(0).build();
        long demand;

        Subscriber(boolean isOfSignals) {
            this.isOfSignals = isOfSignals;
        }

        List<Object> values() {
            return received.getReceivedOnNext();
        }

        boolean isActive() {
            return !received.isTerminatedOrCancelled();
        }
    }

    private static final class Model {
        private final long seed;
        private final FeedLog log;
        private final Random random;
        private final StubClient client = new StubClient();
        private final Duration interval;
        private final BalanceFeed feed;
        private final List<Subscriber> subscribers = new ArrayList<>();
        private final List<String> violations = new ArrayList<>();
        private @Nullable Duration lastEnd;
        private boolean isHealthy;
        private boolean isStarted;
        private boolean isClosed;
        private int pollsAtClose;

        Model(long seed, FeedLog log) {
            this.seed = seed;
            this.log = log;
            random = new Random(seed);
            interval = Duration.ofMillis(500 + random.nextInt(60_000));
            client.outcome(Mono.defer(this::poll));
            feed = BalanceFeed.builder(client)
                    .interval(interval)
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
                Subscriber last = subscribe(true);
                request(last, 1_000_000);
                client.time.advanceTimeBy(
                        LONGEST_POLL.plus(LONGEST_PAUSE).plus(interval).plus(interval));
                check(STEPS);
                assertThat(last.values())
                        .as("seed %d: the last state", seed)
                        .last()
                        .isInstanceOf(Fresh.class);
                List<String> lines = logged();
                assertThat(lines.isEmpty() ? "INFO fresh" : lines.get(lines.size() - 1))
                        .as("seed %d: the last line", seed)
                        .isEqualTo("INFO fresh");
            }
        }

        private void step() {
            int event = random.nextInt(100);
            if (event < 1) {
                close();
            } else if (event < 3) {
                start();
            } else if (event < 13) {
                subscribe(random.nextBoolean());
            } else if (event < 26) {
                anySubscriber(subscriber -> subscriber.received.cancel());
            } else if (event < 40) {
                anySubscriber(subscriber -> request(subscriber, 1 + random.nextInt(4)));
            } else {
                client.time.advanceTimeBy(Duration.ofMillis(
                        random.nextInt(Math.toIntExact(interval.multipliedBy(2).toMillis()))));
            }
        }

        private void start() {
            isStarted = true;
            feed.start();
        }

        private void close() {
            feed.close();
            if (!isClosed) {
                isClosed = true;
                pollsAtClose = client.polls();
            }
        }

        private Subscriber subscribe(boolean isOfSignals) {
            isStarted = true;
            Subscriber subscriber = new Subscriber(isOfSignals);
            subscribers.add(subscriber);
            if (isOfSignals) {
                feed.signals().subscribe(subscriber.received);
            } else {
                feed.balances().subscribe(subscriber.received);
            }
            return subscriber;
        }

        private void request(Subscriber subscriber, long demand) {
            subscriber.demand += demand;
            subscriber.received.request(demand);
        }

        private void anySubscriber(Consumer<Subscriber> event) {
            if (!subscribers.isEmpty()) {
                event.accept(subscribers.get(random.nextInt(subscribers.size())));
            }
        }

        private Mono<Balance> poll() {
            expect(isStarted, "a poll before the start");
            expect(sinceLastEnd().compareTo(interval) >= 0, "a poll too early");
            return outcome().doFinally(end -> lastEnd = client.now());
        }

        private Mono<Balance> outcome() {
            Duration delay = Duration.ofMillis(random.nextInt(90_000));
            if (isHealthy) {
                return client.counting();
            }
            return switch (random.nextInt(16)) {
                case 0 -> random.nextInt(4) > 0 ? Mono.empty() : Mono.never();
                case 1 -> Mono.error(new IllegalStateException("no ClickatellException"));
                case 2 -> Mono.delay(delay, client.time).then(StubClient.outage());
                case 3 -> StubClient.refusal();
                case 4 -> StubClient.maintenancePage();
                case 5, 6, 7, 8 -> client.counting(delay);
                default -> client.counting();
            };
        }

        private Duration sinceLastEnd() {
            return lastEnd == null ? LONGEST_PAUSE : client.now().minus(lastEnd);
        }

        private void check(int step) {
            expect(client.mostInFlight() <= 1, "more than one poll in flight");
            checkTime();
            subscribers.forEach(this::check);
            List<String> lines = logged();
            for (int i = 0; i < lines.size(); i++) {
                expect(!lines.get(i).equals(i == 0 ? "INFO fresh" : lines.get(i - 1)), "a line without a change");
            }
            if (isClosed) {
                expect(client.inFlight() == 0 && client.polls() == pollsAtClose, "a poll after close");
                expect(subscribers.stream().noneMatch(Subscriber::isActive), "a subscriber after close");
            }
            assertThat(violations).as("seed %d, step %d", seed, step).isEmpty();
        }

        private void checkTime() {
            boolean isFresh = feed.latest().orElse(null) instanceof Fresh;
            if (isClosed || !isStarted) {
                expect(!isFresh, "fresh without polls");
            } else if (client.inFlight() == 0) {
                expect(sinceLastEnd().compareTo(LONGEST_PAUSE) <= 0 && client.polls() > 0, "no more polls");
                expect(!isFresh || sinceLastEnd().compareTo(interval) <= 0, "fresh for " + sinceLastEnd());
            } else {
                Duration time = client.now().minus(client.polledAt().get(client.polls() - 1));
                boolean isOverdue = time.compareTo(Backoff.max(interval, Duration.ofSeconds(1))) >= 0;
                expect(!isOverdue || (!isFresh && feed.latest().isPresent()), "fresh, with a poll overdue: " + time);
                expect(time.compareTo(LONGEST_POLL) <= 0, "a poll of " + time);
            }
        }

        private void check(Subscriber subscriber) {
            List<Object> values = subscriber.values();
            expect(values.size() <= subscriber.demand, "more values than demand");
            expect(!subscriber.received.isTerminatedError(), "an error");
            for (int i = 1; i < values.size(); i++) {
                expect(values.get(i) != values.get(i - 1), "the same value twice");
                expect(!retrievedAt(values.get(i)).isBefore(retrievedAt(values.get(i - 1))), "an older value");
            }
            if (subscriber.isActive() && values.size() < subscriber.demand) {
                BalanceSignal latest = feed.latest().orElse(null);
                Object due = subscriber.isOfSignals || latest == null
                        ? latest
                        : latest.lastKnown().orElse(null);
                expect((values.isEmpty() ? null : values.get(values.size() - 1)) == due, "not the latest value");
            }
        }

        private List<String> logged() {
            return log.lines().stream()
                    .map(line -> line.startsWith("INFO") ? "INFO fresh" : line.replaceFirst(":.*", ""))
                    .toList();
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
