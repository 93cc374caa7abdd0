package io.github.clickatellbalance.examples.springboot3;

import io.github.clickatellbalance.test.StandInGateway;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;
import reactor.core.publisher.Flux;

/** The application on a free port, with the credentials in the environment. */
final class RunningApplication implements AutoCloseable {
    private final ConfigurableApplicationContext context;
    private final WebTestClient client;

    RunningApplication(StandInGateway gateway, Class<?>... beans) {
        SpringApplication application = new SpringApplication(BalanceApplication.class);
        application.addPrimarySources(List.of(beans));
        application.addInitializers(starting -> starting.getEnvironment()
                .getPropertySources()
                .addFirst(new SystemEnvironmentPropertySource(
                        "test-systemEnvironment",
                        Map.of(
                                "CLICKATELL_USER", StandInGateway.USER,
                                "CLICKATELL_PASSWORD", StandInGateway.PASSWORD,
                                "CLICKATELL_API_ID", StandInGateway.API_ID))));
        context = application.run(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--clickatell.base-url=" + gateway.baseUrl(),
                "--clickatell.interval=200ms",
                "--management.endpoint.health.probes.enabled=true",
                "--management.endpoints.web.exposure.include=*",
                "--management.endpoint.env.show-values=always",
                "--management.endpoint.configprops.show-values=always");
        client = WebTestClient.bindToServer()
                .baseUrl("http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port"))
                .responseTimeout(Duration.ofSeconds(30))
                .build();
    }

    ConfigurableApplicationContext context() {
        return context;
    }

    String get(String path, int status) {
        return Objects.requireNonNull(client.get()
                .uri(path)
                .exchange()
                .expectStatus()
                .isEqualTo(status)
                .expectBody(String.class)
                .returnResult()
                .getResponseBody());
    }

    /** The data of the server-sent events. */
    Flux<String> stream() {
        return client.get()
                .uri("/api/balance/stream")
                .accept(MediaType.TEXT_EVENT_STREAM)
                .exchange()
                .returnResult(String.class)
                .getResponseBody();
    }

    @Override
    public void close() {
        context.close();
    }
}
