package io.github.clickatellbalance.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.reactor.BalanceFeed;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;

/** Applications without what is optional. */
@Tag("any-jdk")
class OptionalClassesTest {
    private static final AutoConfigurations OURS = AutoConfigurations.of(
            ClickatellAutoConfiguration.class,
            ClickatellFeedAutoConfiguration.class,
            ClickatellHealthAutoConfiguration.class,
            ClickatellHintAutoConfiguration.class,
            ClickatellSanitizingAutoConfiguration.class);
    private static final String[] SETTINGS = {
        "clickatell.user=u",
        "clickatell.password=p",
        "clickatell.api-id=1",
        "management.endpoints.web.exposure.include=clickatell"
    };

    static String beansOf(String gatewayUrl, String type, String path) {
        try (TestApplication application = TestApplication.run(
                WebApplicationType.valueOf(type),
                gatewayUrl,
                List.of(),
                "--clickatell.thresholds.low=500",
                path.isEmpty() ? "--x=y" : "--clickatell.stream.path=" + path)) {
            application.awaitAmount("100.00");
            TestApplication.await(
                    () -> application.bean(BalanceMonitor.class).latest().isPresent());
            return String.join(" ", application.context.getBeanDefinitionNames());
        }
    }

    /** As the application is deployed: without the jars. A class that is named in a signature fails here. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "NONE     ; clickatellSpendingMetrics ; '' ; reactor-core-micrometer",
                "NONE     ; clickatellHealthIndicator ; '' ; spring-boot-health",
                "SERVLET  ; clickatellRoutes          ; '' ; spring-(boot-)?webflux|spring-boot-(http-codec|reactor-netty)",
                "REACTIVE ; clickatellBalanceModule   ; /b ; jackson-databind",
                "NONE     ; clickatellFleetConnection ; '' ; lettuce-core",
                "NONE     ; redisConnectionFactory    ; '' ; lettuce-core|spring-data-redis|spring-boot-data-redis",
                "NONE     ; clickatellSpendingMetrics ; '' ; micrometer-(core|jakarta9|registry-prometheus)|spring-boot-micrometer-.*"
                        + "|spring-boot-(actuator.*|health|.*tomcat.*|.*jackson.*|.*web.*|.*netty.*|http.*|servlet)"
                        + "|spring-web(flux|mvc)|tomcat-.*|jackson-databind",
            })
    void an_application_without_these_jars_starts_and_polls(String type, String missing, String path, String jars)
            throws Exception {
        try (TestGateway gateway = new TestGateway()) {
            assertThat(IsolatedApplication.run(jars, OptionalClassesTest.class, "beansOf", gateway.url(), type, path))
                    .contains("balanceClient", "balanceFeed", "clickatellBalanceEvents")
                    .doesNotContain(missing);
        }
    }

    /** Not for the health module: the class loader hides classes that are loaded already from reflection alone. */
    @ParameterizedTest
    @CsvSource({
        "io.micrometer, clickatellBalanceObserver",
        "io.micrometer, clickatellBalanceFeedMetrics",
        "io.micrometer, clickatellSpendingMetrics",
        "reactor.core.observability.micrometer, clickatellBalanceObserver",
        "reactor.core.observability.micrometer, clickatellBalanceFeedMetrics",
        "reactor.core.observability.micrometer, clickatellSpendingMetrics",
        "org.springframework.boot.actuate, clickatellEndpoint",
        "org.springframework.boot.actuate, clickatellSanitizingFunction",
        "tools.jackson.databind, clickatellBalanceModule"
    })
    void without_a_package_the_conditions_leave_out_what_needs_it(String name, String bean) {
        ApplicationContextRunner runner = new ApplicationContextRunner()
                .withConfiguration(OURS)
                .withBean(SimpleMeterRegistry.class)
                .withPropertyValues(SETTINGS);
        runner.run(context -> assertThat(context).hasNotFailed().hasBean(bean));
        runner.withClassLoader(new FilteredClassLoader(name))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(BalanceFeed.class)
                        .doesNotHaveBean(bean));
    }

    @Test
    void without_webflux_there_are_no_routes_and_the_report_says_so() {
        ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
                .withConfiguration(OURS)
                .withPropertyValues(SETTINGS)
                .withPropertyValues("clickatell.stream.path=/api/balance");
        runner.run(context -> assertThat(context).hasNotFailed().hasBean("clickatellRoutes"));
        runner.withClassLoader(new FilteredClassLoader("org.springframework.web.reactive"))
                .run(context ->
                        assertThat(context).getFailure().hasStackTraceContaining("It needs a WebFlux application"));
    }
}
