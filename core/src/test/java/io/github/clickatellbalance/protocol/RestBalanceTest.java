package io.github.clickatellbalance.protocol;

import static io.github.clickatellbalance.protocol.JsonApi.REST;
import static io.github.clickatellbalance.protocol.Replies.RECEIVED_AT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.HttpStatusException;
import java.math.BigDecimal;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RestBalanceTest {
    private static String error(String code, String description) {
        return "{\"error\":{\"code\":" + code + ",\"description\":\"" + description
                + "\",\"documentation\":\"http://www.clickatell.com/help/apidocs/error/001.htm\"}}";
    }

    @Test
    void the_request_is_a_get_with_the_token_in_its_header() {
        ApiRequest request = REST.call.request();
        assertThat(request).hasToString("GET /rest/account/balance");
        assertThat(request.headers())
                .containsOnly(
                        entry("Authorization", "Bearer canary-token"),
                        entry("X-Version", "1"),
                        entry("Accept", "application/json"));
        assertThat(request.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"300.50\"", "300.50"})
    void an_amount_is_a_string_or_a_number_in_credits(String amount) {
        assertThat(REST.balance("{\"data\":{\"balance\":" + amount + "}}"))
                .isEqualTo(new Balance(new BigDecimal("300.50"), Balance.CREDITS, RECEIVED_AT));
    }

    @ParameterizedTest
    @CsvSource({
        "401, '\"001\"', 001, false",
        "200, '\"001\"', 001, false",
        "401, 1, 001, false",
        "400, 301, 301, false",
        "401, '\"007\"', 007, false",
        "404, '\"108\"', 108, false",
        "503, '\"001\"', 001, false",
        "500, '\"901\"', 901, true",
        "400, 901, 901, true",
        "400, 999, 999, false",
        "200, 999, 999, false",
        "429, 999, 999, true",
        "503, 999, 999, true"
    })
    void an_error_of_the_vendors_is_told_by_its_number_at_any_status(
            int status, String sent, String code, boolean isTransient) {
        ApiReply reply = new ApiReply(
                status, error(sent, "no, canary-token").getBytes(UTF_8), RECEIVED_AT, Duration.ofSeconds(7));
        ApiErrorException error = REST.failure(ApiErrorException.class, reply);

        assertThat(error.code()).contains(code);
        assertThat(error.description()).isEqualTo("no, ***");
        assertThat(error.isTransient()).isEqualTo(isTransient);
        assertThat(error.retryAfter()).contains(Duration.ofSeconds(7));
        assertThat(error).hasNoCause();
    }

    @ParameterizedTest
    @CsvSource({
        "001, Check the token; this is not retried.",
        "002, Check the token",
        "003, Check the token",
        "005, Check the token",
        "007, public IP address",
        "101, check the base URL",
        "108, BalanceApi.platform or BalanceApi.oneApi",
        "301, Buy credit"
    })
    void advice_is_about_what_this_api_asks_for(String code, String advice) {
        assertThat(REST.failure(ApiErrorException.class, 401, error("\"" + code + "\"", "no")))
                .hasMessageContaining(advice)
                .message()
                .doesNotContainIgnoringCase("password and", "user name");
    }

    @Test
    void the_vendors_own_sample_of_an_error() {
        assertThat(REST.failure(ApiErrorException.class, 401, error("\"001\"", "Authentication failed")))
                .hasMessage("Clickatell refused the request with error 001, \"Authentication failed\". "
                        + "Check the token; this is not retried.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\"", "\"x\"", "12345", "-1", "1.5", "true", "\"00001\""})
    void what_is_no_number_of_an_error_is_still_an_error_with_200(String code) {
        ApiErrorException error = REST.failure(ApiErrorException.class, 200, error(code, "no"));
        assertThat(error.code()).isEmpty();
        assertThat(error.description()).isEqualTo("no");
        assertThat(REST.failure(HttpStatusException.class, 401, error(code, "no"))
                        .status())
                .isEqualTo(401);
    }

    @Test
    void an_error_may_be_words_or_a_number_alone_with_200() {
        assertThat(REST.failure(ApiErrorException.class, 200, "{\"error\":{\"description\":\"no\"}}")
                        .description())
                .isEqualTo("no");
        assertThat(REST.failure(ApiErrorException.class, 200, "{\"error\":{\"code\":\"001\"}}")
                        .code())
                .contains("001");
    }

    @Test
    void an_error_beside_a_balance_is_an_error() {
        assertThat(REST.failure(
                        ApiErrorException.class,
                        200,
                        "{\"data\":{\"balance\":\"1\"},\"error\":{\"code\":\"001\",\"description\":\"no\"}}"))
                .isNotNull();
    }

    @Test
    void a_status_without_a_body_is_told_as_it_is() {
        assertThat(REST.failure(HttpStatusException.class, 401, ""))
                .hasMessageStartingWith("The server answered with HTTP status 401. Check the credentials");
    }
}
