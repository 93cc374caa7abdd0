package io.github.clickatellbalance.test;

import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.reactor.BalanceFeed;
import java.math.BigDecimal;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Import;

/** The code of the README for Spring Boot. */
@SpringBootTest(properties = "clickatell.interval=100ms")
@Import(StandInGatewayConfiguration.class)
class ApplicationTest {
    @Autowired
    StandInGateway gateway;

    @Autowired
    BalanceFeed feed;

    @Test
    void an_outage_makes_the_balance_stale_and_a_balance_makes_it_fresh() {
        gateway.fail(Fault.UNAVAILABLE);
        feed.signals().ofType(BalanceSignal.Stale.class).blockFirst(Duration.ofSeconds(10));

        gateway.balance("12.50");
        BigDecimal amount = new BigDecimal("12.50");
        feed.balances()
                .filter(balance -> balance.amount().compareTo(amount) == 0)
                .blockFirst(Duration.ofSeconds(10));
    }
}
