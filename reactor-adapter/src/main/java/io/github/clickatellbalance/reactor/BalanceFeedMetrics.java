package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Clock;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A feed as gauges, which ask nobody. Needs {@code io.micrometer:micrometer-core}, which this library does not bring.
 *
 * <ul>
 * <li>{@code clickatell.balance.amount}: the last known balance, however old, in its unit
 * <li>{@code clickatell.balance.age}: how old that is, in seconds
 * <li>{@code clickatell.balance.subscribers}: how many are subscribed to the feed
 * </ul>
 *
 * The first two are {@code NaN} until the first balance arrives, and never again: the registry keeps the feed.
 */
public final class BalanceFeedMetrics implements MeterBinder {
    private final BalanceFeed feed;
    private final Iterable<Tag> tags;
    private final Clock clock;

    /**
     * The gauges of one feed.
     *
     * @param feed the feed; gauges do not subscribe to it
     * @param tags what tells this feed from others, such as an alias of the account; nothing secret
     */
    public BalanceFeedMetrics(BalanceFeed feed, Iterable<Tag> tags) {
        this(feed, tags, Clock.systemUTC());
    }

    BalanceFeedMetrics(BalanceFeed feed, Iterable<Tag> tags, Clock clock) {
        this.feed = Objects.requireNonNull(feed, "feed");
        this.tags = Objects.requireNonNull(tags, "tags");
        this.clock = clock;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder(
                        "clickatell.balance.amount",
                        () -> lastKnown(balance -> balance.amount().doubleValue()))
                .description("The last known balance, however old, in its unit")
                .tags(tags)
                .register(registry);
        TimeGauge.builder("clickatell.balance.age", () -> lastKnown(this::ageInMillis), TimeUnit.MILLISECONDS)
                .description("How old the last known balance is")
                .tags(tags)
                .register(registry);
        Gauge.builder("clickatell.balance.subscribers", feed::subscribers)
                .description("How many are subscribed to the feed")
                .tags(tags)
                .register(registry);
    }

    private double ageInMillis(Balance balance) {
        return Math.max(0, clock.millis() - balance.retrievedAt().toEpochMilli());
    }

    private double lastKnown(Function<Balance, Double> value) {
        return feed.latest().flatMap(signal -> signal.lastKnown()).map(value).orElse(Double.NaN);
    }
}
