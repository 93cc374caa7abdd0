package io.github.clickatellbalance.examples.webflux;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.web.reactive.server.WebTestClient;

/** The application as {@code main} starts it, on a free port, against a test's gateway. */
final class RunningApplication implements AutoCloseable {
    static final String PASSWORD = "canary-password";

    private final ConfigurableApplicationContext context;

    private RunningApplication(String... arguments) {
        this.context = SpringApplication.run(BalanceApplication.class, arguments);
    }

    static RunningApplication against(TestGateway gateway, String... more) {
        return onPort(0, gateway, more);
    }

    static RunningApplication onPort(int port, TestGateway gateway, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=" + port,
                "--server.address=127.0.0.1",
                "--clickatell.base-url=" + gateway.url(),
                "--clickatell.user=canary-user",
                "--clickatell.password=" + PASSWORD,
                "--clickatell.api-id=canary-api-id",
                "--clickatell.token=canary-token",
                "--clickatell.api-key=canary-api-key",
                "--management.endpoints.web.exposure.include=*",
                "--management.endpoint.env.show-values=always",
                "--management.endpoint.configprops.show-values=always"));
        arguments.addAll(more.length > 0 ? List.of(more) : List.of("--clickatell.interval=200ms"));
        return new RunningApplication(arguments.toArray(String[]::new));
    }

    static RunningApplication with(String... arguments) {
        return new RunningApplication(arguments);
    }

    int port() {
        return Integer.parseInt(context.getEnvironment().getRequiredProperty("local.server.port"));
    }

    String url() {
        return "http://127.0.0.1:" + port();
    }

    WebTestClient client() {
        return WebTestClient.bindToServer()
                .baseUrl(url())
                .responseTimeout(Duration.ofSeconds(30))
                .build();
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    @Override
    public void close() {
        context.close();
    }
}
