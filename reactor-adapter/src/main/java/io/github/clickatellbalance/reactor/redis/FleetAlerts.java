package io.github.clickatellbalance.reactor.redis;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.BalanceAlert.Kind;
import io.github.clickatellbalance.Threshold;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The alerts of one subscriber. The last kind of each threshold is in Redis, with a claim of the instance that publishes the next one.
 * The claim becomes the new kind when the subscriber has processed the alert.
 */
final class FleetAlerts {
    private static final Logger LOG = Loggers.getLogger(RedisBalanceClient.class);

    private final Fleet fleet;
    private final Availability redis;
    private final String token;
    private final Scheduler delivery;
    private final Threshold[] thresholds;
    /** The alerts of this instance alone, for the time in which Redis does not keep their state. */
    private final Function<Balance, List<BalanceAlert>> own;
    /** What Redis has, by the name of the threshold, so that nothing is sent while nothing changes. */
    private final Map<String, Kind> known = new HashMap<>();
    /** What this subscriber has received since the last change, so that a claim after a failure does not repeat it. */
    private final Map<String, Kind> published = new HashMap<>();

    private final AtomicBoolean isRefused = new AtomicBoolean();

    FleetAlerts(Fleet fleet, Availability redis, String token, Scheduler delivery, Threshold... thresholds) {
        this.fleet = fleet;
        this.redis = redis;
        this.token = token;
        this.delivery = delivery;
        this.thresholds = thresholds.clone();
        this.own = BalanceAlert.tracker(thresholds);
    }

    Flux<BalanceAlert> of(Balance balance) {
        List<BalanceAlert> ownAlerts = own.apply(balance);
        for (Threshold threshold : thresholds) {
            Kind kind = kind(threshold, balance);
            published.computeIfPresent(threshold.name(), (name, last) -> kind == null || kind == last ? last : null);
        }
        return Flux.fromArray(thresholds)
                .concatMap(threshold -> shared(threshold, balance), 1)
                .onErrorResume(Fleet.Unavailable.class, failure -> alone(ownAlerts))
                .filter(alert -> published.put(alert.threshold().name(), alert.kind()) != alert.kind());
    }

    /** What Redis has of these thresholds is outdated. */
    private Flux<BalanceAlert> alone(List<BalanceAlert> alerts) {
        alerts.forEach(alert -> known.remove(alert.threshold().name()));
        return Flux.fromIterable(alerts);
    }

    private Flux<BalanceAlert> shared(Threshold threshold, Balance balance) {
        Kind kind = kind(threshold, balance);
        if (kind == null || kind == known.get(threshold.name())) {
            return Flux.empty();
        }
        return redis.isUnavailable() ? Flux.error(new Fleet.Unavailable(null)) : claimed(threshold, balance, kind);
    }

    private static @Nullable Kind kind(Threshold threshold, Balance balance) {
        if (balance.amount().compareTo(threshold.amount()) < 0) {
            return Kind.LOW;
        }
        return balance.amount().compareTo(threshold.amount().add(threshold.margin())) >= 0 ? Kind.RECOVERED : null;
    }

    private Flux<BalanceAlert> claimed(Threshold threshold, Balance balance, Kind kind) {
        String name = threshold.name();
        Kind before = known.getOrDefault(name, Kind.RECOVERED);
        return executed(fleet.claimAlert(token, name, kind.name(), before.name(), balance.retrievedAt()))
                .flatMapMany(claim -> switch (claim) {
                    case KNOWN -> {
                        known.put(name, kind);
                        yield Flux.empty();
                    }
                    case OTHER -> Flux.empty();
                    case MINE ->
                        Flux.concat(
                                Mono.just(new BalanceAlert(kind, threshold, balance)),
                                executed(fleet.confirmAlert(token, name, kind.name(), balance.retrievedAt()))
                                        .doOnNext(any -> known.put(name, kind))
                                        .onErrorComplete()
                                        .then(Mono.empty()));
                });
    }

    /**
     * A failure does not end the sharing of balances: commands for alerts need rights and a key of their own. The subscriber may block, so
     * it runs neither on the threads of the connection nor on those of timers.
     */
    private <T> Mono<T> executed(Mono<T> command) {
        return redis.limited(command)
                .doOnNext(any -> accepted())
                .doOnError(this::refused)
                .publishOn(delivery);
    }

    private void refused(Throwable failure) {
        if (!redis.isUnavailable() && isRefused.compareAndSet(false, true)) {
            LOG.warn(
                    "Redis does not keep the state of alerts, so this instance publishes its own: {}",
                    String.valueOf(failure.getCause()));
        }
    }

    private void accepted() {
        if (isRefused.compareAndSet(true, false)) {
            LOG.info("Redis keeps the state of alerts again: one alert for all instances");
        }
    }
}
