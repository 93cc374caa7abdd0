package io.github.clickatellbalance.examples.webflux;

import io.github.clickatellbalance.examples.gateway.StandInGateway;
import io.github.clickatellbalance.reactor.BalanceClient;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The account that is watched: the configured one, or that of a stand-in gateway which lives as long as this. */
final class Account implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Account.class);

    private static final Map<String, String> STAND_IN = Map.of(
            Generation.USER, StandInGateway.USER,
            Generation.PASSWORD, StandInGateway.PASSWORD,
            Generation.API_ID, StandInGateway.API_ID,
            Generation.TOKEN, StandInGateway.TOKEN,
            Generation.API_KEY, StandInGateway.API_KEY);

    private final BalanceClient.Builder client;
    private final @Nullable StandInGateway standIn;

    private Account(BalanceClient.Builder client, @Nullable StandInGateway standIn) {
        this.client = client;
        this.standIn = standIn;
    }

    static Account of(ClickatellProperties properties) {
        if (properties.hasSecrets()) {
            return new Account(properties.client(), null);
        }
        StandInGateway gateway = StandInGateway.start();
        LOG.warn(
                "No {} is configured: this shows a stand-in gateway at {}, not an account",
                properties.generation().properties(),
                gateway.baseUrl());
        return new Account(
                BalanceClient.builder(properties.generation().api(STAND_IN)).baseUrl(gateway.baseUrl()), gateway);
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
