package io.github.clickatellbalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.github.clickatellbalance.protocol.Access;
import io.github.clickatellbalance.protocol.ApiCall;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BalanceApiTest {
    private static final Credentials CREDENTIALS = Credentials.of("canary-user", "canary-password", "canary-id");

    private record Keyed(String name, Function<String, BalanceApi> api) {}

    private static final List<Keyed> KEYED = List.of(
            new Keyed("token", BalanceApi::rest),
            new Keyed("apiKey", BalanceApi::platform),
            new Keyed("apiKey", BalanceApi::oneApi));

    @Test
    void each_api_has_the_vendors_host_with_tls() {
        assertThat(BalanceApi.http(CREDENTIALS).defaultBaseUrl()).isEqualTo("https://api.clickatell.com");
        assertThat(BalanceApi.httpSession(CREDENTIALS).defaultBaseUrl()).isEqualTo("https://api.clickatell.com");
        assertThat(BalanceApi.rest("t").defaultBaseUrl()).isEqualTo("https://api.clickatell.com");
        assertThat(BalanceApi.platform("k").defaultBaseUrl()).isEqualTo("https://platform.clickatell.com");
        assertThat(BalanceApi.oneApi("k").defaultBaseUrl()).isEqualTo("https://platform.clickatell.com");
    }

    @Test
    void each_api_asks_its_own_question() {
        assertThat(question(BalanceApi.http(CREDENTIALS))).isEqualTo("POST /http/getbalance");
        assertThat(question(BalanceApi.httpSession(CREDENTIALS))).isEqualTo("POST /http/auth");
        assertThat(question(BalanceApi.rest("t"))).isEqualTo("GET /rest/account/balance");
        assertThat(question(BalanceApi.platform("k"))).isEqualTo("GET /public-client/balance");
        assertThat(question(BalanceApi.oneApi("k"))).isEqualTo("GET /v1/balance");
    }

    private static String question(BalanceApi api) {
        return firstCall(api).request().toString();
    }

    private static ApiCall<?> firstCall(BalanceApi api) {
        return api.access() instanceof Access.ByLogin byLogin
                ? byLogin.login()
                : ((Access.Direct) api.access()).balance();
    }

    @Test
    void an_api_prints_no_secret() {
        assertThat(BalanceApi.http(CREDENTIALS).toString()).doesNotContain("canary");
        assertThat(BalanceApi.httpSession(CREDENTIALS).toString()).doesNotContain("canary");
        for (Keyed keyed : KEYED) {
            assertThat(keyed.api.apply("canary").toString())
                    .contains("clickatell.com")
                    .doesNotContain("canary");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t", "\u2003"})
    void a_blank_key_is_refused_by_name(String blank) {
        for (Keyed keyed : KEYED) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> keyed.api.apply(blank))
                    .withMessage(keyed.name + " must not be blank");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"canary\n", "\r\ncanary", "canary\u0000", "canary\u007f"})
    void a_control_character_in_a_key_is_refused_by_name_and_not_shown(String key) {
        for (Keyed keyed : KEYED) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> keyed.api.apply(key))
                    .withMessageStartingWith(keyed.name + " must not contain a line break")
                    .withMessageNotContaining("canary");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer canary", "canary ", " canary", "canary\u00e4", "canary\u00a0", "\ud83d\ude00"})
    void what_cannot_stand_in_a_header_is_refused_by_name_and_not_shown(String key) {
        for (Keyed keyed : KEYED) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> keyed.api.apply(key))
                    .withMessageStartingWith(keyed.name + " must be visible ASCII characters without blanks")
                    .withMessageNotContaining("canary");
        }
    }

    @Test
    void every_visible_character_may_belong_to_a_key_which_is_sent_as_it_is() {
        StringBuilder all = new StringBuilder();
        for (char character = '!'; character <= '~'; character++) {
            all.append(character);
        }
        for (Keyed keyed : KEYED) {
            assertThat(firstCall(keyed.api.apply(all.toString()))
                            .request()
                            .headers()
                            .get("Authorization"))
                    .endsWith(all);
        }
    }

    @Test
    @SuppressWarnings("NullAway")
    void a_null_is_refused_by_name() {
        assertThatNullPointerException().isThrownBy(() -> BalanceApi.http(null)).withMessage("credentials");
        assertThatNullPointerException()
                .isThrownBy(() -> BalanceApi.httpSession(null))
                .withMessage("credentials");
        for (Keyed keyed : KEYED) {
            assertThatNullPointerException()
                    .isThrownBy(() -> keyed.api.apply(null))
                    .withMessage(keyed.name);
        }
    }
}
