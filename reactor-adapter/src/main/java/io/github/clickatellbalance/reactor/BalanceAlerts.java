package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.AlertTracker;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.Threshold;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/**
 * Alerts on a low balance, as an operator.
 *
 * <pre>{@code
 * Flux<BalanceAlert> alerts = client.poll(Duration.ofMinutes(1))
 *         .transform(BalanceAlerts.on(
 *                 new Threshold("warning", new BigDecimal("50"), new BigDecimal("5")),
 *                 new Threshold("critical", new BigDecimal("10"), new BigDecimal("5"))));
 * }</pre>
 */
public final class BalanceAlerts {
    private BalanceAlerts() {}

    /**
     * For {@link Flux#transform}: {@code LOW} once when a balance falls below a threshold, or is below it from the start,
     * {@code RECOVERED} once when it is back at the amount plus the margin or above. Where one balance raises several
     * alerts, that of the lowest threshold comes first. Each subscription begins anew. One balance at a time is asked for,
     * and no alert is dropped.
     *
     * @param thresholds at least one, in any order
     * @return balances to alerts; ends as the balances do
     * @throws IllegalArgumentException if there is no threshold, or two are equal
     */
    public static Function<Flux<Balance>, Flux<BalanceAlert>> on(Threshold... thresholds) {
        Threshold[] copy = thresholds.clone();
        new AlertTracker(copy); // refuses what it cannot track at once, not at the first subscription
        return balances -> Flux.defer(() -> balances.concatMapIterable(new AlertTracker(copy)::next, 1));
    }
}
