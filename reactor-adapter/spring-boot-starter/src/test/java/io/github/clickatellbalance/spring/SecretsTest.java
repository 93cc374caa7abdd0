package io.github.clickatellbalance.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.Credentials;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;

/** No secret in what the actuator shows, even where it is told to show all values. */
class SecretsTest {
    private static final List<String> ENDPOINTS = List.of(
            "env",
            "env/clickatell.password",
            "env/clickatell.user",
            "env/my.vault.pw",
            "configprops",
            "beans",
            "conditions",
            "mappings",
            "loggers",
            "health",
            "metrics");

    @ParameterizedTest
    @ValueSource(strings = {"true", "false"})
    void no_endpoint_shows_a_secret(String enabled) {
        try (TestGateway gateway = new TestGateway();
                TestApplication application = TestApplication.run(
                        WebApplicationType.REACTIVE,
                        gateway,
                        List.of(),
                        "--clickatell.enabled=" + enabled,
                        "--clickatell.password=${my.vault.pw}",
                        "--my.vault.pw=canary-password",
                        "--a.command.line=java -jar app.jar --clickatell.api-id=canary-api-id",
                        "--CLICKATELL_TOKEN=canary-token",
                        "--clickatell.apiKey=canary-key",
                        "--management.endpoints.web.exposure.include=*",
                        "--management.endpoint.health.show-details=always",
                        "--management.endpoint.env.show-values=always",
                        "--management.endpoint.configprops.show-values=always")) {
            for (String endpoint : ENDPOINTS) {
                assertThat(application.get("/actuator/" + endpoint))
                        .as(endpoint)
                        .doesNotContain("canary");
            }
            assertThat(application.get("/actuator/env"))
                    .as("other values are shown")
                    .contains("clickatell.base-url", gateway.url(), "clickatell.interval", "100ms");
        }
    }

    /** "12" is part of "127.0.0.1". */
    @Test
    void a_short_secret_masks_its_own_property_and_no_other_value() {
        try (TestGateway gateway = new TestGateway();
                TestApplication application = TestApplication.run(
                        WebApplicationType.REACTIVE,
                        gateway,
                        List.of(),
                        "--clickatell.api-id=12",
                        "--management.endpoints.web.exposure.include=env",
                        "--management.endpoint.env.show-values=always")) {
            assertThat(application.get("/actuator/env")).contains(gateway.url());
            assertThat(application.get("/actuator/env/clickatell.base-url")).contains(gateway.url());
            assertThat(application.get("/actuator/env/clickatell.api-id"))
                    .contains("******")
                    .doesNotContain("\"12\"");
        }
    }

    @Test
    void the_account_of_the_properties_has_no_secret_in_its_text() {
        for (ClickatellAccount.Api api : ClickatellAccount.Api.values()) {
            ClickatellAccount account = new ClickatellAccount(
                    api, "canary-user", "canary-password", "canary-id", "canary-token", "canary-key", null);
            assertThat(account.toString()).contains(api.toString()).doesNotContain("canary");
        }
        assertThat(BalanceApi.http(Credentials.of("canary", "canary", "canary")).toString())
                .doesNotContain("canary");
    }
}
