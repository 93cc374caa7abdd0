package io.github.clickatellbalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.github.clickatellbalance.protocol.Access;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialsTest {
    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessage(message);
    }

    private static String form(Credentials credentials) {
        return ((Access.Direct) BalanceApi.http(credentials).access())
                .balance()
                .request()
                .body();
    }

    @Test
    void each_secret_goes_to_its_own_field_of_the_request() {
        assertThat(form(Credentials.of("alice", "hunter2", "42"))).isEqualTo("user=alice&password=hunter2&api_id=42");
    }

    @Test
    void an_api_id_need_not_be_a_number_and_blanks_may_belong_to_a_secret() {
        assertThat(form(Credentials.of("alice", " hunter2 ", "Ab3-_==")))
                .isEqualTo("user=alice&password=+hunter2+&api_id=Ab3-_%3D%3D");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t", "\n", "\u2003"})
    void a_blank_secret_is_refused_by_name(String blank) {
        assertRefused(() -> Credentials.of(blank, "p", "i"), "user must not be blank");
        assertRefused(() -> Credentials.of("u", blank, "i"), "password must not be blank");
        assertRefused(() -> Credentials.of("u", "p", blank), "apiId must not be blank");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hunter2\n", "hunter2\r\n", "\u0000hunter2", "hun\tter2", "hunter2\u007f", "hunter2\u0085"})
    void a_secret_with_a_control_character_is_refused_by_name_and_never_shown(String secret) {
        String rule = " must not contain a line break or another control character (was it read from a file?)";
        assertRefused(() -> Credentials.of(secret, "p", "i"), "user" + rule);
        assertRefused(() -> Credentials.of("u", secret, "i"), "password" + rule);
        assertRefused(() -> Credentials.of("u", "p", secret), "apiId" + rule);
    }

    @Test
    @SuppressWarnings("NullAway")
    void null_is_refused_by_name() {
        assertThatNullPointerException()
                .isThrownBy(() -> Credentials.of(null, "p", "i"))
                .withMessage("user");
        assertThatNullPointerException()
                .isThrownBy(() -> Credentials.of("u", null, "i"))
                .withMessage("password");
        assertThatNullPointerException()
                .isThrownBy(() -> Credentials.of("u", "p", null))
                .withMessage("apiId");
    }

    @Test
    void credentials_print_as_a_constant() {
        assertThat(Credentials.of("u", "p", "i")).hasToString("Credentials[***]");
        assertThat(Credentials.of("alice", "a much longer password", "3456789")).hasToString("Credentials[***]");
    }
}
