package io.github.clickatellbalance.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.BalanceObserver;
import io.github.clickatellbalance.reactor.RetryPolicy;
import io.github.clickatellbalance.reactor.micrometer.BalanceFeedMetrics;
import io.github.clickatellbalance.reactor.micrometer.MicrometerObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URL;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.context.assertj.ApplicationContextAssertProvider;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.web.reactive.function.server.RouterFunction;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Which beans there are, and what is refused at start. Nothing is sent: no application becomes ready. */
class AutoConfigurationTest {
    private static final AutoConfigurations OURS = AutoConfigurations.of(
            ClickatellAutoConfiguration.class,
            ClickatellFeedAutoConfiguration.class,
            ClickatellHealthAutoConfiguration.class,
            ClickatellHintAutoConfiguration.class,
            ClickatellSanitizingAutoConfiguration.class);
    private static final String[] ACCOUNT = {
        "clickatell.user=canary-user", "clickatell.password=canary-password", "clickatell.api-id=canary-id"
    };
    private static final String OUR_PACKAGE = "io.github.clickatellbalance";

    private final ApplicationContextRunner plain = new ApplicationContextRunner().withConfiguration(OURS);
    private final ApplicationContextRunner withAccount = plain.withPropertyValues(ACCOUNT);

    private static List<String> ourBeans(ConfigurableApplicationContext context) {
        List<String> ours = new ArrayList<>();
        for (String name : context.getBeanDefinitionNames()) {
            Class<?> type = context.getType(name);
            if (type != null && type.getName().startsWith(OUR_PACKAGE) && !name.contains("HintAutoConfiguration")) {
                ours.add(name);
            }
        }
        return ours;
    }

    // Configured or not

    @Test
    void three_properties_give_client_feed_events_and_health() {
        withAccount.run(context -> assertThat(context)
                .hasNotFailed()
                .hasSingleBean(BalanceClient.class)
                .hasSingleBean(BalanceFeed.class)
                .hasSingleBean(BalanceMonitor.class)
                .hasSingleBean(BalanceEvents.class)
                .hasBean("clickatellHealthIndicator")
                .hasSingleBean(BalanceModule.class)
                .doesNotHaveBean(RouterFunction.class));
    }

    @Test
    void with_nothing_configured_there_is_no_bean_but_one_line_that_says_what_to_set() {
        try (LogWatch log = LogWatch.ours()) {
            plain.run(context -> {
                assertThat(context).hasNotFailed();
                assertThat(ourBeans(context.getSourceApplicationContext())).isEmpty();
            });
            assertThat(log.lines())
                    .singleElement()
                    .satisfies(line -> assertThat(line)
                            .startsWith("INFO ")
                            .contains("clickatell.user", "clickatell.password", "clickatell.api-id")
                            .contains("clickatell.api ", "clickatell.token", "clickatell.api-key"));
        }
    }

    @Test
    void the_line_is_not_logged_where_there_is_an_account_or_the_starter_is_disabled() {
        try (LogWatch log = LogWatch.ours()) {
            withAccount.run(context -> assertThat(context).hasNotFailed());
            plain.withPropertyValues("clickatell.enabled=false")
                    .run(context -> assertThat(context).hasNotFailed());
            plain.withUserConfiguration(OwnFeed.class)
                    .run(context -> assertThat(context).hasNotFailed());
            assertThat(log.lines()).isEmpty();
        }
    }

    @Test
    void disabled_it_gives_no_bean_and_checks_nothing() {
        withAccount
                .withPropertyValues("clickatell.enabled=false", "clickatell.interval=0s", "clickatell.stream.path=/b")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    // It masks the secrets, which are there all the same.
                    assertThat(ourBeans(context.getSourceApplicationContext()))
                            .allMatch(name -> name.contains("anitizing"));
                });
    }

    /** As in a profile for development, which has no vault. */
    @Test
    void disabled_it_starts_without_what_its_placeholders_name() {
        plain.withPropertyValues("clickatell.enabled=false", "clickatell.password=${vault.that.is.not.there}")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(BalanceClient.class));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "clickatell.api=http clickatell.user=u clickatell.password=p clickatell.api-id=1",
                "clickatell.api=http-session clickatell.user=u clickatell.password=p clickatell.api-id=1",
                "clickatell.api=rest clickatell.token=t",
                "clickatell.api=platform clickatell.api-key=k",
                "clickatell.api=one clickatell.api-key=k"
            })
    void each_api_has_its_secrets(String properties) {
        plain.withPropertyValues(properties.split(" "))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(BalanceClient.class)
                        .hasSingleBean(BalanceFeed.class));
    }

    @Test
    void the_api_of_the_configuration_is_that_of_the_client() {
        plain.withPropertyValues("clickatell.api=one", "clickatell.api-key=k")
                .run(context -> assertThat(context.getBean(ClickatellConnectionDetails.class)
                                .api()
                                .defaultBaseUrl())
                        .isEqualTo("https://platform.clickatell.com"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"CLICKATELL_APIID", "CLICKATELL_API_ID"})
    void the_environment_has_the_account(String apiId) {
        plain.withInitializer(environment(Map.of(
                        "CLICKATELL_USER", "u", "CLICKATELL_PASSWORD", "p", apiId, "1", "CLICKATELL_API", "http")))
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(BalanceClient.class));
    }

    @Test
    void the_environment_has_token_key_and_every_other_setting() {
        plain.withInitializer(environment(Map.of(
                        "CLICKATELL_API", "REST",
                        "CLICKATELL_TOKEN", "t",
                        "CLICKATELL_BASE_URL", "http://127.0.0.1:1",
                        "CLICKATELL_INTERVAL", "5m",
                        "CLICKATELL_THRESHOLDS_LOW", "50",
                        "CLICKATELL_MARGIN", "2",
                        "CLICKATELL_BURNRATEWINDOW", "2h")))
                .run(context -> {
                    ClickatellProperties properties = context.getBean(ClickatellProperties.class);
                    assertThat(properties.interval()).isEqualTo(Duration.ofMinutes(5));
                    assertThat(properties.window()).isEqualTo(Duration.ofHours(2));
                    assertThat(properties.alertThresholds()).singleElement().satisfies(low -> {
                        assertThat(low.name()).isEqualTo("low");
                        assertThat(low.margin()).isEqualByComparingTo("2");
                    });
                    assertThat(context.getBean(ClickatellConnectionDetails.class)
                                    .baseUrl())
                            .hasValue("http://127.0.0.1:1");
                });
        plain.withInitializer(environment(Map.of("CLICKATELL_API", "one", "CLICKATELL_APIKEY", "k")))
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(BalanceClient.class));
    }

    /** As a platform's template sets them when it has no value. */
    @Test
    void environment_variables_that_are_all_empty_are_as_none() {
        plain.withInitializer(environment(Map.of(
                        "CLICKATELL_USER", "",
                        "CLICKATELL_PASSWORD", " ",
                        "CLICKATELL_API_ID", "",
                        "CLICKATELL_API", "",
                        "CLICKATELL_BASE_URL", "")))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(BalanceClient.class));
    }

    @Test
    void other_settings_that_are_empty_have_their_defaults() {
        withAccount
                .withPropertyValues(
                        "clickatell.api=",
                        "clickatell.base-url=",
                        "clickatell.interval=",
                        "clickatell.margin=",
                        "clickatell.thresholds.low=",
                        "clickatell.burn-rate-window=",
                        "clickatell.stream.path=")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    ClickatellProperties properties = context.getBean(ClickatellProperties.class);
                    assertThat(properties.interval()).isEqualTo(Duration.ofMinutes(1));
                    assertThat(properties.window()).isEqualTo(Duration.ofHours(1));
                    assertThat(properties.margin()).isEqualByComparingTo("5");
                    assertThat(properties.alertThresholds()).isEmpty();
                });
    }

    @Test
    void an_empty_path_of_the_streams_is_as_none_with_webflux_too() {
        for (String path : List.of("", " ")) {
            new ReactiveWebApplicationContextRunner()
                    .withConfiguration(OURS)
                    .withPropertyValues(ACCOUNT)
                    .withPropertyValues("clickatell.stream.path=" + path)
                    .run(context -> assertThat(context)
                            .hasNotFailed()
                            .hasSingleBean(BalanceFeed.class)
                            .doesNotHaveBean(RouterFunction.class));
        }
    }

    private static ApplicationContextInitializer<ConfigurableApplicationContext> environment(
            Map<String, Object> variables) {
        return context -> context.getEnvironment()
                .getPropertySources()
                .addFirst(new SystemEnvironmentPropertySource("test-systemEnvironment", variables));
    }

    // Refused at start

    private static void assertRefused(ApplicationContextAssertProvider<?> context, String property) {
        StringBuilder messages = new StringBuilder();
        for (Throwable cause = context.getStartupFailure(); cause != null; cause = cause.getCause()) {
            messages.append(cause).append('\n');
        }
        assertThat(messages.toString())
                .containsPattern(RefusedStartTest.exactly(property))
                .doesNotContain("canary");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "clickatell.password | clickatell.user=canary clickatell.api-id=canary",
                "clickatell.user     | clickatell.password=canary clickatell.api-id=canary",
                "clickatell.api-id   | clickatell.user=canary clickatell.password=canary",
                "clickatell.password | clickatell.user=canary clickatell.password= clickatell.api-id=canary",
                "clickatell.user     | clickatell.api=http",
                "clickatell.user     | clickatell.api=http-session clickatell.token=canary",
                "clickatell.user     | clickatell.token=canary",
                "clickatell.user     | clickatell.base-url=https://example.com",
                "clickatell.token    | clickatell.api=rest clickatell.api-key=canary",
                "clickatell.token    | clickatell.api=rest clickatell.token=",
                "clickatell.api-key  | clickatell.api=platform clickatell.user=canary",
                "clickatell.api-key  | clickatell.api=one",
                "clickatell.api      | clickatell.api=soap clickatell.token=canary",
            })
    void an_incomplete_account_is_refused_with_the_name_of_what_is_missing(String property, String properties) {
        plain.withPropertyValues(properties.split(" ")).run(context -> assertRefused(context, property));
    }

    @Test
    void a_secret_that_cannot_be_sent_is_refused_with_the_name_of_its_property() {
        plain.withPropertyValues("clickatell.api=one", "clickatell.api-key=Bearer canary")
                .run(context -> assertRefused(context, "clickatell.api-key"));
        withAccount
                .withPropertyValues("clickatell.api-id=canary\ncanary")
                .run(context -> assertRefused(context, "clickatell.api-id"));
        withAccount
                .withPropertyValues("clickatell.password=canary\ncanary")
                .run(context -> assertRefused(context, "clickatell.password"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "clickatell.interval=0s",
                "clickatell.interval=-1s",
                "clickatell.interval=99ms",
                "clickatell.interval=25h",
                "clickatell.interval=often",
                "clickatell.password=${no.such.property}",
                "clickatell.api-id=${NO_SUCH_VARIABLE}",
                "clickatell.margin=-1",
                "clickatell.margin=much",
                "clickatell.burn-rate-window=1m",
                "clickatell.burn-rate-window=366d",
                "clickatell.thresholds.low=little",
                "clickatell.base-url=clickatell",
                "clickatell.base-url=https://example.com/?token=canary",
                "clickatell.base-url=https://me:canary@example.com",
                "clickatell.base-url=http://example.com",
                "clickatell.stream.path=api/balance",
                "clickatell.stream.path=/api/..",
                "clickatell.stream.path=/api/{id}",
                "clickatell.stream.path=/api/balance/",
                "clickatell.stream.path=/"
            })
    void a_wrong_value_is_refused_with_the_name_of_its_property(String setting) {
        String property = setting.substring(0, setting.indexOf('='));
        new ReactiveWebApplicationContextRunner()
                .withConfiguration(OURS)
                .withPropertyValues(ACCOUNT)
                .withPropertyValues(setting)
                .run(context -> assertRefused(context, property));
    }

    @Test
    void a_threshold_without_a_name_is_refused() {
        withAccount
                .withPropertyValues("clickatell.thresholds[ ]=5")
                .run(context -> assertRefused(context, "clickatell.thresholds"));
    }

    @Test
    void the_streams_are_refused_where_there_is_no_webflux() {
        withAccount
                .withPropertyValues("clickatell.stream.path=/api/balance")
                .run(context -> assertRefused(context, "clickatell.stream.path"));
        new WebApplicationContextRunner()
                .withConfiguration(OURS)
                .withPropertyValues(ACCOUNT)
                .withPropertyValues("clickatell.stream.path=/api/balance")
                .run(context -> assertRefused(context, "clickatell.stream.path"));
        new ReactiveWebApplicationContextRunner()
                .withConfiguration(OURS)
                .withPropertyValues(ACCOUNT)
                .withPropertyValues("clickatell.stream.path=/api/balance")
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(RouterFunction.class));
    }

    // Beans of the application's own

    @Configuration(proxyBeanMethods = false)
    static class OwnClient {
        @Bean
        BalanceClient myClient() {
            return new OneBalance("7");
        }
    }

    @Test
    void a_client_of_the_applications_own_is_enough() {
        plain.withUserConfiguration(OwnClient.class).run(context -> {
            assertThat(context).hasNotFailed().getBean(BalanceClient.class).isSameAs(context.getBean("myClient"));
            assertThat(context).hasSingleBean(BalanceFeed.class).hasSingleBean(BalanceEvents.class);
        });
    }

    @Test
    void a_client_of_the_applications_own_wins_over_the_properties_even_if_these_are_incomplete() {
        plain.withUserConfiguration(OwnClient.class)
                .withPropertyValues("clickatell.user=half")
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(BalanceClient.class)
                        .hasBean("myClient"));
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnFeed {
        @Bean
        BalanceFeed myFeed() {
            return BalanceFeed.of(new OneBalance("7"), Duration.ofHours(1));
        }
    }

    @Test
    void a_feed_of_the_applications_own_is_enough() {
        plain.withUserConfiguration(OwnFeed.class)
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(BalanceFeed.class)
                        .hasSingleBean(BalanceEvents.class)
                        .hasBean("clickatellHealthIndicator")
                        .doesNotHaveBean(BalanceClient.class));
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnFeedOfOurClient {
        @Bean
        BalanceFeed myFeed(BalanceClient client) {
            return BalanceFeed.of(client, Duration.ofHours(1));
        }
    }

    @Test
    void a_feed_of_the_applications_own_may_use_the_client_of_the_properties() {
        withAccount
                .withUserConfiguration(OwnFeedOfOurClient.class)
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(BalanceClient.class)
                        .hasSingleBean(BalanceFeed.class)
                        .hasBean("myFeed"));
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnOfTheRest {
        @Bean
        MeterRegistry meters() {
            return new SimpleMeterRegistry();
        }

        @Bean
        BalanceObserver myObserver(MeterRegistry meters) {
            return new MicrometerObserver(ObservationRegistry.NOOP, meters);
        }

        @Bean
        BalanceFeedMetrics myMetrics(BalanceFeed feed) {
            return new BalanceFeedMetrics(feed, Tags.of("account", "mine"));
        }

        @Bean
        BalanceModule myModule() {
            return new BalanceModule();
        }

        @Bean
        HealthIndicator clickatellHealthIndicator() {
            return () -> Health.up().build();
        }
    }

    @Test
    void every_other_bean_also_backs_off_from_that_of_the_application() {
        withAccount.withUserConfiguration(OwnOfTheRest.class).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBeanNamesForType(BalanceObserver.class)).containsExactly("myObserver");
            assertThat(context.getBeanNamesForType(BalanceFeedMetrics.class)).containsExactly("myMetrics");
            assertThat(context.getBeanNamesForType(BalanceModule.class)).containsExactly("myModule");
            assertThat(context.getBean(HealthIndicator.class)).isNotInstanceOf(BalanceHealthIndicator.class);
        });
    }

    private record Counting(AtomicInteger calls) implements BalanceObserver {
        @Override
        public Mono<Balance> call(Mono<Balance> call) {
            return call.doOnSubscribe(subscription -> calls.incrementAndGet());
        }

        @Override
        public Mono<Balance> attempt(Mono<Balance> attempt) {
            return attempt;
        }
    }

    /** As the port 1 on loopback, where nobody listens. */
    @Test
    void an_observer_of_the_applications_own_is_that_of_the_client() {
        AtomicInteger calls = new AtomicInteger();
        withAccount
                .withPropertyValues("clickatell.base-url=http://127.0.0.1:1")
                .withBean(BalanceClientCustomizer.class, () -> builder -> builder.retry(RetryPolicy.none()))
                .withBean(BalanceObserver.class, () -> new Counting(calls))
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    context.getBean(BalanceClient.class)
                            .balance()
                            .onErrorComplete()
                            .block(TestApplication.TIMEOUT);
                    assertThat(calls).hasValue(1);
                });
    }

    @Test
    void two_observers_are_refused_with_the_names_of_both() {
        withAccount
                .withBean("blueObserver", BalanceObserver.class, () -> new Counting(new AtomicInteger()))
                .withBean("greenObserver", BalanceObserver.class, () -> new Counting(new AtomicInteger()))
                .run(context -> {
                    assertRefused(context, "blueObserver");
                    assertRefused(context, "greenObserver");
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnDetails {
        @Bean
        ClickatellConnectionDetails vault() {
            return new ClickatellConnectionDetails() {
                @Override
                public BalanceApi api() {
                    return BalanceApi.http(Credentials.of("vault-user", "vault-password", "1"));
                }

                @Override
                public Optional<String> baseUrl() {
                    return Optional.of("http://127.0.0.1:1");
                }
            };
        }
    }

    @Test
    void connection_details_win_over_the_properties_even_if_these_are_incomplete() {
        for (String setting : List.of("clickatell.margin=5", "clickatell.user=half", "clickatell.api=rest")) {
            plain.withUserConfiguration(OwnDetails.class)
                    .withPropertyValues(setting)
                    .run(context -> assertThat(context)
                            .hasNotFailed()
                            .hasSingleBean(BalanceClient.class)
                            .hasSingleBean(ClickatellConnectionDetails.class)
                            .hasBean("vault"));
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class PlainTextDetails {
        @Bean
        ClickatellConnectionDetails vault() {
            return new ClickatellConnectionDetails() {
                @Override
                public BalanceApi api() {
                    return BalanceApi.rest("canary");
                }

                @Override
                public Optional<String> baseUrl() {
                    return Optional.of("http://example.com");
                }
            };
        }
    }

    @Test
    void plain_text_to_another_host_is_refused_unless_a_customizer_allows_it() {
        plain.withUserConfiguration(PlainTextDetails.class)
                .run(context -> assertRefused(context, "clickatell.base-url"));
        plain.withUserConfiguration(PlainTextDetails.class)
                .withBean(BalanceClientCustomizer.class, () -> builder -> builder.allowPlainHttp())
                .run(context -> assertThat(context).hasNotFailed());
        withAccount
                .withPropertyValues("clickatell.base-url=http://example.com")
                .withBean(BalanceClientCustomizer.class, () -> builder -> builder.allowPlainHttp())
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Configuration(proxyBeanMethods = false)
    static class Customizers {
        final List<String> called = new ArrayList<>();

        @Bean
        @Order(2)
        BalanceClientCustomizer second() {
            return builder -> called.add("second");
        }

        @Bean
        @Order(1)
        BalanceClientCustomizer first() {
            return builder -> called.add("first");
        }
    }

    @Test
    void customizers_are_called_in_their_order() {
        withAccount
                .withUserConfiguration(Customizers.class)
                .run(context ->
                        assertThat(context.getBean(Customizers.class).called).containsExactly("first", "second"));
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoClients {
        @Bean
        BalanceClient blue() {
            return new OneBalance("1");
        }

        @Bean
        BalanceClient green() {
            return new OneBalance("2");
        }
    }

    @Test
    void with_two_clients_the_application_decides_about_feeds() {
        plain.withUserConfiguration(TwoClients.class)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(BalanceFeed.class));
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoFeeds {
        @Bean
        BalanceFeed blue() {
            return BalanceFeed.of(new OneBalance("1"), Duration.ofHours(1));
        }

        @Bean
        BalanceFeed green() {
            return BalanceFeed.of(new OneBalance("2"), Duration.ofHours(1));
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoFeedsAndAPrimary extends TwoFeeds {
        @Bean
        @Primary
        BalanceFeed red() {
            return BalanceFeed.of(new OneBalance("3"), Duration.ofHours(1));
        }
    }

    @Test
    void of_several_feeds_the_primary_one_has_events_health_and_streams() {
        ReactiveWebApplicationContextRunner web = new ReactiveWebApplicationContextRunner()
                .withConfiguration(OURS)
                .withPropertyValues("clickatell.stream.path=/api/balance");
        web.withUserConfiguration(TwoFeedsAndAPrimary.class)
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(BalanceEvents.class)
                        .hasBean("clickatellHealthIndicator")
                        .hasSingleBean(RouterFunction.class));
        web.withUserConfiguration(TwoFeeds.class).run(context -> assertRefused(context, "clickatell.stream.path"));
    }

    @Test
    void health_is_switched_off_as_usual() {
        for (String property : List.of("management.health.clickatell.enabled", "management.health.defaults.enabled")) {
            withAccount
                    .withPropertyValues(property + "=false")
                    .run(context -> assertThat(context)
                            .hasNotFailed()
                            .hasSingleBean(BalanceFeed.class)
                            .doesNotHaveBean(HealthIndicator.class));
        }
    }

    @Test
    void the_endpoint_is_there_only_where_it_is_exposed() {
        withAccount.run(context -> assertThat(context).doesNotHaveBean(ClickatellEndpoint.class));
        withAccount
                .withPropertyValues("management.endpoints.web.exposure.include=clickatell")
                .run(context -> assertThat(context).hasSingleBean(ClickatellEndpoint.class));
    }

    /** For editors. */
    @Test
    void the_metadata_describes_every_property() throws IOException {
        List<JsonNode> properties = new ArrayList<>();
        for (URL file : Collections.list(
                getClass().getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
            try (InputStream text = file.openStream()) {
                JsonMapper.shared()
                        .readTree(text)
                        .path("properties")
                        .valueStream()
                        .filter(property -> property.path("name").stringValue().startsWith("clickatell."))
                        .forEach(properties::add);
            }
        }
        assertThat(properties)
                .allSatisfy(property ->
                        assertThat(property.path("description").asString("")).isNotBlank())
                .extracting(property -> property.path("name").stringValue())
                .containsExactlyInAnyOrder(
                        "clickatell.enabled",
                        "clickatell.api",
                        "clickatell.user",
                        "clickatell.password",
                        "clickatell.api-id",
                        "clickatell.token",
                        "clickatell.api-key",
                        "clickatell.base-url",
                        "clickatell.interval",
                        "clickatell.thresholds",
                        "clickatell.margin",
                        "clickatell.burn-rate-window",
                        "clickatell.stream.path",
                        "clickatell.fleet.account");
    }

    // Lazy

    @Test
    void with_lazy_initialization_wrong_settings_are_refused_at_start_and_the_line_is_logged_too() {
        ApplicationContextRunner lazy = plain.withInitializer(
                context -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()));
        try (LogWatch log = LogWatch.ours()) {
            lazy.run(context -> assertThat(context).hasNotFailed());
            assertThat(log.lines()).hasSize(1);
        }
        lazy.withPropertyValues(ACCOUNT)
                .withPropertyValues("clickatell.stream.path=/api/balance")
                .run(context -> assertRefused(context, "clickatell.stream.path"));
        lazy.withPropertyValues("clickatell.user=canary", "clickatell.api-id=canary")
                .run(context -> assertRefused(context, "clickatell.password"));
        lazy.withPropertyValues(ACCOUNT)
                .withPropertyValues("clickatell.interval=0s")
                .run(context -> assertRefused(context, "clickatell.interval"));
        lazy.withPropertyValues(ACCOUNT).run(context -> assertThat(context).hasNotFailed());
    }

    // Contexts

    @Test
    void a_child_context_uses_the_beans_of_its_parent() {
        withAccount.run(parent -> withAccount.withParent(parent).run(child -> {
            assertThat(child).hasNotFailed();
            assertThat(ourBeans(child.getSourceApplicationContext()))
                    .doesNotContain(
                            "balanceFeed",
                            "balanceClient",
                            "clickatellFeedLifecycle",
                            "clickatellBalanceMonitor",
                            "clickatellBalanceEvents");
            assertThat(child.getBean(BalanceFeed.class)).isSameAs(parent.getBean(BalanceFeed.class));
        }));
    }

    /** A client without a gateway. */
    private record OneBalance(String amount) implements BalanceClient {
        @Override
        public Mono<Balance> balance() {
            return Mono.just(new Balance(new BigDecimal(amount), Balance.CREDITS, Instant.EPOCH));
        }

        @Override
        public Flux<Balance> poll(Duration interval) {
            return Flux.never();
        }

        @Override
        public void close() {}
    }
}
