package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.BalanceObserver;
import io.github.clickatellbalance.reactor.micrometer.MicrometerObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.annotation.Order;
import reactor.core.observability.micrometer.Micrometer;
import tools.jackson.databind.module.SimpleModule;

/**
 * Client and feed. What stands on them is in {@link ClickatellFeedAutoConfiguration}: its conditions need these beans. Spring reads
 * nested classes first, in their order, then imported ones, then the methods of this class.
 */
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
            "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration"
        })
@ConditionalOnBooleanProperty(name = "clickatell.enabled", matchIfMissing = true)
@Conditional(OnAccount.class)
@EnableConfigurationProperties(ClickatellProperties.class)
@Import(FleetConfiguration.class)
class ClickatellAutoConfiguration {
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean({ClickatellConnectionDetails.class, BalanceClient.class})
    @Conditional(OnAccount.InProperties.class)
    @EnableConfigurationProperties(ClickatellAccount.class)
    @Order(1)
    static class AccountOfProperties {
        @Bean
        @Lazy(false) // a wrong account is refused at the start, also with lazy initialization
        ClickatellConnectionDetails clickatellConnectionDetails(ClickatellAccount account) {
            return new ClickatellConnectionDetails() {
                @Override
                public BalanceApi api() {
                    return account.balanceApi();
                }

                @Override
                public Optional<String> baseUrl() {
                    return Optional.ofNullable(account.baseUrl());
                }
            };
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Order(2)
    static class Client {
        @Bean
        @ConditionalOnMissingBean
        @ConditionalOnBean(ClickatellConnectionDetails.class)
        BalanceClient balanceClient(
                ClickatellConnectionDetails details,
                ObjectProvider<BalanceObserver> observer,
                ObjectProvider<BalanceClientCustomizer> customizers) {
            BalanceClient.Builder builder = BalanceClient.builder(details.api());
            observer.ifAvailable(builder::observer);
            details.baseUrl().ifPresent(builder::baseUrl);
            customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
            try {
                return builder.build();
            } catch (IllegalArgumentException e) {
                throw new InvalidConfigurationPropertyValueException(
                        "clickatell.base-url", details.baseUrl().orElse(null), String.valueOf(e.getMessage()));
            }
        }
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnSingleCandidate(BalanceClient.class)
    @Lazy(false)
    BalanceFeed balanceFeed(BalanceClient client, ClickatellProperties properties) {
        return BalanceFeed.of(client, properties.interval());
    }

    /** Not in a child context: the end of the child is not that of the feeds. */
    @Bean
    @ConditionalOnMissingBean
    FeedLifecycle clickatellFeedLifecycle(
            ApplicationContext context,
            ClickatellProperties properties,
            ObjectProvider<BalanceFeed> feeds,
            ObjectProvider<BalanceMonitor> monitor,
            ObjectProvider<BalanceEvents> events) {
        return new FeedLifecycle(context, properties, feeds, monitor, events);
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({MeterRegistry.class, Micrometer.class})
    @ConditionalOnBean(MeterRegistry.class)
    static class Metrics {
        @Bean
        @ConditionalOnMissingBean(BalanceObserver.class)
        @Lazy // its counters are not registered where the application has clients of its own
        MicrometerObserver clickatellBalanceObserver(
                ObjectProvider<ObservationRegistry> observations, MeterRegistry meters) {
            return new MicrometerObserver(observations.getIfAvailable(() -> ObservationRegistry.NOOP), meters);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(SimpleModule.class)
    static class Json {
        @Bean
        @ConditionalOnMissingBean
        BalanceModule clickatellBalanceModule() {
            return new BalanceModule();
        }
    }
}
