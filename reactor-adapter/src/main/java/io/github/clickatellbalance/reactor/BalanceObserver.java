package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import reactor.core.publisher.Mono;

/**
 * Measures the calls of a client and their attempts, by adding operators around them. The operators must pass on values,
 * failures and cancellation. The Micrometer package has an implementation.
 */
public interface BalanceObserver {
    /** Wraps a call with its retries. Each subscription, by {@link BalanceClient#balance()} or a poll, is a new call. */
    default Mono<Balance> call(Mono<Balance> call) {
        return call;
    }

    /**
     * Wraps one attempt of a call: one exchange for the balance, not a login. Each subscription is a new attempt. Its
     * context is the one of the call.
     */
    default Mono<Balance> attempt(Mono<Balance> attempt) {
        return attempt;
    }
}
