package io.github.clickatellbalance;

import static io.github.clickatellbalance.Replies.API;
import static io.github.clickatellbalance.Replies.CREDENTIALS;
import static io.github.clickatellbalance.Replies.RECEIVED_AT;
import static io.github.clickatellbalance.Replies.RETRY_AFTER;
import static io.github.clickatellbalance.Replies.reply;
import static io.github.clickatellbalance.Replies.withRetryAfter;
import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.math.BigDecimal;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpApiTest {
    @Nested
    class GetBalance {
        private static <E extends ClickatellException> E failure(Class<E> type, ApiReply reply) {
            return Replies.failure(type, API, reply);
        }

        @Test
        void the_request_is_a_post_of_a_form_without_a_query() {
            ApiRequest request = API.request();
            assertThat(request.method()).isEqualTo("POST");
            assertThat(request.path()).isEqualTo("/http/getbalance");
            assertThat(request.headers()).containsExactly(entry("Content-Type", "application/x-www-form-urlencoded"));
            assertThat(request.body()).isEqualTo("user=alice-canary&password=hunter2-canary&api_id=3456789012");
        }

        @Test
        void the_form_escapes_delimiters() {
            assertThat(HttpApi.getBalance(Credentials.of("a b", "&=+%#?;", "x/y@z"))
                            .request()
                            .body())
                    .isEqualTo("user=a+b&password=%26%3D%2B%25%23%3F%3B&api_id=x%2Fy%40z");
        }

        @Test
        void the_form_is_utf_8() {
            assertThat(HttpApi.getBalance(Credentials.of("Zoë", "пароль", "😀€"))
                            .request()
                            .body())
                    .isEqualTo("user=Zo%C3%AB&password=%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C"
                            + "&api_id=%F0%9F%98%80%E2%82%AC");
        }

        @Test
        void a_reply_prints_only_its_status() {
            assertThat(reply(503, "hunter2-canary")).hasToString("HTTP 503");
        }

        @ParameterizedTest
        @ValueSource(ints = {100, 199, 201, 204, 206, 302, 400, 401, 407, 429, 500, 503, 600, 999})
        void a_balance_with_another_status_than_200_is_a_failure(int status) {
            assertThat(failure(HttpStatusException.class, reply(status, "Credits: 5"))
                            .status())
                    .isEqualTo(status);
        }

        @Test
        void a_status_failure_shows_how_the_body_begins() {
            assertThat(failure(HttpStatusException.class, reply(502, "\n<html>\n" + "x".repeat(100))))
                    .hasMessageStartingWith(
                            "The server replied with HTTP status 502 and \"<html> " + "x".repeat(73) + "...\". ");
        }

        @ParameterizedTest
        @CsvSource({
            "200, 001, false",
            "401, 001, false",
            "400, 301, false",
            "503, 002, false",
            "404, 901, true",
            "302, 007, false",
            "200, 999, false",
            "401, 999, false",
            "408, 999, true",
            "425, 999, true",
            "429, 999, true",
            "503, 999, true",
            "200, 105, false",
            "503, 105, true"
        })
        void an_error_code_counts_with_every_status(int status, String code, boolean isTransient) {
            ApiErrorException failure =
                    failure(ApiErrorException.class, withRetryAfter(status, "ERR: " + code + ", no"));
            assertThat(failure.code()).contains(code);
            assertThat(failure.isTransient()).isEqualTo(isTransient);
            assertThat(failure.retryAfter()).contains(RETRY_AFTER);
        }

        @ParameterizedTest
        @ValueSource(strings = {"ERR: no", "ERR:", "ERR: 12345, no", "err: 001, no", "ERR: 001, no\nID: 1"})
        void an_error_without_a_code_does_not_count_with_another_status_than_200(String body) {
            assertThat(failure(HttpStatusException.class, reply(500, body)).status())
                    .isEqualTo(500);
        }

        @Test
        void a_failure_has_the_pause_that_the_server_requests() {
            assertThat(failure(HttpStatusException.class, withRetryAfter(429, ""))
                            .retryAfter())
                    .contains(RETRY_AFTER);
            assertThat(failure(HttpStatusException.class, reply(429, "")).retryAfter())
                    .isEmpty();
            assertThat(failure(ApiErrorException.class, reply(200, "ERR: 901, no"))
                            .retryAfter())
                    .isEmpty();
            assertThat(failure(MalformedReplyException.class, withRetryAfter(200, "<html>"))
                            .retryAfter())
                    .isEmpty();
        }

        @Test
        void no_error_code_is_read_from_a_body_of_more_than_8192_bytes() {
            String longest = "ERR: 001, " + "x".repeat(8182);
            assertThat(failure(ApiErrorException.class, reply(500, longest)).code())
                    .contains("001");
            assertThat(failure(HttpStatusException.class, reply(500, longest + "x"))
                            .status())
                    .isEqualTo(500);
        }
    }

    @Nested
    class Login {
        private static final ApiCall<Session> LOGIN = HttpApi.auth(CREDENTIALS);
        private static final String ID = "5f4dcc3b5aa765d61d8327deb882cf99";

        private static Session session(String body) {
            return LOGIN.read(reply(200, body));
        }

        private static <E extends ClickatellException> E failure(Class<E> type, int status, String body) {
            return Replies.failure(type, LOGIN, reply(status, body));
        }

        @Test
        void the_login_sends_the_form_of_a_balance_request() {
            assertThat(LOGIN.request())
                    .isEqualTo(new ApiRequest(
                            "POST",
                            "/http/auth",
                            API.request().headers(),
                            API.request().body()));
        }

        @ParameterizedTest
        @ValueSource(strings = {"OK: foo", "OK: foo ", "OK:foo", "OK: \tfoo\r\n", "\uFEFFOK: foo"})
        void the_balance_request_of_a_session_has_its_id_and_no_credentials(String body) {
            assertThat(session(body).balance().request())
                    .isEqualTo(new ApiRequest(
                            "POST", "/http/getbalance", API.request().headers(), "session_id=foo"));
        }

        @Test
        void the_form_escapes_a_session_id() {
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
        void a_reply_without_a_session_id_is_malformed_and_not_quoted(String body) {
            MalformedReplyException failure = failure(MalformedReplyException.class, 200, body);

            assertThat(Replies.excerpt(failure)).isEmpty();
            assertThat(failure.getMessage())
                    .startsWith("The reply is not a balance: it is")
                    .doesNotContain("5f4dcc");
        }

        @Test
        void a_session_id_of_more_than_128_characters_is_malformed_and_not_quoted() {
            assertThat(failure(MalformedReplyException.class, 200, "OK: " + "f".repeat(129)))
                    .hasMessageContaining("it is neither \"OK: <session id>\" nor")
                    .message()
                    .doesNotContain("fff");
            assertThat(failure(MalformedReplyException.class, 200, "OK: f" + " ".repeat(9000)))
                    .hasMessageContaining("longer than 8192 bytes");
        }

        @Test
        void a_session_id_with_another_status_than_200_is_a_failure_and_not_quoted() {
            assertThat(failure(HttpStatusException.class, 202, "OK: " + ID).getMessage())
                    .doesNotContain(ID, "OK:");
        }

        @Test
        void an_error_of_the_vendor_is_read_and_masked() {
            ApiErrorException error = failure(ApiErrorException.class, 401, "ERR: 001, no hunter2-canary");

            assertThat(error.code()).contains("001");
            assertThat(error.description()).isEqualTo("no ***");
        }

        @Test
        void a_session_prints_no_secret() {
            assertThat(LOGIN + " " + session("OK: " + ID)).doesNotContain("alice", "hunter2", "3456789012", ID);
        }

        @ParameterizedTest
        @CsvSource({"001, true", "003, true", "005, true", "002, false", "007, false", "108, false", "901, false"})
        void the_error_code_decides_whether_a_session_has_ended(String code, boolean isEnd) {
            Session session = session("OK: " + ID);
            ApiErrorException failure =
                    Replies.failure(ApiErrorException.class, session.balance(), reply(200, "ERR: " + code));

            assertThat(session.isEndedBy(failure)).isEqualTo(isEnd);
        }

        @Test
        void a_failure_without_an_error_code_does_not_end_a_session() {
            Session session = session("OK: " + ID);

            assertThat(session.isEndedBy(new HttpStatusException(401, "", null)))
                    .isFalse();
            assertThat(session.isEndedBy(new ApiErrorException(null, "Session ID expired", "", false, null)))
                    .isFalse();
        }

        @Test
        void a_session_may_be_idle_for_14_minutes() {
            assertThat(session("OK: " + ID).maxIdle()).isEqualTo(Duration.ofMinutes(14));
        }

        @Test
        void a_balance_within_a_session_is_read_as_without_one() {
            assertThat(session("OK: " + ID).balance().read(reply(200, "Credits: 12.50")))
                    .isEqualTo(new Balance(new BigDecimal("12.50"), Balance.CREDITS, RECEIVED_AT));
        }

        @Test
        void session_id_and_credentials_are_masked_in_replies_within_a_session() {
            ApiCall<Balance> balance = session("OK: " + ID).balance();
            String echo = ID + " " + ID.toUpperCase(ROOT) + " hunter2-canary alice-canary 3456789012";

            assertThat(Replies.failure(ApiErrorException.class, balance, reply(200, "ERR: 003, no " + echo)))
                    .extracting(ApiErrorException::description)
                    .isEqualTo("no *** *** *** *** ***");
            assertThat(Replies.failure(
                            MalformedReplyException.class, balance, reply(200, "<b>" + echo.substring(0, 65))))
                    .extracting(Replies::excerpt)
                    .isEqualTo("<b>*** ***");
            assertThat(Replies.failure(HttpStatusException.class, balance, reply(500, echo)))
                    .hasMessageContaining("\"*** *** ***...")
                    .message()
                    .doesNotContain(ID.substring(0, 8), "canary");
        }
    }
}
