package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.RetryPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.test.web.reactive.server.WebTestClient;
import reactor.core.publisher.Mono;

/**
 * An application as {@code main} starts it, with the account of a test's gateway. One at a time: Spring disposes of Reactor
 * Netty's threads, which all share, when an application ends.
 */
final class TestApplication implements AutoCloseable {
    static final Duration TIMEOUT = Duration.ofSeconds(20);

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Main {
        /** An outage is visible at once. */
        @Bean
        BalanceClientCustomizer noRetries() {
            return builder -> builder.retry(RetryPolicy.none());
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Threads {
        /** As Spring Boot's, but the end of an application does not take two seconds. */
        @Bean
        ReactorResourceFactory threads() {
            ReactorResourceFactory threads = new ReactorResourceFactory();
            threads.setShutdownQuietPeriod(Duration.ZERO);
            return threads;
        }
    }

    final ConfigurableApplicationContext context;

    private TestApplication(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /** With these beans besides. */
    static TestApplication run(
            WebApplicationType type, TestGateway gateway, List<Class<?>> beans, String... properties) {
        return run(type, gateway.url(), beans, properties);
    }

    static TestApplication run(WebApplicationType type, String gatewayUrl, List<Class<?>> beans, String... properties) {
        List<Class<?>> sources = new ArrayList<>(beans);
        sources.add(Main.class);
        if (type == WebApplicationType.REACTIVE) {
            sources.add(Threads.class);
        }
        SpringApplication application = new SpringApplication(sources.toArray(Class<?>[]::new));
        List<String> arguments = new ArrayList<>(List.of(
                "--spring.main.web-application-type=" + type.name().toLowerCase(Locale.ROOT),
                "--spring.main.banner-mode=off",
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--clickatell.base-url=" + gatewayUrl,
                "--clickatell.user=canary-user",
                "--clickatell.password=canary-password",
                "--clickatell.api-id=canary-api-id",
                "--clickatell.interval=100ms",
                "--management.health.redis.enabled=false")); // Spring Boot's own; most tests have no Redis
        arguments.addAll(List.of(properties)); // the last one of two wins: they become one value otherwise
        return new TestApplication(application.run(merged(arguments)));
    }

    private static String[] merged(List<String> arguments) {
        List<String> merged = new ArrayList<>();
        for (String argument : arguments) {
            String name = argument.substring(0, argument.indexOf('=') + 1);
            merged.removeIf(earlier -> earlier.startsWith(name));
            merged.add(argument);
        }
        return merged.toArray(String[]::new);
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    BalanceFeed feed() {
        return bean(BalanceFeed.class);
    }

    BalanceSignal await(Predicate<BalanceSignal> condition) {
        return Objects.requireNonNull(feed().signals().filter(condition).blockFirst(TIMEOUT));
    }

    void awaitAmount(String amount) {
        await(signal -> signal instanceof BalanceSignal.Fresh fresh
                && fresh.balance().amount().toPlainString().equals(amount));
    }

    /** For what has no signal of its own. */
    static void await(BooleanSupplier condition) {
        Mono.fromSupplier(condition::getAsBoolean)
                .repeatWhen(again -> again.delayElements(Duration.ofMillis(5)))
                .takeUntil(isTrue -> isTrue)
                .blockLast(TIMEOUT);
    }

    String url() {
        return "http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port");
    }

    WebTestClient http() {
        return WebTestClient.bindToServer()
                .baseUrl(url())
                .responseTimeout(TIMEOUT)
                .build();
    }

    String get(String path) {
        return Objects.requireNonNull(http().get()
                .uri(path)
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .returnResult()
                .getResponseBody());
    }

    @Override
    public void close() {
        context.close();
    }
}
