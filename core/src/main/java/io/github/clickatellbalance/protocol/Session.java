package io.github.clickatellbalance.protocol;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import java.time.Duration;
import java.util.Set;

/**
 * What a login yields: for a while, it stands for the account's secret.
 *
 * @param balance the question for the balance within this session
 * @param maxIdle how long the session may go unused; each question counts as use. After that it is not to be used again
 * @param endCodes the {@linkplain ApiErrorException#code() errors} that tell that the session has ended before its time
 */
public record Session(ApiCall<Balance> balance, Duration maxIdle, Set<String> endCodes) {
    /**
     * Takes a copy of the codes.
     *
     * @param balance the question
     * @param maxIdle how long the session may go unused
     * @param endCodes the errors that end it
     */
    public Session {
        endCodes = Set.copyOf(endCodes);
    }

    /**
     * Tells a session that has ended from every other failure.
     *
     * @param failure what came of {@link #balance()}
     * @return whether a new login may help
     */
    public boolean isEndedBy(ClickatellException failure) {
        return failure instanceof ApiErrorException error
                && error.code().filter(endCodes::contains).isPresent();
    }
}
