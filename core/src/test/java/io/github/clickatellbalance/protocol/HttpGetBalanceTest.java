package io.github.clickatellbalance.protocol;

import static io.github.clickatellbalance.protocol.Replies.API;
import static io.github.clickatellbalance.protocol.Replies.RECEIVED_AT;
import static io.github.clickatellbalance.protocol.Replies.failure;
import static io.github.clickatellbalance.protocol.Replies.reply;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpGetBalanceTest {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(7);

    private static ApiReply asksToWait(int status, String body) {
        return new ApiReply(status, body.getBytes(UTF_8), RECEIVED_AT, RETRY_AFTER);
    }

    // request

    @Test
    void the_request_is_a_post_of_a_form_without_a_query() {
        ApiRequest request = API.request();
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.path()).isEqualTo("/http/getbalance");
        assertThat(request.headers()).containsExactly(entry("Content-Type", "application/x-www-form-urlencoded"));
        assertThat(request.body()).isEqualTo("user=alice-canary&password=hunter2-canary&api_id=3456789012");
    }

    @Test
    void the_form_escapes_what_would_end_a_value() {
        assertThat(new HttpGetBalance("a b", "&=+%#?;", "x/y@z").request().body())
                .isEqualTo("user=a+b&password=%26%3D%2B%25%23%3F%3B&api_id=x%2Fy%40z");
    }

    @Test
    void the_form_is_utf_8() {
        assertThat(new HttpGetBalance("Zoë", "пароль", "😀€").request().body())
                .isEqualTo("user=Zo%C3%AB&password=%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C&api_id=%F0%9F%98%80%E2%82%AC");
    }

    @Test
    void each_request_is_the_same() {
        assertThat(API.request()).isEqualTo(API.request());
    }

    @Test
    void the_request_prints_as_method_and_path() {
        assertThat(API.request()).hasToString("POST /http/getbalance");
    }

    @Test
    void the_api_prints_no_secret() {
        assertThat(API.toString()).doesNotContain("alice", "hunter2", "3456789012");
    }

    // reply

    @Test
    void a_reply_prints_as_its_status() {
        assertThat(reply(503, "hunter2-canary")).hasToString("HTTP 503");
    }

    @Test
    void a_balance_carries_the_time_of_its_reply() {
        assertThat(API.read(reply(200, "Credits: 1")).retrievedAt()).isEqualTo(RECEIVED_AT);
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 199, 201, 202, 204, 206, 301, 302, 307, 400, 401, 403, 404, 407, 418, 499, 600, 999})
    void a_status_other_than_200_is_a_permanent_failure(int status) {
        HttpStatusException failure = failure(HttpStatusException.class, reply(status, "Credits: 5"));
        assertThat(failure.status()).isEqualTo(status);
        assertThat(failure.isTransient()).isFalse();
        assertThat(failure).hasMessageContaining("HTTP status " + status);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 502, 503, 504, 599})
    void too_many_requests_and_the_servers_own_failures_are_transient(int status) {
        HttpStatusException failure = failure(HttpStatusException.class, reply(status, "Credits: 5"));
        assertThat(failure.status()).isEqualTo(status);
        assertThat(failure.isTransient()).isTrue();
    }

    @Test
    void a_status_failure_shows_how_the_body_begins() {
        assertThat(failure(HttpStatusException.class, reply(502, "\n<html>\n" + "x".repeat(100))))
                .hasMessageStartingWith(
                        "The server answered with HTTP status 502 and \"<html> " + "x".repeat(73) + "...\". ");
    }

    @Test
    void a_status_failure_with_an_empty_body_shows_none() {
        assertThat(failure(HttpStatusException.class, reply(401, "")))
                .hasMessageStartingWith("The server answered with HTTP status 401. Check the credentials");
    }

    @ParameterizedTest
    @CsvSource({
        "200, 001, false",
        "401, 001, false",
        "400, 301, false",
        "503, 002, false",
        "404, 901, true",
        "302, 007, false"
    })
    void a_numbered_error_counts_at_any_status(int status, String code, boolean isTransient) {
        ApiErrorException failure = failure(ApiErrorException.class, reply(status, "ERR: " + code + ", no"));
        assertThat(failure.code()).contains(code);
        assertThat(failure.isTransient()).isEqualTo(isTransient);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ERR: no", "ERR:", "ERR: 12345, no", "err: 001, no", "ERR: 001, no\nID: 1"})
    void an_error_without_a_number_does_not_count_at_another_status(String body) {
        assertThat(failure(HttpStatusException.class, reply(500, body)).status())
                .isEqualTo(500);
    }

    @Test
    void an_error_without_a_number_counts_at_status_200() {
        assertThat(failure(ApiErrorException.class, reply(200, "ERR: no")).code())
                .isEmpty();
    }

    @Test
    void a_status_failure_carries_how_long_the_server_asked_to_wait() {
        assertThat(failure(HttpStatusException.class, asksToWait(429, "")).retryAfter())
                .contains(RETRY_AFTER);
        assertThat(failure(HttpStatusException.class, reply(429, "")).retryAfter())
                .isEmpty();
    }

    @Test
    void a_vendors_error_carries_how_long_the_server_asked_to_wait() {
        assertThat(failure(ApiErrorException.class, asksToWait(200, "ERR: 901, no"))
                        .retryAfter())
                .contains(RETRY_AFTER);
        assertThat(failure(ApiErrorException.class, asksToWait(503, "ERR: 901, no"))
                        .retryAfter())
                .contains(RETRY_AFTER);
        assertThat(failure(ApiErrorException.class, reply(200, "ERR: 901, no")).retryAfter())
                .isEmpty();
    }

    @Test
    void a_malformed_reply_is_permanent_whatever_the_server_asks() {
        MalformedReplyException failure = failure(MalformedReplyException.class, asksToWait(200, "<html>"));
        assertThat(failure.isTransient()).isFalse();
        assertThat(failure.retryAfter()).isEmpty();
    }

    @Test
    void a_body_of_more_than_8192_bytes_is_never_an_error_of_the_vendors() {
        String longest = "ERR: 001, " + "x".repeat(8182);
        assertThat(failure(ApiErrorException.class, reply(500, longest)).code()).contains("001");
        assertThat(failure(HttpStatusException.class, reply(500, longest + "x")).status())
                .isEqualTo(500);
    }
}
