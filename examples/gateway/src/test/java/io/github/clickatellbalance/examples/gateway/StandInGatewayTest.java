package io.github.clickatellbalance.examples.gateway;

import static io.github.clickatellbalance.examples.gateway.StandInGateway.API_ID;
import static io.github.clickatellbalance.examples.gateway.StandInGateway.PASSWORD;
import static io.github.clickatellbalance.examples.gateway.StandInGateway.USER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.RetryPolicy;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StandInGatewayTest {
    private final StandInGateway gateway = StandInGateway.start();

    @AfterEach
    void close() {
        gateway.close();
    }

    @Test
    void the_balance_falls_and_is_topped_up_and_every_fourth_request_fails() {
        List<BigDecimal> amounts = new ArrayList<>();
        List<Class<?>> failures = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            try {
                amounts.add(ask(USER, PASSWORD, API_ID).amount());
            } catch (ClickatellException e) {
                assertThat(e.isTransient()).isTrue();
                failures.add(e.getClass());
            }
        }

        assertThat(amounts).hasSize(30).startsWith(new BigDecimal("100.00"), new BigDecimal("96.75"));
        assertThat(amounts.subList(1, amounts.size())).contains(new BigDecimal("100.00"));
        assertThat(amounts).allSatisfy(amount -> assertThat(amount).isPositive());
        assertThat(failures)
                .hasSize(10)
                .startsWith(HttpStatusException.class, ApiErrorException.class, TransportException.class);
    }

    @Test
    void wrong_credentials_are_refused_with_the_vendors_numbers() {
        assertThat(refused("nobody", PASSWORD, API_ID)).isEqualTo("001");
        assertThat(refused(USER, "wrong", API_ID)).isEqualTo("001");
        assertThat(refused(USER, PASSWORD, "other-id")).isEqualTo("108");
    }

    private String refused(String user, String password, String apiId) {
        return catchThrowableOfType(ApiErrorException.class, () -> ask(user, password, apiId))
                .code()
                .orElseThrow();
    }

    private Balance ask(String user, String password, String apiId) {
        try (BalanceClient client = BalanceClient.builder(Credentials.of(user, password, apiId))
                .baseUrl(gateway.baseUrl())
                .retry(RetryPolicy.none())
                .build()) {
            return client.balance().blockOptional().orElseThrow();
        }
    }
}
