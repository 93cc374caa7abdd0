package io.github.clickatellbalance.spring;

import static java.util.Objects.requireNonNull;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.micrometer.BalanceFeedMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.observability.micrometer.Micrometer;
import reactor.core.publisher.Flux;

/** What needs one feed, the application's only or primary one: events, metrics, endpoint, streams. */
@AutoConfiguration(after = ClickatellAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "clickatell.enabled", matchIfMissing = true)
@Conditional(OnAccount.class)
class ClickatellFeedAutoConfiguration {
    // Nested classes have no order of their own, and their conditions need the beans of those before them.
    // A child context has no second monitor, events, meters or endpoint: it uses those of its parent.
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnSingleCandidate(BalanceFeed.class)
    @Order(1)
    static class OneFeed {
        @Bean
        @ConditionalOnMissingBean
        BalanceMonitor clickatellBalanceMonitor(
                BalanceFeed feed, ClickatellProperties properties, ObjectProvider<SharedBalance> shared) {
            Flux<Balance> recent =
                    shared.stream().findFirst().map(SharedBalance::recent).orElseGet(Flux::empty);
            return new BalanceMonitor(feed, properties.window(), properties.alertThresholds(), recent);
        }

        @Bean
        @ConditionalOnMissingBean
        BalanceEvents clickatellBalanceEvents(
                BalanceFeed feed,
                ClickatellProperties properties,
                ObjectProvider<SharedBalance> shared,
                ApplicationContext context) {
            return new BalanceEvents(feed, properties.alertThresholds(), shared.getIfAvailable(), context);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({MeterRegistry.class, Micrometer.class})
    @ConditionalOnBean({MeterRegistry.class, BalanceMonitor.class})
    static class Metrics {
        @Bean
        @ConditionalOnMissingBean
        BalanceFeedMetrics clickatellBalanceFeedMetrics(BalanceFeed feed) {
            return new BalanceFeedMetrics(feed, Tags.empty());
        }

        @Bean
        @ConditionalOnMissingBean
        SpendingMetrics clickatellSpendingMetrics(
                BalanceMonitor monitor, BalanceFeed feed, ObjectProvider<BalanceFeedMetrics> feeds) {
            // With several accounts, the tags name the one of this feed.
            Iterable<Tag> tags = feeds.stream()
                    .filter(metrics -> metrics.feed() == feed)
                    .findFirst()
                    .map(BalanceFeedMetrics::tags)
                    .orElseGet(Tags::empty);
            return new SpendingMetrics(monitor, tags);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
    @ConditionalOnBean(BalanceMonitor.class)
    static class Actuator {
        @Bean
        @ConditionalOnAvailableEndpoint
        @ConditionalOnMissingBean
        ClickatellEndpoint clickatellEndpoint(BalanceMonitor monitor) {
            return new ClickatellEndpoint(monitor);
        }
    }

    /** An empty path is as none. */
    static final class OnStreamPath implements Condition {
        @Override
        public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
            return StringUtils.hasText(context.getEnvironment().getProperty("clickatell.stream.path"));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(RouterFunction.class)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
    @Conditional(OnStreamPath.class)
    @ConditionalOnBean(BalanceMonitor.class)
    @Order(2)
    static class Routes {
        @Bean
        RouterFunction<ServerResponse> clickatellRoutes(BalanceMonitor monitor, ClickatellProperties properties) {
            return BalanceRoutes.of(requireNonNull(properties.stream().path()), monitor);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(name = "clickatellRoutes")
    @Conditional(OnStreamPath.class)
    @Lazy(false)
    @Order(3)
    static class NoRoutes {
        NoRoutes(Environment environment) {
            throw new InvalidConfigurationPropertyValueException(
                    "clickatell.stream.path",
                    environment.getProperty("clickatell.stream.path"),
                    "It needs a WebFlux application with one BalanceFeed");
        }
    }
}
