package io.github.clickatellbalance.examples.webflux;

import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BalanceSignal.Rejected;
import io.github.clickatellbalance.BalanceSignal.Stale;
import io.github.clickatellbalance.reactor.BalanceFeed;
import java.time.Clock;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/**
 * Reads the feed's state and asks nobody. Down while the balance is stale or the gateway refuses: the application itself is
 * well then, so this is no part of readiness or liveness.
 */
@Component("clickatell")
class BalanceHealth implements HealthIndicator {
    private final BalanceFeed feed;
    private final Clock clock = Clock.systemUTC();

    BalanceHealth(BalanceFeed feed) {
        this.feed = feed;
    }

    @Override
    public Health health() {
        return feed.latest()
                .map(this::health)
                .orElseGet(() ->
                        Health.unknown().withDetail("reason", "not asked yet").build());
    }

    private Health health(BalanceSignal signal) {
        Health.Builder health = signal instanceof BalanceSignal.Fresh ? Health.up() : Health.down();
        health.withDetail("state", BalanceModule.state(signal));
        signal.lastKnown()
                .ifPresent(
                        balance -> health.withDetail("amount", balance.amount().toPlainString())
                                .withDetail("unit", balance.unit()));
        signal.age(clock.instant()).ifPresent(age -> health.withDetail("ageSeconds", age.toSeconds()));
        if (signal instanceof Stale stale) {
            health.withDetail("since", stale.since().toString()).withDetail("reason", reason(stale.cause()));
        } else if (signal instanceof Rejected rejected) {
            health.withDetail("since", rejected.since().toString()).withDetail("reason", reason(rejected.cause()));
        }
        return health.build();
    }

    private static String reason(Exception cause) {
        return String.valueOf(cause.getMessage());
    }
}
