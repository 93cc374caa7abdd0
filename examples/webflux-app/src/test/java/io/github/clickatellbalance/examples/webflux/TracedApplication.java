package io.github.clickatellbalance.examples.webflux;

import io.github.clickatellbalance.reactor.RetryPolicy;
import io.github.clickatellbalance.spring.BalanceClientCustomizer;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The application, with a deadline that passes soon. */
@Configuration(proxyBeanMethods = false)
class TracedApplication {
    public static void main(String[] arguments) {
        SpringApplication application = BalanceApplication.application();
        application.addPrimarySources(List.of(TracedApplication.class));
        application.run(arguments);
    }

    @Bean
    BalanceClientCustomizer soon() {
        return builder -> builder.attemptTimeout(Duration.ofMillis(500))
                .retry(RetryPolicy.backoff(1, Duration.ofMillis(50), Duration.ofMillis(50)));
    }
}
