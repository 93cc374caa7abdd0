package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.reactor.BalanceFeed;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** Health, where the application has the actuator. */
@AutoConfiguration(after = ClickatellAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnEnabledHealthIndicator("clickatell")
@ConditionalOnBooleanProperty(name = "clickatell.enabled", matchIfMissing = true)
@ConditionalOnSingleCandidate(BalanceFeed.class)
class ClickatellHealthAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean(name = "clickatellHealthIndicator")
    HealthIndicator clickatellHealthIndicator(BalanceFeed feed, ObjectProvider<SharedBalance> shared) {
        return new BalanceHealthIndicator(feed, shared.getIfAvailable());
    }
}
