package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BalanceSignal.Fresh;
import io.github.clickatellbalance.reactor.BalanceFeed;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * The state of the feed, without I/O. Down while the balance is stale or rejected. The application itself is well then, so
 * this is not part of readiness or liveness.
 */
final class BalanceHealthIndicator implements HealthIndicator {
    private final BalanceFeed feed;
    private final @Nullable SharedBalance shared;

    BalanceHealthIndicator(BalanceFeed feed, @Nullable SharedBalance shared) {
        this.feed = feed;
        this.shared = shared;
    }

    @Override
    public Health health() {
        Health.Builder health = feed.latest()
                .map(BalanceHealthIndicator::health)
                .orElseGet(() -> Health.unknown().withDetail("reason", "No poll has completed yet"));
        if (shared != null) {
            health.withDetail("source", shared.isShared() ? "redis" : "gateway");
        }
        return health.build();
    }

    private static Health.Builder health(BalanceSignal signal) {
        Health.Builder health = signal instanceof Fresh ? Health.up() : Health.down();
        health.withDetails(BalanceJson.of(signal));
        signal.age(Instant.now()).ifPresent(age -> health.withDetail("ageSeconds", age.toSeconds()));
        return health;
    }
}
