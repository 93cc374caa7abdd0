package io.github.clickatellbalance.reactor.redis;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Objects;

/**
 * Counters of one instance, which cause no I/O:
 *
 * <ul>
 *   <li>{@code clickatell.balance.fleet.polls}: the polls that this instance has sent to the gateway
 *   <li>{@code clickatell.balance.fleet.taken}: the outcomes of polls that it has taken from Redis instead
 *   <li>{@code clickatell.balance.fleet.unavailable}: the time in seconds for which Redis did not reply, so that it polled by itself
 * </ul>
 *
 * The registry keeps a weak reference to the client. Needs {@code io.micrometer:micrometer-core}.
 */
public final class RedisBalanceMetrics implements MeterBinder {
    private static final double NANOS = Duration.ofSeconds(1).toNanos();

    private final RedisBalanceClient client;
    private final Iterable<Tag> tags;

    /**
     * The counters of one client.
     *
     * @param client the client
     * @param tags added to each counter, such as {@code Tags.of("account", "blue")}; nothing secret
     */
    public RedisBalanceMetrics(RedisBalanceClient client, Iterable<Tag> tags) {
        this.client = Objects.requireNonNull(client, "client");
        this.tags = Objects.requireNonNull(tags, "tags");
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        FunctionCounter.builder("clickatell.balance.fleet.polls", client, RedisBalanceClient::polls)
                .description("Polls that this instance has sent to the gateway")
                .tags(tags)
                .register(registry);
        FunctionCounter.builder("clickatell.balance.fleet.taken", client, RedisBalanceClient::taken)
                .description("Outcomes of polls that this instance has taken from Redis")
                .tags(tags)
                .register(registry);
        FunctionCounter.builder(
                        "clickatell.balance.fleet.unavailable",
                        client,
                        shared -> shared.unavailableTime().toNanos() / NANOS)
                .description("How long Redis did not reply, so that this instance polled by itself")
                .baseUnit("seconds")
                .tags(tags)
                .register(registry);
    }
}
