package io.github.clickatellbalance;

import static io.github.clickatellbalance.JsonApis.ONE;
import static io.github.clickatellbalance.JsonApis.PLATFORM;
import static io.github.clickatellbalance.JsonApis.REST;
import static io.github.clickatellbalance.Replies.RECEIVED_AT;
import static io.github.clickatellbalance.Replies.RETRY_AFTER;
import static io.github.clickatellbalance.Replies.withRetryAfter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.math.BigDecimal;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The requests, balances and errors in which the JSON APIs differ. */
class JsonApiTest {
    /** An error in the form of the REST API and the One API. */
    private static String error(String code, String description) {
        return "{\"error\":{\"code\":" + code + ",\"description\":\"" + description
                + "\",\"documentation\":\"http://www.clickatell.com/help/apidocs/error/001.htm\"}}";
    }

    private static String platformError(int code, String error) {
        return "{\"messages\":[],\"errorCode\":" + code + ",\"error\":\"" + error + "\",\"errorDescription\":\"The "
                + "integration API key is either incorrect or has not been included in the API call.\"}";
    }

    @Nested
    class Rest {
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
            "408, 999, 999, true",
            "429, 999, 999, true",
            "503, 999, 999, true"
        })
        void an_error_code_counts_with_every_status(int status, String sent, String code, boolean isTransient) {
            ApiErrorException error =
                    REST.failure(ApiErrorException.class, withRetryAfter(status, error(sent, "no, canary-token")));

            assertThat(error.code()).contains(code);
            assertThat(error.description()).isEqualTo("no, ***");
            assertThat(error.isTransient()).isEqualTo(isTransient);
            assertThat(error.retryAfter()).contains(RETRY_AFTER);
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
        void advice_is_about_the_token(String code, String advice) {
            assertThat(REST.failure(ApiErrorException.class, 401, error("\"" + code + "\"", "no")))
                    .hasMessageContaining(advice)
                    .message()
                    .doesNotContainIgnoringCase("password and", "user name");
        }

        @Test
        void the_vendors_sample_of_an_error_is_read() {
            assertThat(REST.failure(ApiErrorException.class, 401, error("\"001\"", "Authentication failed")))
                    .hasMessage("Clickatell refused the request with error 001, \"Authentication failed\". "
                            + "Check the token; this is not retried.");
        }

        @ParameterizedTest
        @ValueSource(strings = {"\"\"", "0", "\"x\"", "12345", "-1", "1.5", "true", "\"00001\""})
        void an_error_with_an_invalid_code_counts_with_status_200_only(String code) {
            ApiErrorException error = REST.failure(ApiErrorException.class, 200, error(code, "no"));
            assertThat(error.code()).isEmpty();
            assertThat(error.description()).isEqualTo("no");
            assertThat(REST.failure(HttpStatusException.class, 401, error(code, "no"))
                            .status())
                    .isEqualTo(401);
        }

        @Test
        void an_error_may_have_a_code_alone_or_a_description_alone() {
            assertThat(REST.failure(ApiErrorException.class, 200, "{\"error\":{\"description\":\"no\"}}")
                            .description())
                    .isEqualTo("no");
            assertThat(REST.failure(ApiErrorException.class, 200, "{\"error\":{\"code\":\"x\"}}")
                            .description())
                    .isEmpty();
        }
    }

    @Nested
    class Portal {
        @ParameterizedTest
        @CsvSource({"PLATFORM, GET /public-client/balance", "ONE, GET /v1/balance"})
        void the_request_is_a_get_with_the_key_alone_in_its_header(JsonApis api, String line) {
            ApiRequest request = api.call.request();
            assertThat(request).hasToString(line);
            assertThat(request.headers())
                    .containsOnly(entry("Authorization", "canary-key=="), entry("Accept", "application/json"));
            assertThat(request.body()).isEmpty();
        }

        @ParameterizedTest
        @EnumSource(names = {"PLATFORM", "ONE"})
        void a_balance_is_in_its_currency(JsonApis api) {
            assertThat(api.balance("{ \"balance\": 1267.92865,\n\"currency\": \"ZAR\" }"))
                    .isEqualTo(new Balance(new BigDecimal("1267.92865"), "ZAR", RECEIVED_AT));
            assertThat(api.balance("{\"currency\":\"EUR\",\"balance\":1}").unit())
                    .isEqualTo("EUR");
        }

        /** This sample has no comma after the amount. */
        @Test
        void the_vendors_sample_of_a_balance_is_malformed() {
            assertThat(PLATFORM.failure(
                            MalformedReplyException.class, 200, "{ \"balance\": 1267.92865\n\"currency\": \"ZAR\" }"))
                    .hasMessageContaining("it is not valid JSON")
                    .hasMessageContaining("{ \"balance\": 1267.92865 \"currency\": \"ZAR\" }");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"\"zar\"", "\"ZA\"", "\"ZARR\"", "\"\"", "\"Z4R\"", "5", "true", "\"\u00c4\u00c4\u00c4\""})
        void an_invalid_currency_is_malformed(String currency) {
            for (JsonApis api : new JsonApis[] {PLATFORM, ONE}) {
                assertThat(api.failure(
                                MalformedReplyException.class, 200, "{\"balance\":1,\"currency\":" + currency + "}"))
                        .hasMessageContaining("/currency is not a currency code of three capital letters");
            }
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"{\"balance\":1}", "{\"balance\":1,\"currency\":null}", "{\"balance\":1,\"currency\":[]}"})
        void a_balance_without_a_currency_is_malformed(String body) {
            assertThat(PLATFORM.failure(MalformedReplyException.class, 200, body))
                    .hasMessageContaining("it has no /currency");
        }

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
        void an_error_code_of_the_platform_api_counts_with_every_status(int status, int code, boolean isTransient) {
            ApiErrorException error = PLATFORM.failure(
                    ApiErrorException.class, status, platformError(code, "no canary-key==, canary-key\\u003d="));

            assertThat(error.code()).contains(String.valueOf(code));
            assertThat(error.description()).isEqualTo("no ***, ***");
            assertThat(error.isTransient()).isEqualTo(isTransient);
        }

        @Test
        void the_advice_of_error_108_names_the_apis_of_older_accounts() {
            assertThat(PLATFORM.failure(
                            ApiErrorException.class,
                            401,
                            platformError(108, "Invalid or missing integration API Key.")))
                    .hasMessageStartingWith("Clickatell refused the request with error 108, "
                            + "\"Invalid or missing integration API Key.\". The")
                    .hasMessageContainingAll("BalanceApi.http ", "BalanceApi.rest ");
        }

        @Test
        void an_error_of_the_platform_api_without_a_code_counts_with_status_200_only() {
            String body = "{\"messages\":[],\"error\":\"Some error occured\"}";

            assertThat(PLATFORM.failure(HttpStatusException.class, 404, body))
                    .hasMessageContaining("HTTP status 404")
                    .hasMessageContaining("Some error occured");
            ApiErrorException error = PLATFORM.failure(ApiErrorException.class, 200, body);
            assertThat(error.code()).isEmpty();
            assertThat(error.description()).isEqualTo("Some error occured");
            assertThat(error.isTransient()).isFalse();
        }

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
            "43, 400, 043, true, send fewer",
            "46, 400, 046, false, Buy a plan",
            "43, 200, 043, true, send fewer",
            "1, 503, 001, false, Check the API key",
            "4, 400, 004, false, should not get this error",
            "999, 429, 999, true, If it does not go away",
            "999, 500, 999, true, If it does not go away"
        })
        void the_error_code_of_the_one_api_decides_about_retry_and_advice(
                String number, int status, String code, boolean isTransient, String advice) {
            ApiErrorException error = ONE.failure(ApiErrorException.class, status, error(number, "no canary-key=="));

            assertThat(error.code()).contains(code);
            assertThat(error.description()).isEqualTo("no ***");
            assertThat(error.isTransient()).isEqualTo(isTransient);
            assertThat(error).hasMessageContaining(advice);
        }

        @Test
        void each_of_the_two_apis_accepts_the_error_form_of_the_other() {
            assertThat(ONE.failure(ApiErrorException.class, 401, platformError(108, "no")))
                    .hasMessageContaining("BalanceApi.http ");
            assertThat(PLATFORM.failure(ApiErrorException.class, 400, error("43", "no"))
                            .isTransient())
                    .isTrue();
        }

        @ParameterizedTest
        @ValueSource(strings = {"\"errorCode\":108", "\"errorCode\":\"108\"", "\"errorCode\":108,\"error\":\"\""})
        void a_platform_error_code_other_than_zero_beside_a_balance_is_an_error(String fields) {
            for (JsonApis api : new JsonApis[] {PLATFORM, ONE}) {
                assertThat(api.failure(ApiErrorException.class, 200, api.replyWith(fields))
                                .code())
                        .contains("108");
            }
        }
    }
}
