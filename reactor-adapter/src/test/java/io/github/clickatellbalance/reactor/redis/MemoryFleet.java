package io.github.clickatellbalance.reactor.redis;

import static java.util.Objects.requireNonNull;

import io.github.clickatellbalance.Balance;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * An in-memory twin of {@link RedisFleet} and {@link Scripts}, in virtual time: the connection of one process to a {@link Store}.
 * As on one connection to Redis, commands are executed in their order, also those that were cancelled after they were sent.
 */
final class MemoryFleet implements Fleet {
    /** The way of one command. */
    record Way(
            Duration request,
            int executions,
            Duration reply,
            @Nullable RuntimeException failure,
            boolean hasReply) {
        static final Way NORMAL = new Way(Duration.ZERO, 1, Duration.ZERO, null, true);
        /** Sent again after a reconnect. */
        static final Way TWICE = new Way(Duration.ZERO, 2, Duration.ZERO, null, true);
        /** Executed, but the reply is lost with the connection. */
        static final Way LOST_REPLY =
                new Way(Duration.ZERO, 1, Duration.ZERO, new IllegalStateException("Connection closed"), true);
        /** Not executed. */
        static final Way REFUSED =
                new Way(Duration.ZERO, 0, Duration.ZERO, new IllegalStateException("Connection refused"), true);
        /** Executed, without a sign of it. */
        static final Way NO_REPLY = new Way(Duration.ZERO, 1, Duration.ZERO, null, false);
        /** Swallowed. */
        static final Way SWALLOWED = new Way(Duration.ZERO, 0, Duration.ZERO, null, false);

        /** Half of the time on the way there, half on the way back. */
        static Way slow(Duration time) {
            return new Way(time.dividedBy(2), 1, time.dividedBy(2), null, true);
        }

        /** Executed when the server wakes. */
        static Way hanging(Duration time) {
            return new Way(time, 1, Duration.ZERO, null, true);
        }

        boolean isNormal() {
            return failure == null && hasReply && executions > 0;
        }
    }

    private final Store store;
    private final Pauses pauses;
    private final Clock clock;
    private final SimulatedProcess process;
    private Function<String, Way> ways = name -> Way.NORMAL;
    private final List<String> commands = new ArrayList<>();
    private long lastExecution;
    private int failures;

    MemoryFleet(Store store, Pauses pauses, Clock clock, SimulatedProcess process) {
        this.store = store;
        this.pauses = pauses;
        this.clock = clock;
        this.process = process;
    }

    /** From now on, by the name of the command. */
    void ways(Function<String, Way> ways) {
        this.ways = ways;
    }

    void way(Way way) {
        ways(name -> way);
    }

    /** The names of all commands that were sent. */
    List<String> commands() {
        return commands;
    }

    /** How many commands had no reply, or an error. */
    int failures() {
        return failures;
    }

    private <T> Mono<T> command(String name, Supplier<@Nullable T> script) {
        return Mono.create(sink -> {
            commands.add(name);
            Way way = ways.apply(name);
            failures += way.isNormal() ? 0 : 1;
            long now = store.time.now(TimeUnit.NANOSECONDS);
            lastExecution = Math.max(lastExecution, now + way.request().toNanos());
            SimulatedProcess.after(store.time, Duration.ofNanos(lastExecution - now), () -> {
                @Nullable T result = null;
                for (int i = 0; i < way.executions(); i++) {
                    result = script.get();
                }
                T reply = result;
                if (way.hasReply()) {
                    SimulatedProcess.after(
                            store.time,
                            way.reply(),
                            () -> process.run(() -> {
                                if (way.failure() != null) {
                                    sink.error(new Unavailable(way.failure()));
                                } else {
                                    sink.success(reply);
                                }
                            }));
                }
            });
        });
    }

    @Override
    public Mono<Permit> acquire(String token, @Nullable Duration instanceAge) {
        return command("acquire", () -> store.acquire(token, pauses.interval(), instanceAge))
                .map(permit -> permit.apply(clock));
    }

    @Override
    public Mono<Boolean> renew(String token) {
        return command("renew", () -> store.renew(token));
    }

    @Override
    public Mono<Duration> publish(String token, Outcome outcome, Duration age) {
        return command("publish", () -> store.publish(token, outcome, age, pauses));
    }

    @Override
    public Mono<Boolean> release(String token) {
        return command("release", () -> store.release(token));
    }

    @Override
    public Flux<Balance> recent() {
        return command("recent", () -> store.recent(clock)).flatMapIterable(balances -> balances);
    }

    @Override
    public Mono<AlertClaim> claimAlert(
            String token, String threshold, String kind, String before, Instant retrievedAt) {
        return command("claimAlert", () -> store.claimAlert(token, threshold, kind, before, age(retrievedAt)));
    }

    @Override
    public Mono<Boolean> confirmAlert(String token, String threshold, String kind, Instant retrievedAt) {
        return command("confirmAlert", () -> store.confirmAlert(token, threshold, kind, age(retrievedAt)));
    }

    private Duration age(Instant retrievedAt) {
        Duration age = Duration.between(retrievedAt, clock.instant());
        return age.isNegative() ? Duration.ZERO : age;
    }

    @Override
    public Mono<Boolean> probe(String token) {
        return command("probe", () -> true);
    }

    /** One Redis, and one account on it. Times are in milliseconds by its own clock, which can jump. */
    static final class Store {
        private static final long START = 1_700_000_000_000L;
        private static final Duration ALERT_CLAIM = Duration.ofSeconds(30);
        private static final int MAX_ENTRIES = 512;

        private final VirtualTimeScheduler time;
        private final List<Map<String, String>> entries = new ArrayList<>();
        private final Map<String, String> alerts = new LinkedHashMap<>();
        private final Map<String, Long> alertTimes = new LinkedHashMap<>();
        private final Map<String, Claim> alertClaims = new LinkedHashMap<>();
        private @Nullable Claim claim;
        private Duration jump = Duration.ZERO;
        private int granted;
        private int expired;
        private int published;
        private Duration publishedAt = Duration.ZERO;

        private record Claim(String token, long expires) {}

        Store(VirtualTimeScheduler time) {
            this.time = time;
        }

        private long now() {
            return START + time.now(TimeUnit.MILLISECONDS) + jump.toMillis();
        }

        void jump(Duration difference) {
            jump = jump.plus(difference);
        }

        void flush() {
            entries.clear();
            alerts.clear();
            alertTimes.clear();
            alertClaims.clear();
            claim = null;
        }

        /** How many claims were given. */
        int granted() {
            return granted;
        }

        /** How many claims had neither a publication nor a release. */
        int expired() {
            claim();
            return expired;
        }

        /** How many outcomes were published, also those that were removed since. */
        int published() {
            return published;
        }

        /** The time of the last publication, by the scheduler; its start if there was none. */
        Duration publishedAt() {
            return publishedAt;
        }

        boolean isClaimed() {
            return claim() != null;
        }

        List<Map<String, String>> entries() {
            return entries;
        }

        Map<String, String> alerts() {
            return alerts;
        }

        private Map<String, String> last() {
            Map<String, String> last = entries.isEmpty() ? Map.of() : entries.get(entries.size() - 1);
            return "1".equals(last.get("v")) && hasNumbers(last) ? last : Map.of();
        }

        private static boolean hasNumbers(Map<String, String> entry) {
            return Stream.of("at", "pause", "failures")
                    .allMatch(name -> entry.getOrDefault(name, "").matches("[0-9]{1,14}"));
        }

        /** As Redis: at its very end it is still there. */
        private @Nullable Claim claim() {
            if (claim != null && now() > claim.expires()) {
                claim = null;
                expired++;
            }
            return claim;
        }

        private boolean isHolder(String token) {
            Claim current = claim();
            return current != null && current.token().equals(token);
        }

        private static long number(Map<String, String> fields, String name) {
            return Long.parseLong(requireNonNull(fields.get(name)));
        }

        private Function<Clock, Permit> acquire(String token, Duration interval, @Nullable Duration instanceAge) {
            Map<String, String> last = last();
            if (!last.isEmpty() && Outcome.of(last, Duration.ZERO, Instant.EPOCH) != null) {
                Duration age = Duration.ofMillis(now() - number(last, "at"));
                Duration pause = Duration.ofMillis(number(last, "pause"));
                if ("balance".equals(last.get("kind")) && interval.compareTo(pause) < 0) {
                    pause = interval;
                }
                Duration dueIn = pause.minus(age);
                boolean isOlderRejection =
                        "1".equals(last.get("rejected")) && instanceAge != null && instanceAge.compareTo(age) < 0;
                if (!age.isNegative() && dueIn.toMillis() > 0 && !isOlderRejection) {
                    return clock ->
                            new Permit.Known(requireNonNull(Outcome.of(last, age, clock.instant())), age, dueIn);
                }
            }
            Claim current = claim();
            if (current != null && !current.token().equals(token)) {
                Permit wait = new Permit.Wait(current.token(), Duration.ofMillis(current.expires() - now()));
                return clock -> wait;
            }
            granted += current == null ? 1 : 0;
            claim = new Claim(token, now() + CLAIM.toMillis());
            return clock -> new Permit.Poll();
        }

        private boolean renew(String token) {
            if (!isHolder(token)) {
                return false;
            }
            claim = new Claim(token, now() + CLAIM.toMillis());
            return true;
        }

        private boolean release(String token) {
            if (!isHolder(token)) {
                return false;
            }
            claim = null;
            return true;
        }

        private @Nullable Duration publish(String token, Outcome outcome, Duration age, Pauses pauses) {
            if (!isHolder(token)) {
                return null;
            }
            Map<String, String> last = last();
            boolean wasRejected = "1".equals(last.get("rejected"));
            boolean isRejected =
                    outcome.kind().equals("rejected") || (outcome.kind().equals("outage") && wasRejected);
            long failures = 0;
            Duration pause = pauses.interval();
            if (outcome.balance() == null) {
                boolean goesOn = !last.isEmpty() && wasRejected == isRejected;
                failures = 1 + (goesOn ? number(last, "failures") : 0);
                Duration first = isRejected ? pauses.firstProbe() : pauses.interval();
                Duration longest = isRejected ? pauses.longestProbe() : pauses.longestOutage();
                pause = first;
                for (int i = 1; i < failures && pause.compareTo(longest) < 0; i++) {
                    pause = pause.multipliedBy(2);
                }
                pause = pause.compareTo(outcome.requestedPause()) < 0 ? outcome.requestedPause() : pause;
                pause = pause.compareTo(longest) > 0 ? longest : pause;
            }
            Map<String, String> entry = new LinkedHashMap<>();
            entry.put("v", "1");
            entry.put("at", String.valueOf(now() - age.toMillis()));
            entry.put("pause", String.valueOf(pause.toMillis()));
            entry.put("failures", String.valueOf(failures));
            entry.put("rejected", isRejected ? "1" : "0");
            entry.put("kind", outcome.kind());
            entry.putAll(outcome.fields());
            entries.add(entry);
            published++;
            publishedAt = Duration.ofNanos(time.now(TimeUnit.NANOSECONDS));
            if (entries.size() > MAX_ENTRIES) {
                entries.remove(0);
            }
            claim = null;
            return pause;
        }

        private List<Balance> recent(Clock clock) {
            List<Balance> balances = new ArrayList<>();
            for (Map<String, String> entry : entries) {
                if ("1".equals(entry.get("v")) && hasNumbers(entry) && now() >= number(entry, "at")) {
                    Duration age = Duration.ofMillis(now() - number(entry, "at"));
                    Outcome outcome = Outcome.of(entry, age, clock.instant());
                    if (outcome != null && outcome.balance() != null) {
                        balances.add(outcome.balance());
                    }
                }
            }
            return balances;
        }

        private AlertClaim claimAlert(String token, String threshold, String kind, String before, Duration age) {
            if (alerts.getOrDefault(threshold, before).equals(kind)) {
                return AlertClaim.KNOWN;
            }
            long changedAt = alertTimes.getOrDefault(threshold, 0L);
            if (changedAt > now() - age.toMillis() && changedAt <= now()) {
                return AlertClaim.OTHER;
            }
            Claim current = alertClaims.get(threshold);
            long left = current == null ? 0 : current.expires() - now();
            if (current != null && !current.token().equals(token) && left > 0 && left <= ALERT_CLAIM.toMillis()) {
                return AlertClaim.OTHER;
            }
            alertClaims.put(threshold, new Claim(token, now() + ALERT_CLAIM.toMillis()));
            return AlertClaim.MINE;
        }

        private boolean confirmAlert(String token, String threshold, String kind, Duration age) {
            Claim current = alertClaims.get(threshold);
            if (current == null || !current.token().equals(token)) {
                return false;
            }
            alerts.put(threshold, kind);
            alertTimes.put(threshold, now() - age.toMillis());
            alertClaims.remove(threshold);
            return true;
        }
    }
}
