package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BurnRate;
import java.time.Duration;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/** How fast credit is spent, and the time until there is none, as an operator. */
public final class BurnRates {
    private BurnRates() {}

    /**
     * For {@link Flux#transform}: the rates of {@link BurnRate#estimator}, one for each balance. Each subscription starts
     * a new series, and ends when the balances end. Demand is passed on.
     *
     * @throws IllegalArgumentException unless the window is more than zero and at most 365 days
     */
    public static Function<Flux<Balance>, Flux<BurnRate>> over(Duration window) {
        BurnRate.estimator(window); // refuses a bad window now, not at the first subscription
        return balances -> Flux.defer(() -> balances.map(BurnRate.estimator(window)));
    }
}
