package io.github.clickatellbalance.examples.webflux;

import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.BalanceFeedMetrics;
import io.github.clickatellbalance.reactor.MicrometerObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** One account, one client, one feed for the whole application; closed in the reverse order. */
@Configuration(proxyBeanMethods = false)
class BalanceConfiguration {
    @Bean
    Account account(ClickatellProperties properties) {
        return Account.of(properties);
    }

    @Bean
    BalanceClient balanceClient(Account account, ObservationRegistry observations, MeterRegistry meters) {
        return account.client()
                .observer(new MicrometerObserver(observations, meters))
                .build();
    }

    @Bean
    BalanceFeed balanceFeed(BalanceClient client, ClickatellProperties properties) {
        return BalanceFeed.of(client, properties.interval());
    }

    @Bean
    BalanceFeedMetrics balanceFeedMetrics(BalanceFeed feed) {
        return new BalanceFeedMetrics(feed, Tags.empty());
    }

    /** For the actuator's endpoints, whatever their {@code show-values} says. */
    @Bean
    SanitizingFunction secrets() {
        return data -> data.getLowerCaseKey()
                        .replaceAll("[^a-z]", "")
                        .matches(".*clickatell(user|password|apiid|token|apikey)")
                ? data.withSanitizedValue()
                : data;
    }

    @Bean
    BalanceModule balanceModule() {
        return new BalanceModule();
    }
}
