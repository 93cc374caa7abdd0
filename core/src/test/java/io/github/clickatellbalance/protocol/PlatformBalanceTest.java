package io.github.clickatellbalance.protocol;

import static io.github.clickatellbalance.protocol.JsonApi.ONE;
import static io.github.clickatellbalance.protocol.JsonApi.PLATFORM;
import static io.github.clickatellbalance.protocol.Replies.RECEIVED_AT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlatformBalanceTest {
    private static String platformError(int code, String error) {
        return "{\"messages\":[],\"errorCode\":" + code + ",\"error\":\"" + error + "\",\"errorDescription\":\"The "
                + "integration API key is either incorrect or has not been included in the API call.\"}";
    }

    private static String oneError(int code, String description) {
        return "{\"error\":{\"code\":" + code + ",\"description\":\"" + description + "\"}}";
    }

    @ParameterizedTest
    @CsvSource({"PLATFORM, GET /public-client/balance", "ONE, GET /v1/balance"})
    void the_request_is_a_get_with_the_key_alone_in_its_header(JsonApi api, String line) {
        ApiRequest request = api.call.request();
        assertThat(request).hasToString(line);
        assertThat(request.headers())
                .containsOnly(entry("Authorization", "canary-key=="), entry("Accept", "application/json"));
        assertThat(request.body()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"PLATFORM", "ONE"})
    void a_balance_is_in_its_currency(JsonApi api) {
        assertThat(api.balance("{ \"balance\": 1267.92865,\n\"currency\": \"ZAR\" }"))
                .isEqualTo(new Balance(new BigDecimal("1267.92865"), "ZAR", RECEIVED_AT));
        assertThat(api.balance("{\"currency\":\"EUR\",\"balance\":1}").unit()).isEqualTo("EUR");
    }

    /** The sample on the vendor's page lacks the comma after the amount: it is no JSON, and a guess is no balance. */
    @Test
    void the_vendors_own_sample_is_malformed() {
        assertThat(PLATFORM.failure(
                        MalformedReplyException.class, 200, "{ \"balance\": 1267.92865\n\"currency\": \"ZAR\" }"))
                .hasMessageContaining("it is not JSON as it should be")
                .hasMessageContaining("{ \"balance\": 1267.92865 \"currency\": \"ZAR\" }");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"zar\"", "\"ZA\"", "\"ZARR\"", "\"\"", "\"Z4R\"", "5", "true", "\"\u00c4\u00c4\u00c4\""})
    void what_is_no_currency_is_malformed(String currency) {
        for (JsonApi api : new JsonApi[] {PLATFORM, ONE}) {
            assertThat(api.failure(MalformedReplyException.class, 200, "{\"balance\":1,\"currency\":" + currency + "}"))
                    .hasMessageContaining("/currency is not a currency code of three capital letters");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"balance\":1}", "{\"balance\":1,\"currency\":null}", "{\"balance\":1,\"currency\":[]}"})
    void a_balance_without_its_currency_is_malformed(String body) {
        assertThat(PLATFORM.failure(MalformedReplyException.class, 200, body))
                .hasMessageContaining("it has no /currency");
    }

    @ParameterizedTest
    @EnumSource(names = {"PLATFORM", "ONE"})
    void an_amount_in_a_string_is_malformed(JsonApi api) {
        assertThat(api.failure(MalformedReplyException.class, 200, api.reply("\"1.50\"")))
                .hasMessageContaining("/balance is not a number");
    }

    // Errors of the Platform API

    @ParameterizedTest
    @CsvSource({
        "401, 108, false",
        "404, 108, false",
        "200, 108, false",
        "500, 108, false",
        "400, 999, false",
        "200, 999, false",
        "429, 999, true",
        "503, 999, true"
    })
    void an_error_of_the_platform_api_is_told_by_its_number(int status, int code, boolean isTransient) {
        ApiErrorException error = PLATFORM.failure(
                ApiErrorException.class, status, platformError(code, "no canary-key==, canary-key\\u003d="));

        assertThat(error.code()).contains(String.valueOf(code));
        assertThat(error.description()).isEqualTo("no ***, ***");
        assertThat(error.isTransient()).isEqualTo(isTransient);
    }

    @Test
    void error_108_names_the_other_generations() {
        assertThat(PLATFORM.failure(
                        ApiErrorException.class, 401, platformError(108, "Invalid or missing integration API Key.")))
                .hasMessageStartingWith(
                        "Clickatell refused the request with error 108, \"Invalid or missing integration API Key.\". The")
                .hasMessageContainingAll("BalanceApi.http ", "BalanceApi.rest ");
    }

    @Test
    void an_error_of_the_platform_api_without_a_number() {
        String body = "{\"messages\":[],\"error\":\"Some error occured\"}";

        assertThat(PLATFORM.failure(HttpStatusException.class, 404, body))
                .hasMessageContaining("HTTP status 404")
                .hasMessageContaining("Some error occured");
        ApiErrorException error = PLATFORM.failure(ApiErrorException.class, 200, body);
        assertThat(error.code()).isEmpty();
        assertThat(error.description()).isEqualTo("Some error occured");
        assertThat(error.isTransient()).isFalse();
    }

    // Errors of the One API

    @ParameterizedTest
    @CsvSource({
        "1, 401, 001, false, Check the API key",
        "2, 400, 002, false, Activate",
        "3, 400, 003, false, Activate",
        "7, 401, 007, false, public IP address",
        "18, 500, 018, true, later",
        "19, 503, 019, true, later",
        "41, 400, 041, false, check the base URL",
        "42, 400, 042, false, check the base URL",
        "43, 400, 043, true, ask less often",
        "46, 400, 046, false, Buy a plan",
        "43, 200, 043, true, ask less often",
        "1, 503, 001, false, Check the API key",
        "4, 400, 004, false, do not list",
        "999, 429, 999, true, do not list",
        "999, 500, 999, true, do not list"
    })
    void an_error_of_the_one_api_is_told_by_its_number(
            int number, int status, String code, boolean isTransient, String advice) {
        ApiErrorException error = ONE.failure(ApiErrorException.class, status, oneError(number, "no canary-key=="));

        assertThat(error.code()).contains(code);
        assertThat(error.description()).isEqualTo("no ***");
        assertThat(error.isTransient()).isEqualTo(isTransient);
        assertThat(error).hasMessageContaining(advice);
    }

    @Test
    void each_of_the_two_understands_the_errors_of_the_other() {
        assertThat(ONE.failure(ApiErrorException.class, 401, platformError(108, "no")))
                .hasMessageContaining("BalanceApi.http ");
        assertThat(PLATFORM.failure(ApiErrorException.class, 400, oneError(43, "no"))
                        .isTransient())
                .isTrue();
    }
}
