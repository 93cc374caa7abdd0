package io.github.clickatellbalance.examples.webflux;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BurnRate;
import io.github.clickatellbalance.BurnRateEstimator;
import io.github.clickatellbalance.Threshold;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * The one subscription of this application to its feed: keeps it polling for health and metrics, puts burn rate and
 * thresholds beside each signal, and shares the result among all streams.
 */
@Component
class LiveBalance {
    private static final Logger LOG = LoggerFactory.getLogger(LiveBalance.class);

    private final BalanceFeed feed;
    private final List<Threshold> thresholds;
    private final BurnRateEstimator burnRates;
    private final long epoch = Instant.now().toEpochMilli();
    private final AtomicInteger streams = new AtomicInteger();
    private final Flux<BalanceUpdate> updates;
    private int count;
    private @Nullable BurnRate burnRate;
    private volatile @Nullable BalanceUpdate latest;

    LiveBalance(BalanceFeed feed, ClickatellProperties properties, MeterRegistry meters) {
        this.feed = feed;
        this.thresholds = properties.thresholdsOrDefault();
        this.burnRates = new BurnRateEstimator(properties.burnRateWindowOrDefault());
        // A sink needs no demand: no subscriber, however it comes or goes, can hold up this subscription.
        Sinks.Many<BalanceUpdate> sink = Sinks.many().replay().latest();
        this.updates = sink.asFlux();
        feed.signals()
                .map(this::update)
                .subscribe(sink::tryEmitNext, failure -> end(sink, failure), sink::tryEmitComplete);
        Gauge.builder("clickatell.balance.streams", streams::get)
                .description("Open streams of balances to browsers and other clients")
                .register(meters);
    }

    private static void end(Sinks.Many<BalanceUpdate> sink, Throwable failure) {
        LOG.error("There will be no more balances", failure);
        sink.tryEmitError(failure);
    }

    /** One signal after another: no two threads are here at once. */
    private BalanceUpdate update(BalanceSignal signal) {
        if (signal instanceof BalanceSignal.Fresh fresh) {
            burnRate = burnRates.next(fresh.balance());
        }
        BalanceUpdate update = new BalanceUpdate(epoch + "." + ++count, signal, low(signal), burnRate);
        latest = update;
        return update;
    }

    private List<String> low(BalanceSignal signal) {
        return thresholds.stream()
                .filter(threshold -> signal.lastKnown()
                        .map(Balance::amount)
                        .filter(amount -> amount.compareTo(threshold.amount()) < 0)
                        .isPresent())
                .map(Threshold::name)
                .toList();
    }

    /**
     * The latest update at once, then each new one; a slow subscriber misses those in between. Completes when the
     * application stops.
     */
    Flux<BalanceUpdate> updates() {
        return updates.onBackpressureLatest()
                .doOnSubscribe(subscription -> streams.incrementAndGet())
                .doFinally(end -> streams.decrementAndGet());
    }

    Optional<BalanceUpdate> latest() {
        return Optional.ofNullable(latest);
    }

    /** Before the web server waits for open requests to end: streams would hold it up (spring-boot issue 49275). */
    @EventListener(ContextClosedEvent.class)
    void close() {
        feed.close();
    }
}
