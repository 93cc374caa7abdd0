package io.github.clickatellbalance.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

/** What a person reads in the log when Spring Boot does not start the application. */
class RefusedStartTest {
    /** Meters need the feed at the start, also with lazy initialization. */
    private static final String NO_METRICS = "--spring.autoconfigure.exclude="
            + "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration";

    /** Otherwise Spring Boot detaches the test's appender. */
    @BeforeEach
    void keepTheAppender() {
        System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE);
    }

    @AfterEach
    void reset() {
        System.clearProperty(LoggingSystem.SYSTEM_PROPERTY);
    }

    /** A property that is wrong, and neither a longer name nor the reason why another one must be set. */
    static Pattern exactly(String property) {
        return Pattern.compile("(?<!since )" + Pattern.quote(property) + "(?![-\\w])");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "clickatell.password   | NONE     | --clickatell.password=",
                "clickatell.token      | NONE     | --clickatell.api=rest",
                "clickatell.api        | NONE     | --clickatell.api=soap",
                "clickatell.interval   | NONE     | --clickatell.interval=0s",
                "clickatell.base-url   | NONE     | --clickatell.base-url=http://example.com",
                "clickatell.base-url   | NONE     | --clickatell.base-url=https://me:canary@example.com",
                "clickatell.stream.path| NONE     | --clickatell.stream.path=/api/balance",
                "clickatell.stream.path| SERVLET  | --clickatell.stream.path=/api/balance",
                "clickatell.stream.path| REACTIVE | --clickatell.stream.path=balance",
            })
    void the_report_names_the_property_and_has_no_secret(String property, WebApplicationType type, String setting) {
        try (TestGateway gateway = new TestGateway();
                LogWatch log = new LogWatch("org.springframework.boot")) {
            assertThatThrownBy(() -> TestApplication.run(type, gateway, List.of(), setting))
                    .isNotNull();
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("APPLICATION FAILED TO START"))
                    .singleElement()
                    .satisfies(report -> assertThat(report)
                            .containsPattern(exactly(property))
                            .doesNotContain("canary"));
            assertThat(log.lines()).noneMatch(line -> line.contains("canary"));
            assertThat(gateway.requests()).isZero();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Started {
        private static final AtomicInteger COUNT = new AtomicInteger();

        @EventListener
        void on(ApplicationStartedEvent event) {
            COUNT.incrementAndGet();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "clickatell.password | --clickatell.password=",
                "clickatell.token    | --clickatell.api=rest",
                "clickatell.interval | --clickatell.interval=0s",
                "clickatell.margin   | --clickatell.margin=-1",
            })
    void with_lazy_initialization_too_before_the_application_is_started(String property, String setting) {
        int before = Started.COUNT.get();
        try (TestGateway gateway = new TestGateway();
                LogWatch log = new LogWatch("org.springframework.boot")) {
            assertThatThrownBy(() -> TestApplication.run(
                            WebApplicationType.NONE,
                            gateway,
                            List.of(Started.class),
                            "--spring.main.lazy-initialization=true",
                            NO_METRICS,
                            setting))
                    .isNotNull();
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("APPLICATION FAILED TO START"))
                    .singleElement()
                    .satisfies(report -> assertThat(report).containsPattern(exactly(property)));
            assertThat(Started.COUNT).hasValue(before);
        }
    }
}
