package io.github.clickatellbalance.reactor.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.reactor.redis.MemoryFleet.Way;
import io.github.clickatellbalance.reactor.redis.Simulation.Instance;
import io.github.clickatellbalance.reactor.redis.Simulation.Reply;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.test.subscriber.TestSubscriber;

/**
 * The invariants of a fleet hold for random events of processes, store, network and gateway, in virtual time over the twin of
 * Redis. The seed repeats the events; the pauses of feeds differ by microseconds, and those without Redis have jitter.
 */
@Tag("redis")
class FleetModelTest {
    private static final int RUNS = Integer.getInteger("fleet-model.runs", 200);
    private static final int STEPS = 120;

    /** The message of a failure has the seed of its run. To repeat it: {@code -Dfleet-model.seed=...} */
    private static final long SEED = Long.getLong("fleet-model.seed", new Random().nextLong());

    private static final Duration TAKEOVER = Duration.ofSeconds(5);
    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

    private enum Weather {
        /** Processes start, end and die; commands are slow and sent twice; the gateway fails. */
        CALM,
        /** Also processes that are stopped and wake, and a store that loses everything. */
        STOPS,
        /** Also commands that fail, hang, or lose their reply, and a clock that jumps. */
        STORM
    }

    @ParameterizedTest
    @EnumSource(Weather.class)
    void the_invariants_of_the_fleet_hold_in_any_order_of_events(Weather weather) {
        Totals totals = new Totals();
        for (int run = 0; run < RUNS; run++) {
            try (Simulation simulation = new Simulation()) {
                new Model(SEED + run, weather, simulation, totals).run();
            }
        }
        System.out.printf(
                "%s: seed %d, %d runs: %d intervals, %d requests, %d claims, %d of them expired, %d outcomes%n",
                weather,
                SEED,
                RUNS,
                totals.intervals,
                totals.requests,
                totals.granted,
                totals.expired,
                totals.published);
        assertThat(totals.published).isPositive();
    }

    private static final class Totals {
        long intervals;
        long requests;
        long granted;
        long expired;
        long published;
    }

    private record Call(Instance instance, TestSubscriber<Balance> subscriber) {}

    private static final class Model {
        private final long seed;
        private final Weather weather;
        private final Simulation simulation;
        private final Totals totals;
        private final Random random;
        private final Duration interval;
        private final Duration longestReply;
        private final List<String> violations = new ArrayList<>();
        private final List<Duration> ends = new ArrayList<>();
        private final Map<Instance, BigDecimal> newestShown = new HashMap<>();
        private final Map<Instance, Duration> resumedAt = new HashMap<>();
        private final List<Call> calls = new ArrayList<>();
        private boolean isHealthy;
        private boolean hasJumped;
        /** Requests that an event may cause beside those of the intervals and of claims that expire. */
        private int allowance;

        private int ordered;
        private BigDecimal newest = BigDecimal.ZERO;

        Model(long seed, Weather weather, Simulation simulation, Totals totals) {
            this.seed = seed;
            this.weather = weather;
            this.simulation = simulation;
            this.totals = totals;
            random = new Random(seed);
            interval = Duration.ofMillis(5_000 + random.nextInt(55_000));
            longestReply = random.nextBoolean() ? Duration.ofMillis(500) : interval.multipliedBy(2);
            simulation.gateway.replies(this::reply);
            start();
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                step();
                // In short steps, so that no violation is over before it is seen.
                Duration end = simulation.now().plus(millis(interval.dividedBy(2)));
                while (simulation.now().compareTo(end) < 0) {
                    simulation.advance(millis(interval.dividedBy(8)));
                    check(step);
                }
            }
            heal();
            totals.intervals += simulation.now().dividedBy(interval);
            totals.requests += simulation.gateway.requests();
            totals.granted += simulation.store.granted();
            totals.expired += simulation.store.expired();
            totals.published += simulation.store.published();
        }

        private Duration millis(Duration bound) {
            return Duration.ofMillis(1 + random.nextInt(Math.toIntExact(bound.toMillis())));
        }

        private void step() {
            int event = random.nextInt(100);
            if (event < 10) {
                start();
            } else if (event < 22) {
                end("is killed", instance -> instance.process.kill());
            } else if (event < 28) {
                end("is closed", instance -> {
                    instance.feed().close();
                    instance.client.close();
                    instance.process.kill(); // after what it had to do
                });
            } else if (event < 34) {
                running(instance -> true).ifPresent(instance -> call(instance));
            } else if (event < 40 && !calls.isEmpty()) {
                cancel(calls.remove(random.nextInt(calls.size())));
            } else if (weather != Weather.CALM) {
                disturb(event);
            }
        }

        private void call(Instance instance) {
            simulation.event(instance, "is called");
            calls.add(new Call(instance, instance.call()));
        }

        private void cancel(Call call) {
            if (isRunning(call.instance())) {
                simulation.event(call.instance(), "has a call cancelled");
                allowance++;
                ends.add(simulation.now());
                call.subscriber().cancel();
            }
        }

        private void disturb(int event) {
            if (event < 55) {
                // Its timers are those of this process: at least one other goes on.
                if (simulation.instances.stream().filter(Model::isRunning).count() > 1) {
                    running(instance -> true).ifPresent(instance -> {
                        simulation.event(instance, "is stopped");
                        instance.process.stop();
                    });
                }
            } else if (event < 75) {
                any(instance -> !instance.process.isKilled() && !instance.process.isRunning())
                        .ifPresent(this::resume);
            } else if (event < 78) {
                allowance++;
                simulation.event("flush");
                simulation.store.flush();
            } else if (event < 80 && weather == Weather.STORM) {
                hasJumped = true;
                allowance++;
                Duration jump = millis(interval.multipliedBy(2));
                simulation.store.jump(random.nextBoolean() ? jump : jump.negated());
            }
        }

        private void start() {
            allowance++; // after a rejection
            Instance instance = simulation.instance(interval);
            simulation.event(instance, "is started");
            instance.fleet.ways(this::way);
            instance.startFeed();
        }

        private void end(String event, Consumer<Instance> end) {
            if (simulation.instances.stream().filter(Model::isRunning).count() < 2) {
                return;
            }
            running(instance -> true).ifPresent(instance -> {
                allowance++;
                ends.add(simulation.now());
                allowance += instance.fleet.failures();
                simulation.event(instance, event);
                end.accept(instance);
                simulation.instances.remove(instance);
            });
        }

        private void resume(Instance instance) {
            resumedAt.put(instance, simulation.now());
            simulation.event(instance, "is continued");
            instance.process.resume();
        }

        private static boolean isRunning(Instance instance) {
            return instance.process.isRunning();
        }

        private Optional<Instance> running(Predicate<Instance> condition) {
            return any(instance -> isRunning(instance) && condition.test(instance));
        }

        private Optional<Instance> any(Predicate<Instance> condition) {
            List<Instance> found =
                    simulation.instances.stream().filter(condition).toList();
            return found.isEmpty() ? Optional.empty() : Optional.of(found.get(random.nextInt(found.size())));
        }

        private Way way(String command) {
            int event = isHealthy ? 100 : random.nextInt(100);
            if (event < 10) {
                return Way.TWICE;
            }
            if (event < 30) {
                return Way.slow(millis(Duration.ofMillis(200)));
            }
            if (weather != Weather.STORM || event >= 36) {
                return Way.NORMAL;
            }
            if (command.equals("probe")) { // the next one follows after half a minute
                allowance += 1 + Math.toIntExact(Duration.ofSeconds(31).dividedBy(interval));
            }
            return switch (event) {
                case 30 -> Way.LOST_REPLY;
                case 31 -> Way.REFUSED;
                case 32 -> Way.NO_REPLY;
                case 33 -> Way.SWALLOWED;
                default -> Way.hanging(millis(Duration.ofSeconds(10)));
            };
        }

        private Reply reply() {
            Duration latency = isHealthy ? Duration.ofMillis(300) : millis(longestReply);
            return new Reply(latency, isHealthy ? null : failure());
        }

        private @Nullable ClickatellException failure() {
            return switch (random.nextInt(60)) {
                case 0 -> new ApiErrorException("001", "Authentication failed", "Check it.", false, null);
                case 1, 2 -> new MalformedReplyException("it is HTML", "<html>");
                case 3 -> new HttpStatusException(429, "", millis(Duration.ofMinutes(10)));
                case 4, 5, 6, 7 -> new TransportException("The connection was refused", true, null);
                default -> null;
            };
        }

        private void check(int step) {
            if (weather == Weather.CALM) {
                expect(simulation.gateway.mostInFlight() <= 1, "requests overlap");
                checkPublished();
            }
            checkRequests();
            checkOrder();
            simulation.instances.stream().filter(Model::isRunning).forEach(this::checkShown);
            assertNoViolation("step " + step);
        }

        private void assertNoViolation(String when) {
            if (!violations.isEmpty()) {
                throw new AssertionError("seed %d, %s, %s, interval %s, replies up to %s: %s%n%s"
                        .formatted(
                                seed,
                                when,
                                weather,
                                interval,
                                longestReply,
                                violations,
                                String.join("\n", simulation.lastEvents())));
            }
        }

        /** A larger amount is a newer reply of the gateway. */
        private void checkOrder() {
            List<Map<String, String>> entries = simulation.store.entries();
            int added = Math.min(entries.size(), simulation.store.published() - ordered);
            ordered = simulation.store.published();
            for (Map<String, String> entry : entries.subList(entries.size() - added, entries.size())) {
                simulation.event("published", entry);
                if (entry.containsKey("amount")) {
                    BigDecimal amount = new BigDecimal(String.valueOf(entry.get("amount")));
                    expect(amount.compareTo(newest) > 0, "an outcome of a zombie: " + amount + " after " + newest);
                    newest = amount;
                }
            }
        }

        /** Of each interval, of each claim that expired, and of each event that may cause one. */
        private void checkRequests() {
            long failures = simulation.instances.stream()
                    .mapToLong(instance -> instance.fleet.failures())
                    .sum();
            long bound = 1 + simulation.now().dividedBy(interval) + simulation.store.expired() + allowance + failures;
            expect(simulation.gateway.requests() <= bound, simulation.gateway.requests() + " requests, not " + bound);
        }

        /** A new outcome when it is due, though processes die. */
        private void checkPublished() {
            List<Map<String, String>> entries = simulation.store.entries();
            Duration pause = entries.isEmpty()
                    ? Duration.ZERO
                    : Duration.ofMillis(Long.parseLong(
                            String.valueOf(entries.get(entries.size() - 1).get("pause"))));
            // Each process that ends may have polled for as long as a reply takes, and another one polls after the
            // takeover.
            long ended = ends.stream()
                    .filter(end -> end.compareTo(simulation.store.publishedAt()) >= 0)
                    .count();
            Duration bound = pause.plus(TAKEOVER)
                    .plus(longestReply.plus(TAKEOVER).multipliedBy(ended))
                    .plus(longestReply);
            Duration actual = simulation.now().minus(simulation.store.publishedAt());
            expect(actual.compareTo(bound) <= 0, "no new outcome for " + actual + ", bound " + bound);
        }

        /** The delay by processes that ended of late; the first one is free. */
        private Duration late(Duration pause) {
            return TAKEOVER.multipliedBy(Math.max(1, ends(pause)));
        }

        private int ends(Duration pause) {
            Duration from = simulation
                    .now()
                    .minus(pause)
                    .minus(TAKEOVER.multipliedBy(4))
                    .minus(longestReply);
            return (int) ends.stream().filter(end -> end.compareTo(from) >= 0).count();
        }

        private void checkShown(Instance instance) {
            Duration age = instance.freshAge().orElse(Duration.ZERO);
            Duration resumed = resumedAt.getOrDefault(instance, LONGEST_PAUSE.negated());
            boolean isAwake = simulation.now().minus(resumed).compareTo(waking()) > 0;
            Duration bound = bound();
            expect(!isAwake || age.compareTo(bound) <= 0, "fresh after " + age + ", bound " + bound);
            if (!hasJumped && weather != Weather.STORM) {
                for (Balance balance : instance.shown) {
                    BigDecimal last = newestShown.getOrDefault(instance, BigDecimal.ZERO);
                    expect(balance.amount().compareTo(last) >= 0, balance.amount() + " is shown after " + last);
                    newestShown.put(instance, balance.amount());
                }
                instance.shown.clear();
            }
        }

        /**
         * How long an instance that wakes may show what it had: until its poll is overdue. Without the store it also shows a reply that
         * was there before it was stopped.
         */
        private Duration waking() {
            return weather == Weather.STORM
                    ? interval.multipliedBy(2).plus(interval.dividedBy(5)).plus(TAKEOVER)
                    : interval.plus(TAKEOVER);
        }

        /** Of the age of a balance that is shown as fresh. */
        private Duration bound() {
            if (hasJumped) {
                return LONGEST_PAUSE;
            }
            if (weather == Weather.CALM && longestReply.compareTo(TAKEOVER) < 0) {
                return interval.plus(late(interval));
            }
            // Until the poll is overdue.
            Duration overdue = interval.multipliedBy(2).plus(TAKEOVER);
            return weather == Weather.STORM
                    ? overdue.plus(interval.dividedBy(10)).plus(TAKEOVER)
                    : overdue;
        }

        /** Nothing is left of what happened: the fleet polls as one, and all is fresh. */
        private void heal() {
            isHealthy = true;
            simulation.instances.forEach(this::resume);
            simulation.advance(longestReply.plus(interval)); // the last replies that are not healthy
            Duration end = simulation.now().plus(LONGEST_PAUSE.multipliedBy(2));
            while (simulation.now().compareTo(end) < 0
                    && !simulation.instances.stream().allMatch(this::isWell)) {
                simulation.advance(interval);
            }
            simulation.advance(interval);
            int before = simulation.gateway.requests();
            for (int i = 0; i < 20; i++) {
                simulation.advance(interval.plusMillis(10));
                for (Instance instance : simulation.instances) {
                    expect(
                            isWell(instance),
                            instance + " is not well, shared: " + instance.client.isShared() + ", age "
                                    + instance.freshAge() + ", "
                                    + instance.feed().latest());
                }
            }
            int requests = simulation.gateway.requests() - before;
            expect(requests <= 21 && requests >= 18, requests + " requests in 20 intervals in the end");
            assertNoViolation("in the end");
        }

        private boolean isWell(Instance instance) {
            return instance.client.isShared()
                    && instance.freshAge().orElse(LONGEST_PAUSE).compareTo(interval.plus(TAKEOVER)) <= 0;
        }

        private void expect(boolean holds, String violation) {
            if (!holds) {
                violations.add(violation);
            }
        }
    }
}
