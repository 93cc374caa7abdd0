package io.github.clickatellbalance;

import static io.github.clickatellbalance.Replies.RECEIVED_AT;
import static io.github.clickatellbalance.Replies.RETRY_AFTER;
import static io.github.clickatellbalance.Replies.withRetryAfter;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.charset.Charset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The behaviour that all JSON APIs share. */
@ParameterizedClass
@EnumSource
class JsonReplyTest {
    private final JsonApis api;

    JsonReplyTest(JsonApis api) {
        this.api = api;
    }

    private void assertMalformed(String body, String reason) {
        assertThat(api.failure(MalformedReplyException.class, 200, body)).hasMessageContaining(reason);
    }

    private String pointer() {
        return api == JsonApis.REST ? "/data/balance" : "/balance";
    }

    // Balances

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1267.92865",
                "0",
                "0.00",
                "-3.5",
                "123.000",
                "-0",
                "0.1",
                "12345678901234567890123456789012345.6789",
                "9007199254740993",
                "0.67000000000000004"
            })
    void an_amount_keeps_every_digit_and_its_scale(String amount) {
        assertThat(api.balance(api.reply(amount)))
                .isEqualTo(new Balance(new BigDecimal(amount), api.unit, RECEIVED_AT));
    }

    @ParameterizedTest
    @CsvSource({
        "1.2E7, 12000000",
        "1.26792865E7, 12679286.5",
        "5.0E-4, 0.00050",
        "5e-4, 0.0005",
        "1E+2, 100",
        "-1E2, -100",
        "1e0, 1",
        "0E99, 0"
    })
    void an_amount_may_have_an_exponent(String amount, BigDecimal expected) {
        assertThat(api.balance(api.reply(amount)).amount()).isEqualTo(expected);
    }

    @Test
    void blanks_unknown_fields_and_escapes_are_accepted() {
        String body = api.reply("1.50")
                .replace("{", "\r\n{ \"id\" : [1, {\"balance\": 2, \"data\": {\"balance\": 3}}, [], {}, null, true], ")
                .replace(
                        "\"balance\":1.50",
                        "\t\"b\\u0061lance\" \n: 1.50 , \"more\": \"\\\"balance\\\": 4\\ud83d\\ude00\u00e4\" ");

        assertThat(api.balance(body + " \r\n\t").amount()).isEqualTo("1.50");
        assertThat(api.balance("\uFEFF" + body).amount()).isEqualTo("1.50");
    }

    @ParameterizedTest
    @ValueSource(strings = {"300.50", "-3.5", "0.00", "1.2E1"})
    void an_amount_may_be_a_json_string(String amount) {
        assertThat(api.balance(api.reply("\"" + amount + "\"")))
                .isEqualTo(new Balance(new BigDecimal(amount), api.unit, RECEIVED_AT));
    }

    // Errors beside a balance

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"error\":\"\"",
                "\"error\":\" \"",
                "\"error\":false",
                "\"error\":0",
                "\"error\":\"0\"",
                "\"errorCode\":false",
                "\"error\":null",
                "\"error\":{}",
                "\"error\":[]",
                "\"error\":{\"code\":0}",
                "\"error\":{\"code\":\"0\",\"description\":\"\"}",
                "\"error\":{\"code\":\"000\",\"description\":\" \"}",
                "\"error\":{\"code\":\"\",\"description\":null}",
                "\"errorCode\":0",
                "\"errorCode\":\"0\"",
                "\"errorCode\":\"00000\"",
                "\"errorCode\":\"\"",
                "\"errorCode\":null",
                "\"errorCode\":0,\"error\":\"\",\"errorDescription\":\"\""
            })
    void an_error_code_of_zero_and_an_empty_description_are_no_error(String fields) {
        assertThat(api.balance(api.replyWith(fields)).amount()).isEqualTo("1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    "error":{"code":1}                        | 001
                    "error":{"code":"108","description":""}   | 108
                    "error":{"code":0,"description":"no"}     | none
                    "error":{"code":"x"}                      | none
                    "error":{"description":"no"}              | none
                    """)
    void another_error_code_or_a_description_beside_a_balance_is_an_error(String fields, String code) {
        assertThat(api.failure(ApiErrorException.class, 200, api.replyWith(fields))
                        .code()
                        .orElse("none"))
                .isEqualTo(code);
    }

    // Malformed

    @Test
    void an_error_before_a_syntax_error_does_not_count() {
        assertMalformed("{\"error\":{\"code\":\"1\",\"description\":\"d\"}} {}", "something follows the JSON object");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"\"",
                "\" 1\"",
                "\"1 \"",
                "\"+1\"",
                "\"1,5\"",
                "\"1.\"",
                "\".5\"",
                "\"1_000\"",
                "\"0x10\"",
                "\"NaN\"",
                "\"Infinity\"",
                "\"1e\"",
                "\"\u0661\"",
                "true",
                "1e100",
                "1e-100",
                "1E1000000000"
            })
    void an_amount_that_is_not_a_decimal_number_is_malformed(String amount) {
        assertMalformed(api.reply(amount), pointer() + " is not a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "[1]", "{\"amount\":1}", "null"})
    void a_missing_amount_is_malformed(String amount) {
        assertMalformed(api.reply(amount), "it has no " + pointer());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"+1", ".5", "1.", "01", "0x10", "NaN", "Infinity", "-", "1e", "1,5", "1 2", "'1'", "1.2.3", ""})
    void an_amount_that_is_not_json_is_malformed(String amount) {
        assertMalformed(api.reply(amount), "it is not valid JSON");
    }

    @Test
    void an_amount_of_more_than_forty_digits_is_malformed() {
        assertThat(api.balance(api.reply("9".repeat(40))).amount()).isEqualTo("9".repeat(40));
        assertMalformed(api.reply("9".repeat(41)), "it is not valid JSON");
        assertMalformed(api.reply("-" + "9".repeat(40)), "at most 40 characters");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "[{\"balance\":1,\"currency\":\"ZAR\"}]", "\"Credits: 1\"", "1", "null", "true"})
    void a_json_value_that_is_not_an_object_is_malformed(String body) {
        assertMalformed(body, "it is not a JSON object");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "}", "<html>", "Credits: 1", "{\"balance\"", "// {}", "\u0000"})
    void a_reply_that_is_not_json_is_malformed(String body) {
        assertThat(api.failure(MalformedReplyException.class, 200, body)).isNotNull();
    }

    @Test
    void a_truncated_reply_is_malformed() {
        String whole = api.reply("12.50");
        for (int length = 0; length < whole.length(); length++) {
            assertThat(api.failure(MalformedReplyException.class, 200, whole.substring(0, length)))
                    .as(whole.substring(0, length))
                    .isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "1", "null", "x", ",", "}", "\"\"", "\uFEFF", "{\"balance\":1}"})
    void text_after_the_object_is_malformed(String more) {
        assertThat(api.failure(MalformedReplyException.class, 200, api.reply("1") + more))
                .isNotNull();
        assertThat(api.failure(MalformedReplyException.class, 200, api.reply("1") + "\n" + more))
                .isNotNull();
    }

    @Test
    void a_duplicate_name_is_malformed_at_every_depth() {
        String reply = api.reply("1");
        String duplicate = "it is not valid JSON with unique names";
        assertMalformed(reply.replace("\"balance\":1", "\"balance\":1,\"balance\":1"), duplicate);
        assertMalformed(reply.replace("\"balance\":1", "\"balance\":1,\"balance\":{\"x\":2}"), duplicate);
        assertMalformed(reply.replace("\"balance\":1", "\"balance\":null,\"b\\u0061lance\":1"), duplicate);
        assertMalformed(reply.replace("}", ",\"x\":{\"y\":1,\"y\":1}}"), duplicate);
        assertMalformed("{" + reply.substring(1, reply.length() - 1) + "," + reply.substring(1), duplicate);
    }

    @Test
    void a_name_with_dots_or_slashes_is_not_a_path() {
        assertMalformed(
                "{\"data/balance\":1,\"data.balance\":2,\"/data/balance\":3,\"currency\":\"ZAR\"}",
                "it has no " + pointer());
    }

    @Test
    void a_reply_has_at_most_sixteen_levels() {
        String shallow = "[".repeat(14) + "]".repeat(14);
        String deep = "[".repeat(16) + "]".repeat(16);
        assertThat(api.balance(api.replyWith("\"x\":" + shallow)).amount()).isEqualTo("1");
        assertMalformed(api.replyWith("\"x\":" + deep), "it is not valid JSON");
        assertMalformed("[".repeat(8000), "it is not a JSON object");
        assertMalformed("{\"a\":".repeat(1600), "it is not valid JSON");
    }

    @Test
    void a_reply_of_more_than_8192_bytes_is_malformed() {
        String reply = api.reply("1");
        assertThat(api.balance(reply + " ".repeat(8192 - reply.length())).amount())
                .isEqualTo("1");
        assertMalformed(reply + " ".repeat(8193 - reply.length()), "it is longer than 8192 bytes");
        assertMalformed(api.reply("9".repeat(1_000_000)), "it is longer than 8192 bytes");
    }

    @Test
    void utf_16_and_utf_32_are_malformed_and_not_quoted() {
        for (Charset charset :
                new Charset[] {UTF_16BE, UTF_16LE, Charset.forName("UTF-32BE"), Charset.forName("UTF-32LE")}) {
            for (String mark : new String[] {"", "\uFEFF"}) {
                byte[] body = (mark + api.reply("1").replace("}", ",\"x\":\"canary-token\"}")).getBytes(charset);
                assertThat(api.failure(MalformedReplyException.class, Replies.reply(200, body)))
                        .hasMessageContaining("it is not ")
                        .extracting(Replies::excerpt)
                        .isEqualTo("");
                assertThat(api.failure(HttpStatusException.class, Replies.reply(500, body))
                                .getMessage())
                        .doesNotContain("\"");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\u00e4", "\u00c3", "\u0080", "\u00ff\u00fe", "\u00ed\u00a0\u0080", "\u00c0\u00af", "\u00f8"})
    void invalid_utf_8_is_malformed(String bytes) {
        byte[] body = api.reply("1").replace("}", ",\"x\":\"" + bytes + "\"}").getBytes(ISO_8859_1);

        assertThat(api.failure(MalformedReplyException.class, Replies.reply(200, body)))
                .isNotNull();
    }

    @Test
    void a_malformed_reply_has_a_masked_excerpt_and_no_cause() {
        MalformedReplyException failure = api.failure(
                MalformedReplyException.class, 200, "<b>canary-token canary-key== canary-key%3D%3D \\u0063anary-token");

        assertThat(Replies.excerpt(failure))
                .isEqualTo(
                        api == JsonApis.REST
                                ? "<b>*** canary-key== canary-key%3D%3D ***"
                                : "<b>canary-token *** *** \\u0063anary-token");
        assertThat(failure).hasNoCause();
        assertThat(failure.getSuppressed()).isEmpty();
    }

    // Status

    @ParameterizedTest
    @ValueSource(ints = {201, 202, 204, 207, 301, 400, 401, 404, 408, 429, 503})
    void another_status_than_200_without_an_error_code_is_a_failure(int status) {
        for (String body :
                new String[] {"", "<html>", api.reply("1"), "{\"error\":\"no\"}", "{\"error\":{\"description\":\"no\"}}"
                }) {
            assertThat(api.failure(HttpStatusException.class, status, body).status())
                    .isEqualTo(status);
        }
    }

    @Test
    void a_status_failure_has_an_excerpt_and_the_pause_that_the_server_requests() {
        HttpStatusException failure = api.failure(HttpStatusException.class, withRetryAfter(503, "<html>"));

        assertThat(failure.retryAfter()).contains(RETRY_AFTER);
        assertThat(failure).hasMessageContaining("\"<html>\"");
    }
}
