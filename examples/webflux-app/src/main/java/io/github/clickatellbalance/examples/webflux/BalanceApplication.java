package io.github.clickatellbalance.examples.webflux;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the application. The starter configures client, feed, streams, metrics and health from {@code application.yaml}. */
@SpringBootApplication(proxyBeanMethods = false)
public class BalanceApplication {
    /**
     * The program.
     *
     * @param arguments Spring Boot's, such as {@code --server.port=8081} or {@code --clickatell.interval=1s}
     */
    public static void main(String[] arguments) {
        application().run(arguments);
    }

    static SpringApplication application() {
        SpringApplication application = new SpringApplication(BalanceApplication.class);
        application.addInitializers(new StandIn());
        return application;
    }
}
