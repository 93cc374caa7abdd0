package io.github.clickatellbalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.List;
import java.util.Objects;
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
    void each_api_has_its_own_request() {
        assertThat(requestLine(BalanceApi.http(CREDENTIALS))).isEqualTo("POST /http/getbalance");
        assertThat(requestLine(BalanceApi.httpSession(CREDENTIALS))).isEqualTo("POST /http/auth");
        assertThat(requestLine(BalanceApi.rest("t"))).isEqualTo("GET /rest/account/balance");
        assertThat(requestLine(BalanceApi.platform("k"))).isEqualTo("GET /public-client/balance");
        assertThat(requestLine(BalanceApi.oneApi("k"))).isEqualTo("GET /v1/balance");
    }

    private static String requestLine(BalanceApi api) {
        return firstCall(api).request().toString();
    }

    private static ApiCall<?> firstCall(BalanceApi api) {
        return api.login() != null ? api.login() : Objects.requireNonNull(api.balance());
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
    void a_blank_key_is_refused(String blank) {
        for (Keyed keyed : KEYED) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> keyed.api.apply(blank))
                    .withMessage(keyed.name + " must not be blank");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"canary\n", "\r\ncanary", "canary\u0000", "canary\u007f"})
    void a_control_character_in_a_key_is_refused_without_the_key(String key) {
        for (Keyed keyed : KEYED) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> keyed.api.apply(key))
                    .withMessageStartingWith(keyed.name + " must not contain a line break")
                    .withMessageNotContaining("canary");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer canary", "canary ", " canary", "canary\u00e4", "canary\u00a0", "\ud83d\ude00"})
    void a_character_that_a_header_cannot_have_is_refused_without_the_key(String key) {
        for (Keyed keyed : KEYED) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> keyed.api.apply(key))
                    .withMessageStartingWith(keyed.name + " must be visible ASCII characters without blanks")
                    .withMessageNotContaining("canary");
        }
    }

    @Test
    void a_key_of_all_visible_ascii_characters_is_sent_unchanged() {
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
    void a_key_of_more_than_1024_characters_is_refused_without_the_key() {
        for (Keyed keyed : KEYED) {
            assertThat(keyed.api.apply("k".repeat(1024))).isNotNull();
            for (int length : new int[] {1025, 15_000}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> keyed.api.apply("k".repeat(length)))
                        .withMessage(
                                "%s must not be longer than 1024 characters, but has %d (is it the right file?)",
                                keyed.name, length);
            }
        }
    }

    @Test
    void an_api_has_either_a_balance_request_or_a_login() {
        ApiCall<Balance> balance = HttpApi.getBalance(CREDENTIALS);
        ApiCall<Session> login = HttpApi.auth(CREDENTIALS);
        assertThat(new BalanceApi("https://example.org", balance, null).balance())
                .isSameAs(balance);
        assertThat(new BalanceApi("https://example.org", null, login).login()).isSameAs(login);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BalanceApi("https://example.org", null, null))
                .withMessage("exactly one of balance and login must be given");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BalanceApi("https://example.org", balance, login))
                .withMessage("exactly one of balance and login must be given");
    }

    @Test
    @SuppressWarnings("NullAway")
    void null_is_refused() {
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
