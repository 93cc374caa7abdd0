package io.github.clickatellbalance.examples.webflux;

import io.github.clickatellbalance.test.StandInGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.web.reactive.server.WebTestClient;

/** The application as {@code main} starts it, on a free port, against a test's gateway. */
final class RunningApplication implements AutoCloseable {
    /** Part of each secret of a test's gateway. */
    static final String SECRET = "demo-";

    private final ConfigurableApplicationContext context;

    private RunningApplication(String... arguments) {
        this.context = BalanceApplication.application().run(arguments);
    }

    static RunningApplication against(StandInGateway gateway, String... more) {
        return onPort(0, gateway, more);
    }

    static RunningApplication onPort(int port, StandInGateway gateway, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=" + port,
                "--server.address=127.0.0.1",
                "--clickatell.base-url=" + gateway.baseUrl(),
                "--clickatell.user=" + StandInGateway.USER,
                "--clickatell.password=" + StandInGateway.PASSWORD,
                "--clickatell.api-id=" + StandInGateway.API_ID,
                "--clickatell.token=" + StandInGateway.TOKEN,
                "--clickatell.api-key=" + StandInGateway.API_KEY,
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
