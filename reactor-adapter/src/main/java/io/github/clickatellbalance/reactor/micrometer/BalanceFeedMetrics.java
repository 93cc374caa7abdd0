package io.github.clickatellbalance.reactor.micrometer;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BalanceSignal.Rejected;
import io.github.clickatellbalance.BalanceSignal.Stale;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Clock;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Gauges of a feed, which cause no I/O:
 *
 * <ul>
 *   <li>{@code clickatell.balance.amount}: the last known balance, however old, in its unit
 *   <li>{@code clickatell.balance.age}: its age, in seconds
 *   <li>{@code clickatell.balance.stale}: for how long it has been {@link Stale}, in seconds; 0 in another state
 *   <li>{@code clickatell.balance.rejected}: for how long it has been {@link Rejected}, in seconds; 0 in another state
 *   <li>{@code clickatell.balance.interval}: the interval of the feed, in seconds, to compare the others with
 *   <li>{@code clickatell.balance.subscribers}: the number of subscribers of the feed
 * </ul>
 *
 * The first two are {@code NaN} before the first balance. The registry keeps a reference to the feed. {@linkplain
 * BalanceFeed#start() Start} the feed: gauges do not subscribe to it.
 */
public final class BalanceFeedMetrics implements MeterBinder {
    private final BalanceFeed feed;
    private final Iterable<Tag> tags;
    private final Clock clock;

    /**
     * The gauges of one feed.
     *
     * @param feed the feed
     * @param tags added to each gauge, such as {@code Tags.of("account", "blue")}; nothing secret
     */
    public BalanceFeedMetrics(BalanceFeed feed, Iterable<Tag> tags) {
        this(feed, tags, Clock.systemUTC());
    }

    /**
     * The gauges of one feed, with a clock.
     *
     * @param feed the feed
     * @param tags added to each gauge
     * @param clock the clock for the age, which the client uses, too
     */
    public BalanceFeedMetrics(BalanceFeed feed, Iterable<Tag> tags, Clock clock) {
        this.feed = Objects.requireNonNull(feed, "feed");
        this.tags = Objects.requireNonNull(tags, "tags");
        this.clock = Objects.requireNonNull(clock, "clock");
    }

    /** {@return the feed, to find the metrics of a feed among several} */
    public BalanceFeed feed() {
        return feed;
    }

    /** {@return the tags that are added to each gauge, for further gauges of the same account} */
    public Iterable<Tag> tags() {
        return tags;
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
                .description("The age of the last known balance")
                .tags(tags)
                .register(registry);
        TimeGauge.builder("clickatell.balance.stale", () -> millisIn(Stale.class, Stale::since), TimeUnit.MILLISECONDS)
                .description("For how long the balance has been stale; 0 if it is not")
                .tags(tags)
                .register(registry);
        TimeGauge.builder(
                        "clickatell.balance.rejected",
                        () -> millisIn(Rejected.class, Rejected::since),
                        TimeUnit.MILLISECONDS)
                .description("For how long the balance has been rejected; 0 if it is not")
                .tags(tags)
                .register(registry);
        TimeGauge.builder("clickatell.balance.interval", () -> feed.interval().toMillis(), TimeUnit.MILLISECONDS)
                .description("The pause between two polls")
                .tags(tags)
                .register(registry);
        Gauge.builder("clickatell.balance.subscribers", feed::subscribers)
                .description("The number of subscribers of the feed")
                .tags(tags)
                .register(registry);
    }

    private double ageInMillis(Balance balance) {
        return millisSince(balance.retrievedAt());
    }

    private <S extends BalanceSignal> double millisIn(Class<S> state, Function<S, Instant> since) {
        return feed.latest()
                .filter(state::isInstance)
                .map(state::cast)
                .map(since)
                .map(this::millisSince)
                // 0 means "not in this state", so a state that has just begun counts as 1 ms.
                .map(millis -> Math.max(1, millis))
                .orElse(0.0);
    }

    private double millisSince(Instant time) {
        return Math.max(0, clock.millis() - time.toEpochMilli());
    }

    private double lastKnown(Function<Balance, Double> value) {
        return feed.latest().flatMap(BalanceSignal::lastKnown).map(value).orElse(Double.NaN);
    }
}
