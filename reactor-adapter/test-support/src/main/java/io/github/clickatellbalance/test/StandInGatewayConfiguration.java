package io.github.clickatellbalance.test;

import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.spring.ClickatellConnectionDetails;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

/**
 * A stand-in gateway for a test of a Spring Boot application with the starter. The gateway lives as long as the application, and
 * its account replaces that of the application's properties and beans:
 *
 * <pre>{@code
 * @SpringBootTest
 * @Import(StandInGatewayConfiguration.class)
 * class ApplicationTest {
 *     @Autowired
 *     StandInGateway gateway;
 * }
 * }</pre>
 */
@Configuration(proxyBeanMethods = false)
public class StandInGatewayConfiguration {
    /** For Spring. */
    public StandInGatewayConfiguration() {}

    @Bean
    StandInGateway standInGateway() {
        return StandInGateway.start();
    }

    @Bean
    @Primary
    ClickatellConnectionDetails standInGatewayConnectionDetails(StandInGateway gateway) {
        return new ClickatellConnectionDetails() {
            @Override
            public BalanceApi api() {
                return gateway.api();
            }

            @Override
            public Optional<String> baseUrl() {
                return Optional.of(gateway.baseUrl());
            }
        };
    }
}
