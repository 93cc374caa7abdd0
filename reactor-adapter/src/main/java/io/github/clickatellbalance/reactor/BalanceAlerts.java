package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.Threshold;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/** Alerts on a low balance, as an operator. */
public final class BalanceAlerts {
    private BalanceAlerts() {}

    /**
     * For {@link Flux#transform}: the alerts of {@link BalanceAlert#tracker}. Each subscription starts a new series. It
     * requests one balance at a time, drops no alert, and ends when the balances end.
     *
     * @param thresholds at least one, in any order
     * @throws IllegalArgumentException if there is no threshold, or two are equal
     */
    public static Function<Flux<Balance>, Flux<BalanceAlert>> on(Threshold... thresholds) {
        Threshold[] copy = thresholds.clone();
        BalanceAlert.tracker(copy); // refuses bad thresholds now, not at the first subscription
        return balances -> Flux.defer(() -> balances.concatMapIterable(BalanceAlert.tracker(copy), 1));
    }
}
