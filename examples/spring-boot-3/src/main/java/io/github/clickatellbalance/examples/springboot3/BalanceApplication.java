package io.github.clickatellbalance.examples.springboot3;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts an application that has nothing but {@link BalanceConfiguration} and {@link BalanceController}. */
@SpringBootApplication(proxyBeanMethods = false)
public class BalanceApplication {
    /**
     * The program.
     *
     * @param arguments Spring Boot's, such as {@code --server.port=8081}
     */
    public static void main(String[] arguments) {
        SpringApplication.run(BalanceApplication.class, arguments);
    }
}
