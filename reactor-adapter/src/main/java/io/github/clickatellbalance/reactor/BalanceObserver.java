package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import reactor.core.publisher.Mono;

/**
 * Measures what a client does, by operators of its own around the calls and their attempts. What it adds must pass values,
 * failures and cancellation on; what it does not override is not measured. {@link MicrometerObserver} is one.
 */
public interface BalanceObserver {
    /**
     * Wraps a whole call with its retries: what {@link BalanceClient#balance()} and each poll subscribe to.
     *
     * @param call the call; subscribed to again and again
     * @return the call, measured
     */
    default Mono<Balance> call(Mono<Balance> call) {
        return call;
    }

    /**
     * Wraps one attempt of a call: one exchange with the gateway that asks for the balance. A login is part of the call,
     * and no attempt.
     *
     * @param attempt the attempt; each retry subscribes to it again, below the call's context
     * @return the attempt, measured
     */
    default Mono<Balance> attempt(Mono<Balance> attempt) {
        return attempt;
    }
}
