package io.github.clickatellbalance.spring;

import static java.util.Objects.requireNonNull;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.Threshold;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.redis.RedisBalanceClient;
import io.github.clickatellbalance.reactor.redis.RedisBalanceMetrics;
import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.api.reactive.RedisScriptingReactiveCommands;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Primary;
import org.springframework.core.annotation.Order;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;
import reactor.core.publisher.Flux;

/** One poll for all instances of the application, on its Redis. The client of the application becomes the upstream of a shared one. */
@Configuration(proxyBeanMethods = false)
@Conditional(FleetConfiguration.OnFleet.class)
class FleetConfiguration {
    private static final String PROPERTY = "clickatell.fleet.account";

    private static RuntimeException refused(@Nullable String value, String reason) {
        return new InvalidConfigurationPropertyValueException(PROPERTY, value, reason);
    }

    /** An empty name is as none. */
    static final class OnFleet implements Condition {
        @Override
        public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
            return StringUtils.hasText(context.getEnvironment().getProperty(PROPERTY));
        }
    }

    /** More specific than a connection factory: that is there in each application with Spring Data Redis. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(AbstractRedisClient.class)
    @ConditionalOnSingleCandidate(AbstractRedisClient.class)
    @Order(1)
    static class OnClient {
        @Bean
        @ConditionalOnMissingBean
        FleetConnection clickatellFleetConnection(AbstractRedisClient client) {
            return new FleetConnection(() -> client);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({AbstractRedisClient.class, LettuceConnectionFactory.class})
    @ConditionalOnSingleCandidate(LettuceConnectionFactory.class)
    @ConditionalOnMissingBean(FleetConnection.class)
    @Order(2)
    static class OnConnectionFactory {
        @Bean
        FleetConnection clickatellFleetConnection(LettuceConnectionFactory factory) {
            return new FleetConnection(factory::getRequiredNativeClient);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(RedisScriptingReactiveCommands.class)
    @ConditionalOnBean(FleetConnection.class)
    @ConditionalOnSingleCandidate(BalanceClient.class)
    @ConditionalOnMissingBean(SharedBalance.class)
    @Order(3)
    static class Shared {
        @Bean
        @Primary
        @Lazy(false)
        RedisBalanceClient clickatellFleetClient(
                BalanceClient upstream,
                FleetConnection connection,
                ClickatellProperties properties,
                ConfigurableListableBeanFactory beans) {
            if (isPrimary(upstream, beans)) {
                throw refused(
                        properties.fleet().account(),
                        "The BalanceClient of your own must not be @Primary: the shared one is");
            }
            connection.open();
            return RedisBalanceClient.builder(upstream, connection.commands())
                    .account(requireNonNull(
                            properties.fleet().account(),
                            PROPERTY + " must be set, since it was when Spring AOT processed the application"))
                    .interval(properties.interval())
                    .build();
        }

        private static boolean isPrimary(BalanceClient upstream, ConfigurableListableBeanFactory beans) {
            return Stream.of(beans.getBeanNamesForType(BalanceClient.class))
                    .filter(beans::containsBeanDefinition)
                    .filter(name -> beans.getBeanDefinition(name).isPrimary())
                    .anyMatch(name -> beans.getSingleton(name) == upstream);
        }

        @Bean
        SharedBalance clickatellSharedBalance(RedisBalanceClient client) {
            return new RedisSharedBalance(client);
        }
    }

    private record RedisSharedBalance(RedisBalanceClient client) implements SharedBalance {
        @Override
        public Flux<Balance> recent() {
            return client.recent();
        }

        @Override
        public Flux<BalanceAlert> alerts(Flux<Balance> balances, List<Threshold> thresholds) {
            return balances.transform(client.alerts(thresholds.toArray(Threshold[]::new)));
        }

        @Override
        public boolean isShared() {
            return client.isShared();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(MeterRegistry.class)
    @ConditionalOnBean({MeterRegistry.class, SharedBalance.class})
    @Order(4)
    static class Metrics {
        @Bean
        @ConditionalOnMissingBean
        RedisBalanceMetrics clickatellFleetMetrics(RedisBalanceClient client) {
            return new RedisBalanceMetrics(client, Tags.empty());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(SharedBalance.class)
    @Lazy(false)
    @Order(5)
    static class Refused {
        Refused(ApplicationContext context) {
            throw refused(
                    context.getEnvironment().getProperty(PROPERTY),
                    ClassUtils.isPresent("io.lettuce.core.AbstractRedisClient", context.getClassLoader())
                            ? "It needs one bean of type LettuceConnectionFactory or RedisClient, and one of type BalanceClient"
                            : "It needs Redis: add spring-boot-starter-data-redis to the dependencies");
        }
    }
}
