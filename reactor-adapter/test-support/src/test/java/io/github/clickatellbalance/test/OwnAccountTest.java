package io.github.clickatellbalance.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.spring.ClickatellConnectionDetails;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** An application that takes its account from a bean of its own, as from a vault. */
@SpringBootTest(properties = "clickatell.interval=100ms")
@Import(StandInGatewayConfiguration.class)
class OwnAccountTest {
    @TestConfiguration(proxyBeanMethods = false)
    static class Vault {
        @Bean
        ClickatellConnectionDetails vault() {
            return new ClickatellConnectionDetails() {
                @Override
                public BalanceApi api() {
                    return BalanceApi.rest("token-of-the-vault");
                }

                /** Nobody listens there. */
                @Override
                public Optional<String> baseUrl() {
                    return Optional.of("http://127.0.0.1:1");
                }
            };
        }
    }

    @Autowired
    StandInGateway gateway;

    @Autowired
    BalanceFeed feed;

    @Test
    void the_account_of_the_stand_in_is_used() {
        Balance balance = Objects.requireNonNull(feed.balances().blockFirst(Duration.ofSeconds(10)));

        assertThat(balance.unit()).isEqualTo(Balance.CREDITS);
        assertThat(gateway.requests()).isPositive();
    }
}
