package io.github.clickatellbalance.examples.webflux;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

/** Starts the application; {@link BalanceConfiguration} puts its parts together. */
@SpringBootApplication(proxyBeanMethods = false)
@EnableConfigurationProperties(ClickatellProperties.class)
public class BalanceApplication {
    /**
     * The program.
     *
     * @param arguments Spring Boot's, such as {@code --server.port=8081} or {@code --clickatell.interval=1s}
     */
    public static void main(String[] arguments) {
        SpringApplication.run(BalanceApplication.class, arguments);
    }
}
