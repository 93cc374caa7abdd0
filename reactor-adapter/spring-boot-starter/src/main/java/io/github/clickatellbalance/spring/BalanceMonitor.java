package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BalanceSignal.Fresh;
import io.github.clickatellbalance.BurnRate;
import io.github.clickatellbalance.Threshold;
import io.github.clickatellbalance.reactor.BalanceFeed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Adds burn rate and thresholds to each signal of the feed, and keeps the last balances: once for the endpoint, the gauges,
 * and all streams.
 */
final class BalanceMonitor {
    /** At one minute, more than eight hours. */
    static final int MAX_HISTORY = 512;
    /** More than the time of a balance in Redis differs at two readings. */
    private static final Duration SAME = Duration.ofSeconds(1);

    private final BalanceFeed feed;
    private final List<Threshold> thresholds;
    private final Function<Balance, BurnRate> burnRates;
    private final Flux<Balance> recent;
    private final long epoch = Instant.now().toEpochMilli();
    private final AtomicInteger streams = new AtomicInteger();
    // A sink needs no demand, so no stream can delay the subscription to the feed.
    private final Sinks.Many<BalanceUpdate> updates = Sinks.many().replay().latest();
    private final Deque<Balance> history = new ArrayDeque<>();
    private int count;
    private @Nullable BurnRate burnRate;
    private volatile @Nullable BalanceUpdate latest;

    /**
     * A monitor of one feed.
     *
     * @param recent what is known before the first signal, oldest first; completes soon
     */
    BalanceMonitor(BalanceFeed feed, Duration window, List<Threshold> thresholds, Flux<Balance> recent) {
        this.feed = feed;
        this.thresholds = thresholds;
        this.recent = recent;
        this.burnRates = BurnRate.estimator(window);
    }

    void start() {
        recent.doOnNext(this::add)
                .thenMany(feed.signals())
                .map(this::update)
                .subscribe(updates::tryEmitNext, updates::tryEmitError, updates::tryEmitComplete);
    }

    /** The end of the feed does that, too, but not for streams that were opened before the application was ready. */
    void close() {
        updates.tryEmitComplete();
    }

    /** Completes when the application stops. */
    Mono<Void> end() {
        return updates.asFlux().then();
    }

    /** Signals are serial: there is no second thread in this method. */
    private BalanceUpdate update(BalanceSignal signal) {
        if (signal instanceof Fresh fresh && !isLastOfHistory(fresh.balance())) {
            add(fresh.balance());
        }
        BalanceUpdate update = new BalanceUpdate(epoch + "." + ++count, signal, low(signal), burnRate);
        latest = update;
        return update;
    }

    /** The first balance of an instance is often the last one that is in Redis. */
    private boolean isLastOfHistory(Balance balance) {
        if (count > 0 || history().isEmpty()) {
            return false;
        }
        Balance last = history.getLast();
        return last.amount().compareTo(balance.amount()) == 0
                && last.unit().equals(balance.unit())
                && Duration.between(last.retrievedAt(), balance.retrievedAt())
                                .abs()
                                .compareTo(SAME)
                        < 0;
    }

    private void add(Balance balance) {
        burnRate = burnRates.apply(balance);
        synchronized (history) {
            history.add(balance);
            if (history.size() > MAX_HISTORY) {
                history.remove();
            }
        }
    }

    private List<String> low(BalanceSignal signal) {
        return signal.lastKnown()
                .map(balance -> thresholds.stream()
                        .filter(threshold -> balance.amount().compareTo(threshold.amount()) < 0)
                        .map(Threshold::name)
                        .toList())
                .orElse(List.of());
    }

    List<Threshold> thresholds() {
        return thresholds;
    }

    Optional<BalanceUpdate> latest() {
        return Optional.ofNullable(latest);
    }

    /** The last balances, oldest first. */
    List<Balance> history() {
        synchronized (history) {
            return List.copyOf(history);
        }
    }

    /**
     * The latest update at once, then each new one; a slow subscriber misses those in between. Completes when the
     * application stops.
     */
    Flux<BalanceUpdate> updates() {
        return updates.asFlux()
                .onBackpressureLatest()
                .doOnSubscribe(subscription -> streams.incrementAndGet())
                .doFinally(end -> streams.decrementAndGet());
    }

    /** The number of current subscribers of {@link #updates()}. */
    int streams() {
        return streams.get();
    }
}
