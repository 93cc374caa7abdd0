package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.StubExchange.credits;
import static io.github.clickatellbalance.reactor.StubExchange.reply;
import static io.github.clickatellbalance.reactor.StubExchange.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.ApiReply;
import io.github.clickatellbalance.Balance;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.subscriber.TestSubscriber;

/** The invariants of {@code poll} hold after random events of subscriber, server, clock and application. */
class PollModelTest {
    private static final int RUNS = 1_000;
    private static final int STEPS = 60;

    /** Repeats a failure: {@code -Dpoll-model.seed=...} */
    private static final long SEED = Long.getLong("poll-model.seed", new Random().nextLong());

    // A pause before a retry is always shorter than one before a poll. So the pause distinguishes retries from polls.
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(2);
    private static final Duration SHORTEST_INTERVAL = Duration.ofSeconds(5);

    @Test
    void the_invariants_of_poll_hold_after_random_events() {
        for (int run = 0; run < RUNS; run++) {
            long seed = SEED + run;
            try {
                new Model(seed).run();
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private static final class Model {
        private final long seed;
        private final Random random;
        private final VirtualClient virtual = new VirtualClient();
        private final int maxRetries;
        private final Duration interval;
        private final BalanceClient client;
        private final TestSubscriber<Balance> subscriber =
                TestSubscriber.builder().initialRequest(0).build();
        private final List<String> violations = new ArrayList<>();
        private long requested;
        private int served;
        private int retries;
        private Duration lastEnd = Duration.ofDays(-1);
        private boolean isHealthy;
        private boolean isTransient;
        private boolean isRejected;
        private boolean isOver;
        private int sentWhenOver;
        private int receivedWhenOver;

        Model(long seed) {
            this.seed = seed;
            random = new Random(seed);
            maxRetries = random.nextInt(4);
            interval = SHORTEST_INTERVAL.plusMillis(random.nextInt(60_000));
            virtual.retry = maxRetries == 0
                    ? RetryPolicy.none()
                    : RetryPolicy.backoff(maxRetries, Duration.ofMillis(100), LONGEST_BACKOFF);
            virtual.exchange.respond(Mono.defer(this::respond));
            client = virtual.build();
        }

        void run() {
            client.poll(interval).subscribe(subscriber);
            for (int step = 0; step < STEPS; step++) {
                step();
                check(step);
            }
            if (!isOver) {
                isHealthy = true;
                long before = subscriber.getReceivedOnNext().size();
                request(requested - before + 1);
                virtual.advance(Duration.ofMinutes(12)); // the longest pause, and an exchange in flight
                assertThat((long) subscriber.getReceivedOnNext().size())
                        .as("seed %d: values after the outage", seed)
                        .isGreaterThan(before);
            }
        }

        private void step() {
            switch (random.nextInt(40)) {
                case 0 -> over(subscriber::cancel);
                case 1 -> over(client::close);
                case 2, 3, 4, 5, 6, 7, 8, 9 -> request(1 + random.nextInt(3));
                default -> virtual.advance(Duration.ofMillis(random.nextInt((int) interval.toMillis() * 2)));
            }
        }

        private void request(long demand) {
            requested += demand;
            subscriber.request(demand);
            virtual.advance(Duration.ZERO);
        }

        private void over(Runnable end) {
            end.run();
            ended();
        }

        private void ended() {
            if (!isOver) {
                isOver = true;
                sentWhenOver = virtual.exchange.sent();
                receivedWhenOver = subscriber.getReceivedOnNext().size();
            }
        }

        private Mono<ApiReply> respond() {
            Duration pause = now().minus(lastEnd);
            boolean isRetry = pause.compareTo(SHORTEST_INTERVAL) < 0;
            retries = isRetry ? retries + 1 : 0;
            expect(retries <= maxRetries, "request " + virtual.exchange.sent() + " is a retry too many");
            expect(!isRetry || isTransient, "a retry after a permanent failure");
            expect(isRetry || pause.compareTo(interval) >= 0, "a pause of " + pause);
            expect(requested > subscriber.getReceivedOnNext().size(), "a request without demand");
            isTransient = true;
            return outcome().doFinally(end -> lastEnd = now());
        }

        private Mono<ApiReply> permanent(Mono<ApiReply> reply) {
            return Mono.defer(() -> {
                isTransient = false;
                return reply;
            });
        }

        private Mono<ApiReply> rejected(Mono<ApiReply> reply) {
            return Mono.defer(() -> {
                isRejected = true;
                return reply;
            });
        }

        private Mono<ApiReply> outcome() {
            Mono<Long> delay = Mono.delay(Duration.ofMillis(random.nextInt(12_000)), virtual.time); // deadline: 10 s
            if (isHealthy) {
                return credits(String.valueOf(++served));
            }
            return switch (random.nextInt(20)) {
                case 0 -> Mono.never();
                case 1 -> Mono.error(new IOException("reset"));
                case 2 -> delay.then(status(503));
                case 3 -> delay.then(status(429, LONGEST_BACKOFF));
                case 4 -> delay.then(reply(200, "ERR: 901, Internal error", null));
                case 5 -> status(408);
                case 6 -> permanent(reply(200, "<html>", null));
                case 7 -> delay.then(permanent(status(302)));
                case 8 -> random.nextInt(8) > 0 ? status(425) : rejected(status(404));
                case 9 -> random.nextInt(8) > 0 ? status(500) : rejected(reply(200, "ERR: 001", null));
                case 10 -> delay.then(credits(String.valueOf(++served)));
                default -> credits(String.valueOf(++served));
            };
        }

        private void check(int step) {
            expect(virtual.exchange.mostInFlight() <= 1, "more than one exchange in flight");
            List<Balance> received = subscriber.getReceivedOnNext();
            expect(received.size() <= requested, "more values than demand");
            for (int i = 1; i < received.size(); i++) {
                BigDecimal before = received.get(i - 1).amount();
                expect(received.get(i).amount().compareTo(before) > 0, "a stale value");
            }
            expect(subscriber.isTerminatedError() == isRejected, "an unexpected or a missing error");
            if (subscriber.isTerminatedError()) {
                ended();
            }
            expect(!subscriber.isTerminatedComplete() || isOver, "completion");
            if (isOver) {
                expect(subscriber.isTerminatedOrCancelled(), "no end");
                expect(virtual.exchange.inFlight() == 0, "an exchange after the end");
                expect(virtual.exchange.sent() == sentWhenOver, "a request after the end");
                expect(received.size() == receivedWhenOver, "a value after the end");
            }
            assertThat(violations).as("seed %d, step %d", seed, step).isEmpty();
        }

        private void expect(boolean holds, String violation) {
            if (!holds) {
                violations.add(violation);
            }
        }

        private Duration now() {
            return Duration.ofNanos(virtual.time.now(TimeUnit.NANOSECONDS));
        }
    }
}
