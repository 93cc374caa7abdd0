package io.github.clickatellbalance.protocol;

import io.github.clickatellbalance.Balance;

/** How an API lets an account in. */
public sealed interface Access {
    /**
     * Every question carries the account's secret.
     *
     * @param balance the question
     */
    record Direct(ApiCall<Balance> balance) implements Access {}

    /**
     * The account's secret goes with a login, which yields a session for the questions that follow, of all callers.
     *
     * @param login the login
     */
    record ByLogin(ApiCall<Session> login) implements Access {}
}
