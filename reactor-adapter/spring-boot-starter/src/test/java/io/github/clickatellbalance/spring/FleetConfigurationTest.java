package io.github.clickatellbalance.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.redis.RedisBalanceClient;
import io.github.clickatellbalance.reactor.redis.RedisBalanceMetrics;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.ApplicationContextAssertProvider;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import reactor.core.publisher.Mono;

/** With which beans one poll is shared, and what is refused at start. There is no Redis: nobody listens on port 1. */
class FleetConfigurationTest {
    private static final String FLEET = "clickatell.fleet.account=acct-blue";

    private final ApplicationContextRunner plain = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    ClickatellAutoConfiguration.class,
                    ClickatellFeedAutoConfiguration.class,
                    ClickatellHealthAutoConfiguration.class,
                    ClickatellHintAutoConfiguration.class))
            .withPropertyValues("spring.data.redis.host=127.0.0.1", "spring.data.redis.port=1");
    private final ApplicationContextRunner withAccount =
            plain.withPropertyValues("clickatell.user=u", "clickatell.password=p", "clickatell.api-id=1");
    private final ApplicationContextRunner withRedis =
            withAccount.withConfiguration(AutoConfigurations.of(DataRedisAutoConfiguration.class));

    private static void assertShared(ApplicationContextAssertProvider<?> context, String upstream) {
        assertThat(context)
                .hasNotFailed()
                .hasSingleBean(RedisBalanceClient.class)
                .hasSingleBean(BalanceFeed.class)
                .hasSingleBean(BalanceEvents.class);
        assertThat(context.getBean(BalanceClient.class)).isInstanceOf(RedisBalanceClient.class);
        assertThat(context.getBean(upstream))
                .isInstanceOf(BalanceClient.class)
                .isNotInstanceOf(RedisBalanceClient.class);
    }

    private static void assertRefused(ApplicationContextAssertProvider<?> context, String reason) {
        assertThat(context)
                .getFailure()
                .hasStackTraceContaining("clickatell.fleet.account")
                .hasStackTraceContaining(reason);
    }

    @Test
    void on_the_connection_factory_of_spring_boot() {
        withRedis.withPropertyValues(FLEET).run(context -> {
            assertShared(context, "balanceClient");
            assertThat(context).doesNotHaveBean(RedisBalanceMetrics.class);
        });
        withRedis
                .withBean(SimpleMeterRegistry.class)
                .withPropertyValues(FLEET)
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(RedisBalanceMetrics.class));
    }

    @Test
    void without_the_property_each_instance_polls_by_itself() {
        for (String property : List.of("x=y", "clickatell.fleet.account=", "clickatell.fleet.account= ")) {
            withRedis
                    .withPropertyValues(property)
                    .run(context -> assertThat(context)
                            .hasNotFailed()
                            .hasSingleBean(BalanceFeed.class)
                            .hasSingleBean(BalanceClient.class)
                            .doesNotHaveBean(SharedBalance.class)
                            .doesNotHaveBean(FleetConnection.class));
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnRedis {
        @Bean(destroyMethod = "shutdown")
        RedisClient redis() {
            return RedisClient.create(RedisURI.create("127.0.0.1", 1));
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnCluster {
        @Bean(destroyMethod = "shutdown")
        RedisClusterClient redis() {
            return RedisClusterClient.create(RedisURI.create("127.0.0.1", 1));
        }
    }

    @Test
    void on_a_client_of_lettuce_with_or_without_spring_data() {
        for (Class<?> redis : List.of(OwnRedis.class, OwnCluster.class)) {
            withAccount
                    .withUserConfiguration(redis)
                    .withPropertyValues(FLEET)
                    .run(context -> assertShared(context, "balanceClient"));
            withAccount
                    .withUserConfiguration(redis)
                    .withClassLoader(new FilteredClassLoader("org.springframework.data"))
                    .withPropertyValues(FLEET)
                    .run(context -> assertShared(context, "balanceClient"));
            withRedis.withUserConfiguration(redis).withPropertyValues(FLEET).run(context -> {
                assertShared(context, "balanceClient");
                assertThat(context).hasSingleBean(FleetConnection.class).hasSingleBean(LettuceConnectionFactory.class);
            });
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnClient {
        @Bean
        BalanceClient mine() {
            return client();
        }
    }

    private static BalanceClient client() {
        return new BalanceClient() {
            @Override
            public Mono<Balance> balance() {
                return Mono.just(new Balance(BigDecimal.ONE, Balance.CREDITS, Instant.EPOCH));
            }

            @Override
            public void close() {}
        };
    }

    @Test
    void a_client_of_the_applications_own_is_the_upstream() {
        plain.withConfiguration(AutoConfigurations.of(DataRedisAutoConfiguration.class))
                .withUserConfiguration(OwnClient.class)
                .withPropertyValues(FLEET)
                .run(context -> assertShared(context, "mine"));
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnFeed {
        @Bean
        BalanceFeed mine(BalanceClient client) {
            assertThat(client).isInstanceOf(RedisBalanceClient.class);
            return BalanceFeed.of(client, java.time.Duration.ofHours(1));
        }
    }

    @Test
    void a_feed_of_the_applications_own_gets_the_shared_client() {
        withRedis
                .withUserConfiguration(OwnFeed.class)
                .withPropertyValues(FLEET)
                .run(context -> assertShared(context, "balanceClient"));
    }

    // Refused

    @Test
    void without_a_connection_factory_or_client_it_is_refused() {
        withAccount.withPropertyValues(FLEET).run(context -> assertRefused(context, "LettuceConnectionFactory"));
        withAccount
                .withPropertyValues(FLEET)
                .withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .run(context -> assertRefused(context, "LettuceConnectionFactory"));
    }

    @Test
    void without_lettuce_it_is_refused_and_everything_else_works() {
        ApplicationContextRunner runner = withRedis.withClassLoader(new FilteredClassLoader("io.lettuce"));
        runner.withPropertyValues(FLEET).run(context -> assertRefused(context, "spring-boot-starter-data-redis"));
        runner.run(context -> assertThat(context).hasNotFailed().hasSingleBean(BalanceFeed.class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"acct blue", "{acct}", "a:b", "ä"})
    void a_wrong_name_is_refused(String name) {
        withRedis
                .withPropertyValues("clickatell.fleet.account=" + name)
                .run(context -> assertRefused(context, "must be 1 to 64 letters"));
        withRedis
                .withPropertyValues("clickatell.fleet.account=" + "a".repeat(65))
                .run(context -> assertRefused(context, "must be 1 to 64 letters"));
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoClients extends OwnClient {
        @Bean
        BalanceClient other() {
            return client();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class PrimaryClient {
        @Bean
        @Primary
        BalanceClient mine() {
            return client();
        }
    }

    @Test
    void it_needs_one_client_that_is_not_primary() {
        withRedis
                .withUserConfiguration(TwoClients.class)
                .withPropertyValues(FLEET)
                .run(context -> assertRefused(context, "one of type BalanceClient"));
        withRedis
                .withUserConfiguration(PrimaryClient.class)
                .withPropertyValues(FLEET)
                .run(context -> assertRefused(context, "must not be @Primary"));
    }

    @Test
    void disabled_it_checks_nothing() {
        plain.withPropertyValues(FLEET, "clickatell.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(BalanceClient.class));
    }
}
