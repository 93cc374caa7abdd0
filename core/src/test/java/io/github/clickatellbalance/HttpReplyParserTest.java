package io.github.clickatellbalance;

import static io.github.clickatellbalance.Replies.balance;
import static io.github.clickatellbalance.Replies.failure;
import static io.github.clickatellbalance.Replies.reply;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpReplyParserTest {
    private static final String BOM = "\uFEFF";

    private static BigDecimal amount(String body) {
        return balance(body).amount();
    }

    private static ApiErrorException error(String body) {
        return failure(ApiErrorException.class, body);
    }

    private static MalformedReplyException malformed(String body) {
        return failure(MalformedReplyException.class, body);
    }

    // credits

    @Test
    void the_form_of_the_vendors_present_pages_is_a_balance_in_credits() {
        assertThat(balance("Credits: 123.00 "))
                .isEqualTo(new Balance(new BigDecimal("123.00"), Balance.CREDITS, Replies.RECEIVED_AT));
    }

    @Test
    void the_form_of_older_specifications_is_a_balance_in_credits() {
        assertThat(balance("Credit: 12.50"))
                .isEqualTo(new Balance(new BigDecimal("12.50"), Balance.CREDITS, Replies.RECEIVED_AT));
    }

    @ParameterizedTest
    @ValueSource(strings = {"CREDITS: 1", "credits: 1", "cReDiT: 1", "CREDIT: 1", "CreditS: 1"})
    void the_word_credit_may_be_in_any_case(String body) {
        assertThat(amount(body)).isEqualTo(BigDecimal.ONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Credit:1", "Credits:1", "Credit : 1", "Credits \t:\t\t 1", "Credit\t:1"})
    void blanks_around_the_colon_are_optional(String body) {
        assertThat(amount(body)).isEqualTo(BigDecimal.ONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Credits:\n1",
                "Credits:\r\n1",
                "Credits:\r1",
                "Credits\n: 1",
                "Credits: \n1",
                "Credits:\u000b1",
                "Credits:\f1",
                "Credits:\u00a01",
                "Credits:\u00001"
            })
    void other_characters_than_blanks_and_tabs_around_the_colon_are_malformed(String body) {
        assertThat(malformed(body)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "1",
                "9",
                "00",
                "007",
                "0.0",
                "0.00",
                "123.00",
                "35.000",
                "2192.4",
                "0.67000000000000004",
                "1267.92865"
            })
    void an_amount_keeps_its_value_and_its_scale(String amount) {
        assertThat(amount("Credits: " + amount)).isEqualTo(new BigDecimal(amount));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "-0.5", "-12.50", "-0", "-123456789012345678901.5"})
    void an_amount_may_be_negative(String amount) {
        assertThat(amount("Credits: " + amount)).isEqualTo(new BigDecimal(amount));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "99999999999999999",
                "999999999999999999",
                "9999999999999999999",
                "9223372036854775807",
                "9223372036854775808",
                "-9223372036854775808",
                "-9223372036854775809",
                "123456789012345678901234567890.123456789",
                "0.00000000000000000000000000000000000001"
            })
    void an_amount_with_more_digits_than_a_long_is_exact(String amount) {
        assertThat(amount("Credits: " + amount)).isEqualTo(new BigDecimal(amount));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1234567890123456789012345678901234567890",
                "123456789012345678901234567890.123456789",
                "-123456789012345678901234567890123456789",
                "-12345678901234567890123456789.123456789"
            })
    void an_amount_has_at_most_forty_characters(String amount) {
        assertThat(amount).hasSize(40);
        assertThat(amount("Credits: " + amount + "  \n")).isEqualTo(new BigDecimal(amount));
        assertThat(malformed("Credits: " + amount + "0")).hasMessageContaining("longer than 40 characters");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "--1",
                "-+1",
                "+5",
                ".5",
                "-.5",
                "1.",
                ".",
                "-.",
                "1..2",
                "1.2.3",
                "1-",
                "1.-2",
                "1 2",
                "- 1",
                "1 .5",
                "1e9",
                "1E9",
                "1E200000000",
                "1.5e-3",
                "1,5",
                "1,000",
                "1,000.50",
                "1.000,50",
                "1'000",
                "1_000",
                "0x1F",
                "1f",
                "1d",
                "NaN",
                "Infinity",
                "unlimited",
                "$5",
                "5 EUR",
                "250.0 SMS.",
                "123.00;",
                "<0.0>",
                "xxxx.x",
                "/1",
                ":1",
                "1/",
                "1:",
                "1.5/",
                "1.5:",
                "1.:"
            })
    void an_amount_that_is_not_a_plain_decimal_number_is_malformed(String amount) {
        assertThat(malformed("Credits: " + amount)).hasMessageContaining("not a plain decimal number");
    }

    @ParameterizedTest
    @ValueSource(strings = {"١٢٣", "१२३", "１２３", "1²", "𝟏𝟐", "−5", "1\u00a0000", "1\u202f000"})
    void digits_and_signs_of_other_scripts_are_malformed(String amount) {
        assertThat(malformed("Credits: " + amount)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Credits: 1\n2", "Credits: 1\r\nCredits: 2", "Credits: 1\n\nbye", "Credits: 1\nERR: 001, no"})
    void a_second_line_after_an_amount_is_malformed(String body) {
        assertThat(malformed(body)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "C",
                "Credi",
                "Credit",
                "Credits",
                "Credits ",
                "Credits 5",
                "Credit 5:",
                "Creditss: 5",
                "Credi: 5",
                "Kredit: 5",
                "Debits: 5",
                "Credix: 5",
                "xCredits: 5",
                "Credits= 5",
                "Balance: 5",
                "#redits: 5",
                "5",
                ": 5",
                "Cre dits: 5",
                "OK: Success Credit: 1",
                "ID: 1\nCredits: 5"
            })
    void a_reply_that_does_not_begin_with_the_word_credit_is_malformed(String body) {
        assertThat(malformed(body)).hasMessageContaining("neither");
    }

    @Test
    void only_the_two_cases_of_a_letter_are_accepted() {
        for (int letter = 0; letter < 256; letter++) {
            byte[] body = "Credits: 5".getBytes(ISO_8859_1);
            body[5] = (byte) letter;
            boolean isT = letter == 't' || letter == 'T';
            assertThat(failure(MalformedReplyException.class, reply(200, body)) == null)
                    .as("byte %d in the place of t", letter)
                    .isEqualTo(isT);
        }
    }

    // padding

    @ParameterizedTest
    @ValueSource(
            strings = {
                "%s",
                " %s",
                "\t%s\t",
                "\r\n%s\r\n",
                "\n\n   %s\n   \n",
                BOM + "%s",
                "%s" + BOM,
                " " + BOM + "\n" + BOM + BOM + "%s" + BOM + " " + BOM + "\r\n"
            })
    void blanks_line_breaks_and_byte_order_marks_around_a_reply_are_ignored(String padding) {
        assertThat(amount(String.format(padding, "Credit: 7"))).isEqualTo(new BigDecimal("7"));
        assertThat(error(String.format(padding, "ERR: 001, no")).description()).isEqualTo("no");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u00EF\u00BB", "\u00EF", "\u00BB\u00BF", "\u00EF\u00BF\u00BB", "\u00EE\u00BB\u00BF",
                        "\u00EF\u00BA\u00BF",
                "\u00EF\u00BB\u00BE", "\u00A0", "\u000B", "\f", "\u0000", "\u0085"
            })
    void other_characters_around_a_balance_are_malformed(String characters) {
        assertThat(failure(MalformedReplyException.class, reply(200, (characters + "Credits: 1").getBytes(ISO_8859_1))))
                .isNotNull();
        assertThat(failure(MalformedReplyException.class, reply(200, ("Credits: 1" + characters).getBytes(ISO_8859_1))))
                .isNotNull();
    }

    @Test
    void utf_16_is_malformed() {
        assertThat(failure(MalformedReplyException.class, reply(200, "Credits: 1".getBytes(UTF_16LE))))
                .isNotNull();
    }

    // malformed

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\r\n", "\t \n", BOM, " " + BOM + " "})
    void an_empty_reply_is_malformed(String body) {
        MalformedReplyException malformed = malformed(body);
        assertThat(malformed).hasMessageContaining("it is empty");
        assertThat(Replies.excerpt(malformed)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<html><body>Credits: 5</body></html>",
                "<!DOCTYPE html>\n<title>Log in</title>",
                "{\"data\":{\"balance\":\"300.50\"}}",
                "{\"error\":{\"code\":\"001\",\"description\":\"Authentication failed\"}}",
                "<?xml version=\"1.0\"?><response><data><balance>300.50</balance></data></response>",
                "OK: f6b9af2a2c9e5b18ee2d257e3def5d66",
                "blah-blah"
            })
    void a_reply_of_another_api_or_a_proxy_is_malformed(String body) {
        assertThat(malformed(body)).hasMessageContaining("neither \"Credits: <amount>\" nor \"ERR: <number>");
    }

    @Test
    void a_malformed_reply_shows_how_it_begins() {
        assertThat(Replies.excerpt(malformed("\n  <html>\n  <title>Log\tin</title>")))
                .isEqualTo("<html> <title>Log in</title>");
    }

    @Test
    void a_malformed_reply_shows_eighty_characters_at_most() {
        assertThat(Replies.excerpt(malformed("x".repeat(80) + "\n"))).isEqualTo("x".repeat(80));
        assertThat(Replies.excerpt(malformed("x".repeat(81)))).isEqualTo("x".repeat(80) + "...");
    }

    // error

    @Test
    void a_number_and_a_description_are_an_error() {
        ApiErrorException error = error("ERR: 001, Authentication failed");
        assertThat(error.code()).contains("001");
        assertThat(error.description()).isEqualTo("Authentication failed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ERR:001,no",
                "ERR: 001, no",
                "ERR:\t001 ,\tno",
                "ERR:\n001\n, no",
                "ERR:\r\n001\r\n,\r\nno",
                "ERR: 001 no",
                "ERR: 001\nno",
                "ERR: 1, no",
                "ERR: 01, no",
                "ERR: 0001, no",
                "ERR: 001no"
            })
    void zeros_gaps_and_the_comma_around_an_error_code_are_optional(String body) {
        ApiErrorException error = error(body);
        assertThat(error.code()).contains("001");
        assertThat(error.description()).isEqualTo("no");
    }

    @ParameterizedTest
    @CsvSource({"0, 000", "1, 001", "12, 012", "123, 123", "1234, 1234", "9999, 9999", "0000, 000", "0901, 901"})
    void an_error_code_is_padded_to_three_digits(String number, String code) {
        assertThat(error("ERR: " + number).code()).contains(code);
        assertThat(error("ERR: " + number + ", no").code()).contains(code);
    }

    @ParameterizedTest
    @ValueSource(strings = {"12345", "00001", "12345, no", "99999999999999999999, no"})
    void five_digits_belong_to_the_description(String description) {
        ApiErrorException error = error("ERR: " + description);
        assertThat(error.code()).isEmpty();
        assertThat(error.description()).isEqualTo(description);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ERR: 007", "ERR:007", "ERR: 007,", "ERR: 007 ,\n", "ERR:\n007\n"})
    void an_error_may_be_a_code_only(String body) {
        ApiErrorException error = error(body);
        assertThat(error.code()).contains("007");
        assertThat(error.description()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ERR: Some exception", "ERR:Some exception", "ERR: , Some exception", "ERR:,Some exception"})
    void an_error_may_be_a_description_only(String body) {
        ApiErrorException error = error(body);
        assertThat(error.code()).isEmpty();
        assertThat(error.description()).isEqualTo("Some exception");
        assertThat(error.isTransient()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ERR:", "ERR: ", "ERR:,", "ERR:\n,\n"})
    void an_error_may_have_neither_code_nor_description(String body) {
        ApiErrorException error = error(body);
        assertThat(error.code()).isEmpty();
        assertThat(error.description()).isEmpty();
        assertThat(error).hasMessageContaining("error (no code)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ERR: -1, no", "ERR: /1, no", "ERR: :1, no", "ERR: E001, no", "ERR: ١, no"})
    void an_error_code_consists_of_ascii_digits(String body) {
        assertThat(error(body).code()).isEmpty();
    }

    @Test
    void a_description_keeps_its_commas_and_colons() {
        assertThat(error("ERR: 128, Number delisted, sorry To: 13").description())
                .isEqualTo("Number delisted, sorry To: 13");
        assertThat(error("ERR: 128,, no").description()).isEqualTo(", no");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ERR: 301, Some error\nID: 12345 To: 1",
                "ERR: 301, Some error\rID: 12345 To: 1",
                "ERR: no\nno",
                "ERR: 301, a\nb",
                "ERR: 301, ab\n\nc"
            })
    void a_description_of_two_lines_is_malformed(String body) {
        assertThat(malformed(body)).hasMessageContaining("neither");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "err: 001, no",
                "Err: 001, no",
                "eRR: 001, no",
                "ErR: 001, no",
                "ERr: 001, no",
                "ERR 001, no",
                "ERR",
                "E",
                "ER",
                "ERROR: 001, no",
                "XERR: 001, no",
                "XRR: 001",
                "EXR: 001",
                "ERX: 001",
                "ERR; 001"
            })
    void an_error_begins_with_err_in_capitals_and_a_colon(String body) {
        assertThat(malformed(body)).hasMessageContaining("neither");
    }

    @Test
    void a_description_is_cut_after_two_hundred_characters() {
        assertThat(error("ERR: 001, " + "x".repeat(200) + " \n").description()).isEqualTo("x".repeat(200));
        assertThat(error("ERR: 001, " + "x".repeat(201)).description()).isEqualTo("x".repeat(200) + "...");
    }

    @Test
    void a_description_shows_printable_characters_only() {
        assertThat(error("ERR: 999, \u001b[31mn\u00f6\tno\u007f").description()).isEqualTo("?[31mn?? no?");
    }

    // limits

    @Test
    void a_body_has_at_most_8192_bytes() {
        assertThat(amount("Credits: 5" + " ".repeat(8182))).isEqualTo(new BigDecimal("5"));
        assertThat(malformed("Credits: 5" + " ".repeat(8183))).hasMessageContaining("longer than 8192 bytes");
        assertThat(error("ERR: 001," + " ".repeat(8183)).code()).contains("001");
        assertThat(malformed("ERR: 001," + " ".repeat(8184))).hasMessageContaining("longer than 8192 bytes");
    }

    @Test
    void the_excerpt_of_a_body_of_8192_bytes_begins_after_the_padding() {
        assertThat(Replies.excerpt(malformed(" ".repeat(8187) + "<html"))).isEqualTo("<html");
    }

    @Test
    void padding_counts_towards_the_length_limit() {
        assertThat(malformed(" ".repeat(8192))).hasMessageContaining("it is empty");
        assertThat(malformed(" ".repeat(8193))).hasMessageContaining("longer than 8192 bytes");
    }
}
