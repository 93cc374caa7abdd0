package io.github.clickatellbalance.examples.springboot3;

import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.Threshold;
import io.github.clickatellbalance.reactor.BalanceAlerts;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.micrometer.BalanceFeedMetrics;
import io.github.clickatellbalance.reactor.micrometer.MicrometerObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.observation.ObservationRegistry;
import java.math.BigDecimal;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;

/** One account: client, feed, metrics, health and alerts. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(BalanceConfiguration.Account.class)
class BalanceConfiguration {
    private static final Logger LOG = LoggerFactory.getLogger(BalanceConfiguration.class);

    /** The properties. {@code @Value} would evaluate a password with {@code #{...}} in it. */
    @ConfigurationProperties("clickatell")
    record Account(
            @DefaultValue("") String user,
            @DefaultValue("") String password,
            @DefaultValue("") String apiId,
            @DefaultValue("") String baseUrl,
            @DefaultValue("1m") Duration interval,
            @DefaultValue("50") BigDecimal low) {
        @Override
        public String toString() {
            return "Account[***]";
        }
    }

    @Bean
    BalanceClient balanceClient(Account account, ObservationRegistry observations, MeterRegistry meters) {
        BalanceApi api = BalanceApi.http(Credentials.of(account.user, account.password, account.apiId));
        return BalanceClient.builder(api)
                .baseUrl(account.baseUrl.isBlank() ? api.defaultBaseUrl() : account.baseUrl)
                .observer(new MicrometerObserver(observations, meters))
                .build();
    }

    @Bean
    BalanceFeed balanceFeed(BalanceClient client, Account account) {
        return BalanceFeed.of(client, account.interval);
    }

    @Bean
    BalanceFeedMetrics balanceFeedMetrics(BalanceFeed feed) {
        return new BalanceFeedMetrics(feed, Tags.empty());
    }

    /** The health component {@code clickatell}. Sends no request. */
    @Bean
    HealthIndicator clickatellHealthIndicator(BalanceFeed feed) {
        return () -> feed.latest()
                .map(BalanceConfiguration::health)
                .orElseGet(() -> Health.unknown().build());
    }

    private static Health health(BalanceSignal signal) {
        Health.Builder health = signal instanceof BalanceSignal.Fresh ? Health.up() : Health.down();
        signal.lastKnown()
                .ifPresent(
                        balance -> health.withDetail("amount", balance.amount().toPlainString())
                                .withDetail("unit", balance.unit()));
        signal.reason().ifPresent(reason -> health.withDetail("reason", reason));
        return health.build();
    }

    /** Masks the secrets in the actuator's endpoints, also with {@code show-values=always}. */
    @Bean
    SanitizingFunction clickatellSecrets() {
        return data -> data.getLowerCaseKey().contains("clickatell") ? data.withSanitizedValue() : data;
    }

    @Bean
    Watch balanceWatch(ApplicationContext context, BalanceFeed feed, Account account) {
        return new Watch(context, feed, new Threshold("low", account.low, new BigDecimal("5")));
    }

    /** Polls from the moment when the application is ready, and publishes each {@link BalanceAlert} as an event. */
    record Watch(ApplicationContext context, BalanceFeed feed, Threshold threshold) {
        @EventListener
        void start(ApplicationReadyEvent event) {
            if (event.getApplicationContext() == context) {
                feed.balances().transform(BalanceAlerts.on(threshold)).subscribe(this::publish);
                feed.start();
            }
        }

        private void publish(BalanceAlert alert) {
            try {
                context.publishEvent(alert);
            } catch (RuntimeException e) { // of a listener: it would end the subscription
                LOG.error("A listener failed with the alert {}", alert, e);
            }
        }

        /** Before the web server waits for open requests, which a stream would delay. Not if a child context is closed. */
        @EventListener
        void stop(ContextClosedEvent event) {
            if (event.getApplicationContext() == context) {
                feed.close();
            }
        }
    }
}
