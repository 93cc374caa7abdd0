package io.github.clickatellbalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialsTest {
    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessage(message);
    }

    private static String form(Credentials credentials) {
        return HttpApi.getBalance(credentials).request().body();
    }

    @Test
    void each_value_is_sent_in_its_own_field() {
        assertThat(form(Credentials.of("alice", "hunter2", "42"))).isEqualTo("user=alice&password=hunter2&api_id=42");
    }

    @Test
    void an_api_id_may_have_letters_and_a_secret_may_have_blanks() {
        assertThat(form(Credentials.of("alice", " hunter2 ", "Ab3-_==")))
                .isEqualTo("user=alice&password=+hunter2+&api_id=Ab3-_%3D%3D");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t", "\n", "\u2003"})
    void a_blank_value_is_refused(String blank) {
        assertRefused(() -> Credentials.of(blank, "p", "i"), "user must not be blank");
        assertRefused(() -> Credentials.of("u", blank, "i"), "password must not be blank");
        assertRefused(() -> Credentials.of("u", "p", blank), "apiId must not be blank");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hunter2\n", "hunter2\r\n", "\u0000hunter2", "hun\tter2", "hunter2\u007f", "hunter2\u0085"})
    void a_value_with_a_control_character_is_refused_without_the_value(String secret) {
        String rule = " must not contain a line break or another control character (was it read from a file?)";
        assertRefused(() -> Credentials.of(secret, "p", "i"), "user" + rule);
        assertRefused(() -> Credentials.of("u", secret, "i"), "password" + rule);
        assertRefused(() -> Credentials.of("u", "p", secret), "apiId" + rule);
    }

    @Test
    void a_value_of_1024_characters_is_accepted() {
        String longest = "s".repeat(1024);
        assertThat(form(Credentials.of(longest, longest, longest)))
                .isEqualTo("user=%1$s&password=%1$s&api_id=%1$s", longest);
    }

    @ParameterizedTest
    @ValueSource(ints = {1025, 15_000})
    void a_longer_value_is_refused_without_the_value(int length) {
        String secret = "s".repeat(length);
        String rule = " must not be longer than 1024 characters, but has " + length + " (is it the right file?)";
        assertRefused(() -> Credentials.of(secret, "p", "i"), "user" + rule);
        assertRefused(() -> Credentials.of("u", secret, "i"), "password" + rule);
        assertRefused(() -> Credentials.of("u", "p", secret), "apiId" + rule);
    }

    @Test
    @SuppressWarnings("NullAway")
    void null_is_refused() {
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
