package io.github.clickatellbalance.protocol;

import static io.github.clickatellbalance.protocol.Replies.RECEIVED_AT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import java.math.BigDecimal;
import java.nio.charset.Charset;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for all of the JSON APIs. */
@ParameterizedClass
@EnumSource
class JsonReplyTest {
    private final JsonApi api;

    JsonReplyTest(JsonApi api) {
        this.api = api;
    }

    private void assertMalformed(String body, String reason) {
        assertThat(api.failure(MalformedReplyException.class, 200, body)).hasMessageContaining(reason);
    }

    private String pointer() {
        return api == JsonApi.REST ? "/data/balance" : "/balance";
    }

    // Good

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
    void an_amount_as_java_prints_its_doubles_is_one(String amount, BigDecimal expected) {
        assertThat(api.balance(api.reply(amount)).amount()).isEqualTo(expected);
    }

    @Test
    void blanks_unknown_fields_and_escapes_make_no_difference() {
        String body = api.reply("1.50")
                .replace("{", "\r\n{ \"id\" : [1, {\"balance\": 2, \"data\": {\"balance\": 3}}, [], {}, null, true], ")
                .replace(
                        "\"balance\":1.50",
                        "\t\"b\\u0061lance\" \n: 1.50 , \"more\": \"\\\"balance\\\": 4\\ud83d\\ude00\u00e4\" ");

        assertThat(api.balance(body + " \r\n\t").amount()).isEqualTo("1.50");
        assertThat(api.balance("\uFEFF" + body).amount()).isEqualTo("1.50");
    }

    @Test
    void an_error_that_is_null_is_none() {
        assertThat(api.balance("{\"error\":null,\"errorCode\":null,"
                                + api.reply("1").substring(1))
                        .amount())
                .isEqualTo("1");
    }

    // Malformed

    @Test
    void nothing_counts_that_comes_before_a_defect() {
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
    void an_amount_that_is_no_decimal_number_is_malformed(String amount) {
        assertMalformed(api.reply(amount), pointer() + " is not a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "[1]", "{\"amount\":1}", "null"})
    void an_amount_that_is_none_at_all_is_malformed(String amount) {
        assertMalformed(api.reply(amount), "it has no " + pointer());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"+1", ".5", "1.", "01", "0x10", "NaN", "Infinity", "-", "1e", "1,5", "1 2", "'1'", "1.2.3", ""})
    void an_amount_that_is_no_json_is_malformed(String amount) {
        assertMalformed(api.reply(amount), "it is not JSON as it should be");
    }

    @Test
    void an_amount_of_more_than_forty_digits_is_malformed() {
        assertThat(api.balance(api.reply("9".repeat(40))).amount()).isEqualTo("9".repeat(40));
        assertMalformed(api.reply("9".repeat(41)), "it is not JSON as it should be");
        assertMalformed(api.reply("-" + "9".repeat(40)), "at most 40 characters");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "[{\"balance\":1,\"currency\":\"ZAR\"}]", "\"Credits: 1\"", "1", "null", "true"})
    void what_is_not_an_object_is_malformed(String body) {
        assertMalformed(body, "it is not a JSON object");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "}", "<html>", "Credits: 1", "{\"balance\"", "// {}", "\u0000"})
    void what_is_no_json_is_malformed(String body) {
        assertThat(api.failure(MalformedReplyException.class, 200, body)).isNotNull();
    }

    @Test
    void a_reply_that_is_cut_off_anywhere_is_malformed() {
        String whole = api.reply("12.50");
        for (int length = 0; length < whole.length(); length++) {
            assertThat(api.failure(MalformedReplyException.class, 200, whole.substring(0, length)))
                    .as(whole.substring(0, length))
                    .isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "1", "null", "x", ",", "}", "\"\"", "\uFEFF", "{\"balance\":1}"})
    void what_follows_the_object_makes_it_malformed(String more) {
        assertThat(api.failure(MalformedReplyException.class, 200, api.reply("1") + more))
                .isNotNull();
        assertThat(api.failure(MalformedReplyException.class, 200, api.reply("1") + "\n" + more))
                .isNotNull();
    }

    @Test
    void a_name_twice_is_malformed_wherever_it_stands() {
        String reply = api.reply("1");
        String twice = "it is not JSON as it should be, with each name once";
        assertMalformed(reply.replace("\"balance\":1", "\"balance\":1,\"balance\":1"), twice);
        assertMalformed(reply.replace("\"balance\":1", "\"balance\":1,\"balance\":{\"x\":2}"), twice);
        assertMalformed(reply.replace("\"balance\":1", "\"balance\":null,\"b\\u0061lance\":1"), twice);
        assertMalformed(reply.replace("}", ",\"x\":{\"y\":1,\"y\":1}}"), twice);
        assertMalformed("{" + reply.substring(1, reply.length() - 1) + "," + reply.substring(1), twice);
    }

    @Test
    void a_name_that_spells_out_a_path_is_another_name() {
        assertMalformed(
                "{\"data/balance\":1,\"data.balance\":2,\"/data/balance\":3,\"currency\":\"ZAR\"}",
                "it has no " + pointer());
    }

    @Test
    void a_deep_reply_is_malformed_and_a_flat_one_is_not() {
        String shallow = "[".repeat(14) + "]".repeat(14);
        String deep = "[".repeat(16) + "]".repeat(16);
        assertThat(api.balance("{\"x\":" + shallow + "," + api.reply("1").substring(1))
                        .amount())
                .isEqualTo("1");
        assertMalformed("{\"x\":" + deep + "," + api.reply("1").substring(1), "it is not JSON as it should be");
        assertMalformed("[".repeat(8000), "it is not a JSON object");
        assertMalformed("{\"a\":".repeat(1600), "it is not JSON as it should be");
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
    void utf_16_and_32_are_malformed_and_not_shown() {
        for (Charset charset :
                new Charset[] {UTF_16BE, UTF_16LE, Charset.forName("UTF-32BE"), Charset.forName("UTF-32LE")}) {
            for (String mark : new String[] {"", "\uFEFF"}) {
                byte[] body = (mark + api.reply("1").replace("}", ",\"x\":\"canary-token\"}")).getBytes(charset);
                assertThat(api.failure(MalformedReplyException.class, Replies.reply(200, body)))
                        .hasMessageContaining("it is not ")
                        .extracting(MalformedReplyException::excerpt)
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
    void bytes_that_are_no_utf_8_are_malformed(String bytes) {
        byte[] body = api.reply("1").replace("}", ",\"x\":\"" + bytes + "\"}").getBytes(ISO_8859_1);

        assertThat(api.failure(MalformedReplyException.class, Replies.reply(200, body)))
                .isNotNull();
    }

    @Test
    void a_malformed_reply_shows_how_it_begins_without_secrets_and_without_a_cause() {
        MalformedReplyException failure = api.failure(
                MalformedReplyException.class, 200, "<b>canary-token canary-key== canary-key%3D%3D \\u0063anary-token");

        assertThat(failure.excerpt())
                .isEqualTo(
                        api == JsonApi.REST
                                ? "<b>*** canary-key== canary-key%3D%3D ***"
                                : "<b>canary-token *** *** \\u0063anary-token");
        assertThat(failure).hasNoCause();
        assertThat(failure.getSuppressed()).isEmpty();
    }

    // Status

    @ParameterizedTest
    @ValueSource(ints = {201, 202, 204, 207, 301, 400, 401, 402, 403, 404, 405, 410})
    void another_status_without_the_vendors_number_is_a_failure_that_lasts(int status) {
        for (String body :
                new String[] {"", "<html>", api.reply("1"), "{\"error\":\"no\"}", "{\"error\":{\"description\":\"no\"}}"
                }) {
            HttpStatusException failure = api.failure(HttpStatusException.class, status, body);
            assertThat(failure.status()).isEqualTo(status);
            assertThat(failure.isTransient()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 502, 503, 504})
    void too_many_requests_and_the_servers_own_failures_are_transient(int status) {
        ApiReply reply = new ApiReply(status, "<html>".getBytes(UTF_8), RECEIVED_AT, Duration.ofSeconds(7));
        HttpStatusException failure = api.failure(HttpStatusException.class, reply);

        assertThat(failure.isTransient()).isTrue();
        assertThat(failure.retryAfter()).contains(Duration.ofSeconds(7));
        assertThat(failure).hasMessageContaining("\"<html>\"");
    }
}
