package io.github.clickatellbalance.reactor.redis;

import io.github.clickatellbalance.Balance;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.reactive.RedisScriptingReactiveCommands;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** On Redis: a stream and a claim for each account, in one slot of a cluster, changed by {@link Scripts}. */
final class RedisFleet implements Fleet {
    private static final int MAX_ENTRIES = 512;
    /** An account that nobody polls any more disappears. */
    private static final Duration LIFE = Duration.ofDays(30);
    /** How long a subscriber may take for an alert before another instance publishes it again. */
    private static final Duration ALERT_CLAIM = Duration.ofSeconds(30);

    private final RedisScriptingReactiveCommands<String, String> redis;
    private final String[] keys;
    private final String probeKey;
    private final String[] alertsKey;
    private final Pauses pauses;
    private final Clock clock;

    RedisFleet(RedisScriptingReactiveCommands<String, String> redis, String alias, Pauses pauses, Clock clock) {
        this.redis = redis;
        String prefix = "clickatell:{" + alias + "}:";
        this.keys = new String[] {prefix + "balance", prefix + "claim"};
        this.probeKey = prefix + "probe:";
        this.alertsKey = new String[] {prefix + "alerts"};
        this.pauses = pauses;
        this.clock = clock;
    }

    @Override
    public Mono<Permit> acquire(String token, @Nullable Duration instanceAge) {
        return acquire(token, instanceAge, "")
                .flatMap(reply -> reply.get(0).equals("known") && outcome(reply) == null
                        ? acquire(token, instanceAge, reply.get(1))
                        : Mono.just(reply))
                .map(this::permit);
    }

    private Mono<List<String>> acquire(String token, @Nullable Duration instanceAge, String unreadableId) {
        return this.<List<?>>eval(
                        Scripts.ACQUIRE,
                        ScriptOutputType.MULTI,
                        keys,
                        token,
                        millis(CLAIM),
                        millis(pauses.interval()),
                        instanceAge == null ? "-1" : millis(instanceAge),
                        unreadableId)
                .single()
                .map(reply -> reply.stream().map(String::valueOf).toList());
    }

    private Permit permit(List<String> reply) {
        return switch (reply.get(0)) {
            case "poll" -> new Permit.Poll();
            case "wait" -> new Permit.Wait(reply.get(1), duration(reply.get(2)));
            default ->
                new Permit.Known(
                        Objects.requireNonNull(outcome(reply), "outcome"),
                        duration(reply.get(2)),
                        duration(reply.get(3)));
        };
    }

    private @Nullable Outcome outcome(List<String> known) {
        return Outcome.of(fields(known.subList(4, known.size())), duration(known.get(2)), clock.instant());
    }

    private static Map<String, String> fields(List<?> namesAndValues) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (int i = 0; i + 1 < namesAndValues.size(); i += 2) {
            fields.put(String.valueOf(namesAndValues.get(i)), String.valueOf(namesAndValues.get(i + 1)));
        }
        return fields;
    }

    @Override
    public Mono<Boolean> renew(String token) {
        return holds(Scripts.RENEW, keys, token, millis(CLAIM));
    }

    @Override
    public Mono<Boolean> release(String token) {
        return holds(Scripts.RELEASE, keys, token);
    }

    private Mono<Boolean> holds(String script, String[] keys, String... arguments) {
        return this.<Long>eval(script, ScriptOutputType.INTEGER, keys, arguments)
                .single()
                .map(reply -> reply == 1);
    }

    @Override
    public Mono<Duration> publish(String token, Outcome outcome, Duration age) {
        List<String> arguments = new ArrayList<>(List.of(
                token,
                millis(age),
                String.valueOf(MAX_ENTRIES),
                millis(LIFE),
                millis(outcome.requestedPause()),
                millis(pauses.interval()),
                millis(pauses.longestOutage()),
                millis(pauses.firstProbe()),
                millis(pauses.longestProbe()),
                outcome.kind()));
        outcome.fields().forEach((name, value) -> Collections.addAll(arguments, name, value));
        return this.<Long>eval(Scripts.PUBLISH, ScriptOutputType.INTEGER, keys, arguments.toArray(String[]::new))
                .single()
                .filter(pause -> pause >= 0)
                .map(Duration::ofMillis);
    }

    @Override
    public Flux<Balance> recent() {
        return this.<List<List<?>>>eval(Scripts.RECENT, ScriptOutputType.MULTI, keys, String.valueOf(MAX_ENTRIES))
                .single()
                .flatMapIterable(entries -> entries)
                .mapNotNull(this::recent);
    }

    private @Nullable Balance recent(List<?> entry) {
        Duration age = duration(String.valueOf(entry.get(0)));
        Outcome outcome = Outcome.of(fields(entry.subList(1, entry.size())), age, clock.instant());
        return outcome == null ? null : outcome.balance();
    }

    @Override
    public Mono<AlertClaim> claimAlert(
            String token, String threshold, String kind, String before, Instant retrievedAt) {
        return this.<String>eval(
                        Scripts.CLAIM_ALERT,
                        ScriptOutputType.VALUE,
                        alertsKey,
                        token,
                        threshold,
                        kind,
                        age(retrievedAt),
                        millis(ALERT_CLAIM),
                        millis(LIFE),
                        before)
                .single()
                .map(AlertClaim::valueOf);
    }

    @Override
    public Mono<Boolean> confirmAlert(String token, String threshold, String kind, Instant retrievedAt) {
        return holds(Scripts.CONFIRM_ALERT, alertsKey, token, threshold, kind, age(retrievedAt));
    }

    /** By the clock that gave the time. Timers may not count the time in which the host was suspended. */
    private String age(Instant retrievedAt) {
        Duration age = Duration.between(retrievedAt, clock.instant());
        return millis(age.isNegative() ? Duration.ZERO : age);
    }

    /** Not only on keys of its own: a key of the account may be of another type. */
    @Override
    public Mono<Boolean> probe(String token) {
        String[] all = {keys[0], keys[1], probeKey + token + ":claim", probeKey + token};
        return this.<String>eval(Scripts.PROBE, ScriptOutputType.VALUE, all, token, millis(CLAIM))
                .single()
                .map(token::equals)
                .filter(isExecuted -> isExecuted);
    }

    private <T> Flux<T> eval(String script, ScriptOutputType type, String[] keys, String... arguments) {
        return Flux.defer(() -> redis.<T>eval(script, type, keys, arguments)).onErrorMap(Unavailable::new);
    }

    private static Duration duration(String millis) {
        return Duration.ofMillis(Long.parseLong(millis));
    }

    private static String millis(Duration duration) {
        return String.valueOf(duration.toMillis());
    }
}
