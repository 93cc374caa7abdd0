package io.github.clickatellbalance.protocol;

import static io.github.clickatellbalance.protocol.Replies.RECEIVED_AT;
import static io.github.clickatellbalance.protocol.Replies.reply;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpAuthTest {
    private static final ApiCall<Session> LOGIN = new HttpAuth("alice-canary", "hunter2-canary", "3456789012");
    private static final String ID = "5f4dcc3b5aa765d61d8327deb882cf99";

    private static Session session(String body) {
        return LOGIN.read(reply(200, body));
    }

    private static <E extends ClickatellException> E failure(Class<E> type, int status, String body) {
        return catchThrowableOfType(type, () -> LOGIN.read(reply(status, body)));
    }

    @Test
    void the_credentials_go_to_auth_in_a_form() {
        assertThat(LOGIN.request()).hasToString("POST /http/auth");
        assertThat(LOGIN.request().body()).isEqualTo("user=alice-canary&password=hunter2-canary&api_id=3456789012");
        assertThat(LOGIN.request().headers()).containsEntry("Content-Type", "application/x-www-form-urlencoded");
    }

    @ParameterizedTest
    @ValueSource(strings = {"OK: foo", "OK: foo ", "OK:foo", "OK: \tfoo\r\n", "\uFEFFOK: foo"})
    void the_question_within_the_session_has_its_id_and_nothing_else(String body) {
        ApiRequest request = session(body).balance().request();

        assertThat(request).hasToString("POST /http/getbalance");
        assertThat(request.body()).isEqualTo("session_id=foo");
        assertThat(request.headers()).containsEntry("Content-Type", "application/x-www-form-urlencoded");
    }

    @Test
    void an_id_is_escaped_like_every_value_of_a_form() {
        assertThat(session("OK: a+b&c=d").balance().request().body()).isEqualTo("session_id=a%2Bb%26c%3Dd");
        assertThat(session("OK: " + "~".repeat(128)).balance().request().body())
                .isEqualTo("session_id=" + "%7E".repeat(128));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "OK",
                "OK:",
                "OK: ",
                "ok: 5f4dcc",
                "OK 5f4dcc",
                "OK: 5f4dcc 5f4dcc",
                "OK: 5f4dcc\n5f4dcc",
                "OK: 5f4dcc\u00e4",
                "OK: 5f4dcc\u007f",
                "ID: 5f4dcc",
                "Credits: 5",
                "<html>5f4dcc</html>",
                "{\"5f4dcc\":1}",
                ""
            })
    void what_is_no_session_is_malformed_and_never_shown(String body) {
        MalformedReplyException failure = failure(MalformedReplyException.class, 200, body);

        assertThat(failure.excerpt()).isEmpty();
        assertThat(failure.getMessage())
                .startsWith("This is not a balance: it is")
                .doesNotContain("5f4dcc");
    }

    @Test
    void a_long_id_is_malformed_and_never_shown() {
        assertThat(failure(MalformedReplyException.class, 200, "OK: " + "f".repeat(129)))
                .hasMessageContaining("it is neither \"OK: <session id>\" nor")
                .message()
                .doesNotContain("fff");
        assertThat(failure(MalformedReplyException.class, 200, "OK: f" + " ".repeat(9000)))
                .hasMessageContaining("longer than 8192 bytes");
    }

    @Test
    void a_session_with_another_status_is_a_failure_and_never_shown() {
        assertThat(failure(HttpStatusException.class, 202, "OK: " + ID).getMessage())
                .doesNotContain(ID, "OK:");
        assertThat(failure(HttpStatusException.class, 503, "OK: " + ID).isTransient())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"200, 001, false", "401, 001, false", "200, 108, false", "200, 901, true", "503, 901, true"})
    void an_error_of_the_vendors_is_told_by_its_number(int status, String code, boolean isTransient) {
        ApiErrorException error = failure(ApiErrorException.class, status, "ERR: " + code + ", no hunter2-canary");

        assertThat(error.code()).contains(code);
        assertThat(error.isTransient()).isEqualTo(isTransient);
        assertThat(error.description()).isEqualTo("no ***");
    }

    @Test
    void a_login_prints_no_secret() {
        assertThat(LOGIN + " " + session("OK: " + ID)).doesNotContain("alice", "hunter2", "3456789012", ID);
    }

    // The session

    @ParameterizedTest
    @CsvSource({"001, true", "003, true", "005, true", "002, false", "007, false", "108, false", "901, false"})
    void the_vendor_tells_by_number_that_a_session_has_ended(String code, boolean isEnd) {
        Session session = session("OK: " + ID);
        ApiErrorException failure = catchThrowableOfType(
                ApiErrorException.class, () -> session.balance().read(reply(200, "ERR: " + code)));

        assertThat(session.isEndedBy(failure)).isEqualTo(isEnd);
    }

    @Test
    void nothing_but_a_numbered_error_ends_a_session() {
        Session session = session("OK: " + ID);

        assertThat(session.isEndedBy(new HttpStatusException(401, "", null))).isFalse();
        assertThat(session.isEndedBy(new ApiErrorException(null, "Session ID expired", "", false, null)))
                .isFalse();
    }

    @Test
    void a_session_is_left_before_the_vendor_ends_it() {
        assertThat(session("OK: " + ID).maxIdle()).isEqualTo(Duration.ofMinutes(14));
    }

    @Test
    void a_balance_is_read_as_ever() {
        assertThat(session("OK: " + ID).balance().read(reply(200, "Credits: 12.50")))
                .extracting(Balance::amount, Balance::unit, Balance::retrievedAt)
                .containsExactly(new BigDecimal("12.50"), Balance.CREDITS, RECEIVED_AT);
    }

    @Test
    void the_id_is_masked_like_the_password_wherever_a_reply_echoes_them() {
        ApiCall<Balance> balance = session("OK: " + ID).balance();
        String echo = ID + " " + ID.toUpperCase(Locale.ROOT) + " hunter2-canary alice-canary 3456789012";

        assertThat(catchThrowableOfType(
                        ApiErrorException.class, () -> balance.read(reply(200, "ERR: 003, no " + echo))))
                .extracting(ApiErrorException::description)
                .isEqualTo("no *** *** *** *** ***");
        assertThat(catchThrowableOfType(
                        MalformedReplyException.class, () -> balance.read(reply(200, "<b>" + echo.substring(0, 65)))))
                .extracting(MalformedReplyException::excerpt)
                .isEqualTo("<b>*** ***");
        assertThat(catchThrowableOfType(HttpStatusException.class, () -> balance.read(reply(500, echo))))
                .hasMessageContaining("\"*** *** ***...")
                .message()
                .doesNotContain(ID.substring(0, 8), "canary");
    }
}
