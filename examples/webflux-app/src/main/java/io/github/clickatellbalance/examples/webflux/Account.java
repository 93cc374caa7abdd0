package io.github.clickatellbalance.examples.webflux;

import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.examples.gateway.StandInGateway;
import io.github.clickatellbalance.reactor.BalanceClient;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The account that is watched: the configured one, or that of a stand-in gateway which lives as long as this. */
final class Account implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Account.class);

    private final BalanceClient.Builder client;
    private final @Nullable StandInGateway standIn;

    private Account(BalanceClient.Builder client, @Nullable StandInGateway standIn) {
        this.client = client;
        this.standIn = standIn;
    }

    static Account of(ClickatellProperties properties) {
        if (properties.hasCredentials()) {
            return new Account(properties.client(), null);
        }
        StandInGateway gateway = StandInGateway.start();
        LOG.warn(
                "No clickatell.user is configured: this shows a stand-in gateway at {}, not an account",
                gateway.baseUrl());
        Credentials credentials = Credentials.of(StandInGateway.USER, StandInGateway.PASSWORD, StandInGateway.API_ID);
        return new Account(BalanceClient.builder(credentials).baseUrl(gateway.baseUrl()), gateway);
    }

    boolean isStandIn() {
        return standIn != null;
    }

    BalanceClient.Builder client() {
        return client;
    }

    @Override
    public void close() {
        if (standIn != null) {
            standIn.close();
        }
    }
}
