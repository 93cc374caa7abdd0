package io.github.clickatellbalance;

import java.time.Duration;
import java.util.Set;

/**
 * The result of a login: it replaces the credentials for a while.
 *
 * @param balance the balance request within this session
 * @param maxIdle how long the session may stay unused, more than zero; each request is a use
 * @param endCodes the {@linkplain ApiErrorException#code() error codes} that mean that the session has ended; copied
 */
public record Session(ApiCall<Balance> balance, Duration maxIdle, Set<String> endCodes) {
    public Session {
        endCodes = Set.copyOf(endCodes);
    }

    /** {@return whether this failure of {@link #balance()} means that the session has ended, so that a login may help} */
    public boolean isEndedBy(Throwable failure) {
        return failure instanceof ApiErrorException error
                && error.code().filter(endCodes::contains).isPresent();
    }
}
