package io.github.clickatellbalance.examples.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** The environment has the names that the first program reads. */
class ClickatellPropertiesTest {
    private static ClickatellProperties from(Map<String, Object> environment) {
        return new Binder(ConfigurationPropertySources.from(new SystemEnvironmentPropertySource(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, environment)))
                .bind("clickatell", ClickatellProperties.class)
                .get();
    }

    @Test
    void user_password_and_api_id() {
        ClickatellProperties properties = from(Map.of(
                "CLICKATELL_USER", "canary-user",
                "CLICKATELL_PASSWORD", "canary-password",
                "CLICKATELL_API_ID", "canary-id"));

        assertThat(properties.generation()).isEqualTo(Generation.HTTP);
        assertThat(properties.hasSecrets()).isTrue();
        assertThat(properties.toString()).doesNotContain("canary");
    }

    @Test
    void the_api_and_its_token_or_key() {
        ClickatellProperties rest = from(Map.of("CLICKATELL_API", "rest", "CLICKATELL_TOKEN", "canary"));
        ClickatellProperties one = from(Map.of("CLICKATELL_API", "one", "CLICKATELL_API_KEY", "canary"));

        assertThat(rest.generation()).isEqualTo(Generation.REST);
        assertThat(rest.hasSecrets()).isTrue();
        assertThat(one.generation()).isEqualTo(Generation.ONE);
        assertThat(one.hasSecrets()).isTrue();
        assertThat(rest + "" + one).doesNotContain("canary");
    }
}
