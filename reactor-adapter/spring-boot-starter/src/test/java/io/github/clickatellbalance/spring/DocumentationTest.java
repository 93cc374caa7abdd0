package io.github.clickatellbalance.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.RetryPolicy;
import io.github.clickatellbalance.reactor.micrometer.BalanceFeedMetrics;
import io.github.clickatellbalance.reactor.micrometer.MicrometerObserver;
import io.github.clickatellbalance.reactor.redis.RedisBalanceClient;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.context.event.EventListener;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Compiles the code of the README, and compares both texts. */
class DocumentationTest {
    private static final Logger LOG = LoggerFactory.getLogger(DocumentationTest.class);

    /** The application's own, for secrets. */
    interface Vault {
        String read(String name);
    }

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withBean(Vault.class, () -> name -> "secret-of-" + name)
            .withBean(ObservationRegistry.class, ObservationRegistry::create)
            .withConfiguration(AutoConfigurations.of(
                    ClickatellAutoConfiguration.class,
                    ClickatellFeedAutoConfiguration.class,
                    MetricsAutoConfiguration.class,
                    SimpleMetricsExportAutoConfiguration.class,
                    CompositeMeterRegistryAutoConfiguration.class));

    @Test
    void each_code_block_of_the_readme_is_here() throws IOException {
        String code =
                Files.readString(Path.of("src/test/java", getClass().getName().replace('.', '/') + ".java"));

        assertThat(blocks("java"))
                .hasSize(6)
                .allSatisfy(block -> assertThat(withoutSpace(code.replace("static class", "class")))
                        .contains(withoutSpace(block)));
    }

    private static List<String> blocks(String language) throws IOException {
        return Pattern.compile("(?s)```" + language + "\\n(.*?)```")
                .matcher(Files.readString(Path.of("README.md")))
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    /** The formatter breaks lines at other places than a page. */
    private static String withoutSpace(String text) {
        return text.replaceAll("\\s", "");
    }

    @RestController
    static class CreditController {
        private final BalanceFeed feed;

        CreditController(BalanceFeed feed) {
            this.feed = feed;
        }

        @GetMapping("/credit")
        Mono<BalanceSignal> credit() {
            return Mono.justOrEmpty(feed.latest()); // no request to the gateway
        }

        @GetMapping(path = "/credit/stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
        Flux<BalanceSignal> stream() {
            return feed.signals();
        }
    }

    @Component
    static class CreditListener {
        @EventListener
        void on(BalanceAlert alert) {
            LOG.warn(
                    "{} {}: {} left",
                    alert.threshold().name(),
                    alert.kind(),
                    alert.balance().amount());
        }

        @EventListener
        void on(BalanceSignal signal) {
            LOG.info("{}", signal.reason().orElse("The balance is known again"));
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Reconnects {
        @Bean
        ClientResourcesBuilderCustomizer reconnectSoon() {
            return resources -> resources.reconnectDelay(
                    Delay.exponential(Duration.ofMillis(100), Duration.ofSeconds(5), 2, TimeUnit.MILLISECONDS));
        }
    }

    @Test
    void the_delay_of_reconnects_is_that_of_the_customizer() {
        runner.withConfiguration(AutoConfigurations.of(DataRedisAutoConfiguration.class))
                .withUserConfiguration(Details.class, Reconnects.class)
                .withPropertyValues("clickatell.fleet.account=acct-blue", "spring.data.redis.port=1")
                .run(context -> {
                    assertThat(context).hasNotFailed().hasSingleBean(RedisBalanceClient.class);
                    assertThat(context.getBean(ClientResources.class)
                                    .reconnectDelay()
                                    .createDelay(20))
                            .isEqualTo(Duration.ofSeconds(5));
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class Details {
        @Bean
        BalanceClientCustomizer deadline() {
            return builder -> builder.attemptTimeout(Duration.ofSeconds(5)).retry(RetryPolicy.none());
        }

        @Bean
        ClickatellConnectionDetails account(Vault vault) {
            return () -> BalanceApi.platform(vault.read("clickatell"));
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Accounts {
        @Bean
        BalanceClient blueClient(Vault vault, ObservationRegistry observations, MeterRegistry meters) {
            return BalanceClient.builder(BalanceApi.platform(vault.read("blue")))
                    .observer(new MicrometerObserver(observations, meters, Tags.of("account", "blue")))
                    .build();
        }

        @Bean
        @Primary
        BalanceFeed blueFeed(@Qualifier("blueClient") BalanceClient client) {
            return BalanceFeed.of(client, Duration.ofMinutes(1));
        }

        @Bean
        BalanceFeedMetrics blueMetrics(@Qualifier("blueFeed") BalanceFeed feed) {
            return new BalanceFeedMetrics(feed, Tags.of("account", "blue"));
        }

        @Bean
        BalanceClient redClient(Vault vault, ObservationRegistry observations, MeterRegistry meters) {
            return BalanceClient.builder(BalanceApi.rest(vault.read("red")))
                    .observer(new MicrometerObserver(observations, meters, Tags.of("account", "red")))
                    .build();
        }

        @Bean
        BalanceFeed redFeed(@Qualifier("redClient") BalanceClient client) {
            return BalanceFeed.of(client, Duration.ofMinutes(1));
        }

        @Bean
        BalanceFeedMetrics redMetrics(@Qualifier("redFeed") BalanceFeed feed) {
            return new BalanceFeedMetrics(feed, Tags.of("account", "red"));
        }
    }

    @Test
    void the_account_of_a_vault() {
        runner.withUserConfiguration(Details.class)
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(BalanceFeed.class));
    }

    @Test
    void several_accounts_have_tagged_gauges() {
        runner.withBean(DocumentationTest.class)
                .withUserConfiguration(Accounts.class)
                .run(context -> {
                    assertThat(context).hasNotFailed().hasSingleBean(BalanceMonitor.class);
                    MeterRegistry meters = context.getBean(MeterRegistry.class);
                    assertThat(meters.get("clickatell.balance.amount").gauges())
                            .extracting(gauge -> gauge.getId().getTag("account"))
                            .containsExactlyInAnyOrder("blue", "red");
                    assertThat(meters.get("clickatell.balance.time.to.empty").gauges())
                            .as("of the primary feed")
                            .extracting(gauge -> gauge.getId().getTag("account"))
                            .containsExactly("blue");
                });
    }
}
