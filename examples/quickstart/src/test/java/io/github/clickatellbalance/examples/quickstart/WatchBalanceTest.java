package io.github.clickatellbalance.examples.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.test.StandInGateway;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WatchBalanceTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final WatchBalance program = new WatchBalance(new PrintStream(printed, true, UTF_8));

    @Test
    void without_credentials_it_says_so_and_asks_a_stand_in() {
        int status = program.run(List.of("2"), Map.of());

        assertThat(status).isZero();
        assertThat(printed.toString(UTF_8))
                .contains("stand-in gateway at http://127.0.0.1:", "once: 100.00 credits", "poll: 96.75 credits")
                .containsOnlyOnce("poll: 92.00 credits");
    }

    @ParameterizedTest
    @CsvSource({
        "http, once: 100.00 credits at",
        "http-session, once: 100.00 credits at",
        "rest, once: 100.00 credits at",
        "platform, once: 100.00 ZAR at",
        "one, once: 100.00 ZAR at"
    })
    void the_environment_selects_the_api(String name, String line) {
        assertThat(program.run(List.of("0"), Map.of("CLICKATELL_API", name))).isZero();
        assertThat(printed.toString(UTF_8)).contains("stand-in gateway", line);
    }

    @ParameterizedTest
    @ValueSource(strings = {"soap", "", "HTTP", "http_session"})
    void an_unknown_name_is_refused_with_all_names(String name) {
        assertThat(program.run(List.of(), Map.of("CLICKATELL_API", name))).isEqualTo(2);
        assertThat(printed.toString(UTF_8))
                .contains("must be one of http, http-session, rest, platform, one, but was: " + name);
    }

    @ParameterizedTest
    @CsvSource({
        "http, CLICKATELL_API_KEY, CLICKATELL_USER",
        "http-session, CLICKATELL_TOKEN, CLICKATELL_USER",
        "rest, CLICKATELL_USER, CLICKATELL_TOKEN",
        "platform, CLICKATELL_TOKEN, CLICKATELL_API_KEY",
        "one, CLICKATELL_USER, CLICKATELL_API_KEY"
    })
    void the_secret_of_another_api_does_not_start_the_stand_in(String name, String given, String missing) {
        assertThat(program.run(List.of(), Map.of("CLICKATELL_API", name, given, "canary")))
                .isEqualTo(2);
        assertThat(printed.toString(UTF_8)).contains(name, given, missing).doesNotContain("canary");
    }

    @Test
    void an_invalid_key_is_refused_by_name() {
        Map<String, String> environment = Map.of("CLICKATELL_API", "platform", "CLICKATELL_API_KEY", "Bearer canary");

        assertThat(program.run(List.of(), environment)).isEqualTo(2);
        assertThat(printed.toString(UTF_8))
                .contains("apiKey must be visible ASCII")
                .doesNotContain("canary");
    }

    @Test
    void wrong_credentials_are_explained_without_a_stack_trace() {
        try (StandInGateway gateway = StandInGateway.start();
                BalanceClient client = BalanceClient.builder(
                                Credentials.of(StandInGateway.USER, "wrong-password", StandInGateway.API_ID))
                        .baseUrl(gateway.baseUrl())
                        .build()) {
            int status = program.watch(client, Duration.ofMillis(1), 5);

            assertThat(status).isEqualTo(1);
            assertThat(gateway.requests()).isEqualTo(1);
            assertThat(printed.toString(UTF_8).lines())
                    .singleElement()
                    .satisfies(line -> assertThat(line)
                            .contains("001", "Check user, password and API ID")
                            .doesNotContain("wrong-password"));
        }
    }

    @Test
    void half_of_the_credentials_are_refused() {
        assertThat(program.run(List.of(), Map.of("CLICKATELL_USER", "someone"))).isEqualTo(2);
        assertThat(printed.toString(UTF_8)).contains("CLICKATELL_PASSWORD").doesNotContain("someone");
    }

    @Test
    void blank_credentials_are_refused_by_name() {
        Map<String, String> environment =
                Map.of("CLICKATELL_USER", "someone", "CLICKATELL_PASSWORD", " ", "CLICKATELL_API_ID", "4711");

        assertThat(program.run(List.of(), environment)).isEqualTo(2);
        assertThat(printed.toString(UTF_8)).contains("password must not be blank");
    }

    @Test
    void an_invalid_number_of_polls_is_refused() {
        assertThat(program.run(List.of("many"), Map.of())).isEqualTo(2);
        assertThat(program.run(List.of("-1"), Map.of())).isEqualTo(2);
        assertThat(printed.toString(UTF_8)).contains("many");
    }
}
