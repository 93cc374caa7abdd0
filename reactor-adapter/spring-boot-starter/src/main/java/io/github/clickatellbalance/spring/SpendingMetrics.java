package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.BurnRate;
import io.github.clickatellbalance.Threshold;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Gauges of burn rate, time to empty, thresholds and streams. They have no base unit where the account's unit is theirs: Prometheus
 * would add it to the name.
 */
final class SpendingMetrics implements MeterBinder {
    private final BalanceMonitor monitor;
    private final Iterable<Tag> tags;

    SpendingMetrics(BalanceMonitor monitor, Iterable<Tag> tags) {
        this.monitor = monitor;
        this.tags = tags;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("clickatell.balance.burn.rate", this::perHour)
                .description("What is spent in an hour, in the unit of the balance; NaN until there is a rate")
                .tags(tags)
                .register(registry);
        TimeGauge.builder("clickatell.balance.time.to.empty", this::secondsToEmpty, TimeUnit.SECONDS)
                .description(
                        "The time until the balance is zero; +Inf while it does not fall, NaN until there is a rate")
                .tags(tags)
                .register(registry);
        for (Threshold threshold : monitor.thresholds()) {
            Gauge.builder("clickatell.balance.threshold", threshold.amount()::doubleValue)
                    .description("The amount below which there is an alert")
                    .tag("threshold", threshold.name())
                    .tags(tags)
                    .register(registry);
        }
        Gauge.builder("clickatell.balance.streams", monitor::streams)
                .description("Open streams of balances over HTTP")
                .tags(tags)
                .register(registry);
    }

    private Optional<BurnRate> burnRate() {
        return monitor.latest().map(BalanceUpdate::burnRate);
    }

    private double perHour() {
        return burnRate()
                .flatMap(BurnRate::perHour)
                .map(BigDecimal::doubleValue)
                .orElse(Double.NaN);
    }

    private double secondsToEmpty() {
        return burnRate()
                .filter(rate -> rate.perHour().isPresent())
                .map(rate -> rate.timeToEmpty()
                        .map(time -> (double) time.toSeconds())
                        .orElse(Double.POSITIVE_INFINITY))
                .orElse(Double.NaN);
    }
}
