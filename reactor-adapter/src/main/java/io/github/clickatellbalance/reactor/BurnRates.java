package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BurnRate;
import io.github.clickatellbalance.BurnRateEstimator;
import java.time.Duration;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/**
 * How fast credit is used, and how long it will last, as an operator.
 *
 * <pre>{@code
 * Flux<BurnRate> rates = client.poll(Duration.ofMinutes(1))
 *         .transform(BurnRates.over(Duration.ofHours(6)));
 * }</pre>
 */
public final class BurnRates {
    private BurnRates() {}

    /**
     * For {@link Flux#transform}: an estimate with each balance, as {@link BurnRateEstimator} makes it. Each subscription
     * begins anew; demand is passed on as it is.
     *
     * @param window how far back an estimate looks, more than zero and at most 365 days
     * @return balances to estimates, one for each; ends as the balances do
     * @throws IllegalArgumentException if the window is out of these bounds
     */
    public static Function<Flux<Balance>, Flux<BurnRate>> over(Duration window) {
        new BurnRateEstimator(window); // refuses a window at once, not at the first subscription
        return balances -> Flux.defer(() -> balances.map(new BurnRateEstimator(window)::next));
    }
}
