package io.github.clickatellbalance.protocol;

import static io.github.clickatellbalance.protocol.Replies.failure;
import static io.github.clickatellbalance.protocol.Replies.reply;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import java.nio.charset.Charset;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
    private static final String PASSWORD = "p\"a's s&w/o\\r<d>+Z\u00fc";

    private static ApiCall<Balance> api(String password) {
        return new HttpGetBalance("alice", password, "3456789");
    }

    private static String description(ApiCall<Balance> api, String body, Charset charset) {
        return failure(ApiErrorException.class, api, reply(200, body.getBytes(charset)))
                .description();
    }

    private static String description(String password, String body) {
        return description(api(password), body, UTF_8);
    }

    private static String excerpt(String password, String body) {
        return failure(MalformedReplyException.class, api(password), reply(200, body))
                .excerpt();
    }

    private static String statusMessage(String password, String body) {
        return String.valueOf(failure(HttpStatusException.class, api(password), reply(500, body))
                .getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                PASSWORD,
                "p%22a%27s+s%26w%2Fo%5Cr%3Cd%3E%2BZ%C3%BC",
                "p%22a%27s%20s%26w%2Fo%5Cr%3Cd%3E%2BZ%C3%BC",
                "p%22a%27s+s%26w%2fo%5cr%3cd%3e%2bZ%c3%bc",
                "p%22a%27s%20s%26w%2fo%5cr%3cd%3e%2bZ%c3%bc",
                "p%22a%27s+s%26w%2Fo%5Cr%3Cd%3E%2BZ%FC",
                "p%22a%27s%20s%26w%2Fo%5Cr%3Cd%3E%2BZ%FC",
                "p\"a's s&amp;w/o\\r&lt;d&gt;+Z\u00fc",
                "p&quot;a's s&amp;w/o\\r&lt;d&gt;+Z\u00fc",
                "p&quot;a&#039;s s&amp;w/o\\r&lt;d&gt;+Z\u00fc",
                "p&quot;a&#39;s s&amp;w/o\\r&lt;d&gt;+Z\u00fc",
                "p&#34;a&#39;s s&amp;w/o\\r&lt;d&gt;+Z\u00fc",
                "p\\\"a's s&w/o\\\\r<d>+Z\u00fc",
                "p\\\"a's s&w\\/o\\\\r<d>+Z\u00fc",
                "p\\\"a\\'s s\\u0026w\\/o\\\\r\\u003Cd\\u003e\\u002BZ\\u00FC",
                "%70%22%61%27%73%20%73%26%77%2F%6F%5C%72%3C%64%3E%2B%5A%C3%BC",
                "p&#x22;a&apos;s s&#x26;w/o\\r&#x003C;d&#062;+Z&#252;",
                "P\"A'S S&W/O\\R<D>+Z\u00fc"
            })
    void a_password_is_masked_in_every_form_that_servers_echo(String form) {
        ApiCall<Balance> api = api(PASSWORD);
        for (Charset charset : new Charset[] {UTF_8, ISO_8859_1}) {
            assertThat(description(api, "ERR: 001, no " + form + ", sorry", charset))
                    .isEqualTo("no ***, sorry");
            assertThat(description(api, "ERR: no " + form, charset)).isEqualTo("no ***");
            byte[] page = ("<b>" + form + "</b>").getBytes(charset);
            assertThat(failure(MalformedReplyException.class, api, reply(200, page)))
                    .hasMessageContaining("\"<b>***</b>\"")
                    .extracting(MalformedReplyException::excerpt)
                    .isEqualTo("<b>***</b>");
            assertThat(failure(HttpStatusException.class, api, reply(404, page)))
                    .hasMessageContaining("404 and \"<b>***</b>\"");
        }
    }

    @Test
    void user_password_and_api_id_are_all_masked() {
        assertThat(description("hunter2", "ERR: 101, user=alice&password=hunter2&api_id=3456789"))
                .isEqualTo("user=***&password=***&api_id=***");
        assertThat(excerpt("hunter2", "user=alice&password=hunter2&api_id=3456789"))
                .isEqualTo("user=***&password=***&api_id=***");
    }

    @Test
    void what_is_too_short_to_be_secret_is_masked_as_a_word_of_its_own_only() {
        assertThat(description("p", "ERR: 001, Stop, p")).isEqualTo("Stop, ***");
        assertThat(description("api", "ERR: 108, no api_id, api=api")).isEqualTo("no api_id, ***=***");
        assertThat(description("pass", "ERR: 001, trespass")).isEqualTo("tres***");
    }

    @Test
    void a_half_echoed_secret_costs_no_more_time_than_another_text() {
        for (String unit : new String[] {"a", "\\", "&", "%", "a\\&%"}) {
            String secret = unit.repeat(64);
            String halves = (unit.repeat(63) + "-").repeat(60);
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> excerpt(secret + "!", "<" + halves + secret));
        }
    }

    @Test
    void the_mask_tells_no_length() {
        assertThat(excerpt("x1", "<x1>")).isEqualTo("<***>");
        assertThat(excerpt("x1".repeat(30), "<" + "x1".repeat(30) + ">")).isEqualTo("<***>");
    }

    @Test
    void the_longer_of_two_secrets_is_masked_whole() {
        assertThat(excerpt("alice-in-wonderland", "<alice-in-wonderland>")).isEqualTo("<***>");
        assertThat(excerpt("wonder-alice", "<wonder-alice>")).isEqualTo("<***>");
        assertThat(excerpt("a&b", "<a&amp;b>")).isEqualTo("<***>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"$1", "\\", ".*", "a|b", "\\E", "(", "[x", "%", "x\\Qy"})
    void a_password_may_look_like_a_pattern(String password) {
        assertThat(excerpt(password, "<i>" + password + "</i>")).isEqualTo("<i>***</i>");
        assertThat(excerpt(password, "<i>nothing of it</i>")).isEqualTo("<i>nothing of it</i>");
    }

    @Test
    void the_cut_leaves_no_half_of_a_secret() {
        for (int before = 60; before <= 80; before++) {
            String body = "x".repeat(before) + "hunter2 and more".repeat(2);
            assertThat(excerpt("hunter2", body)).doesNotContain("h").startsWith("x".repeat(before));
            assertThat(statusMessage("hunter2", body)).doesNotContain("hu");
        }
        for (int before = 180; before <= 200; before++) {
            assertThat(description("hunter2", "ERR: 001, " + "x".repeat(before) + "hunter2 and more".repeat(2)))
                    .doesNotContain("h")
                    .startsWith("x".repeat(before));
        }
    }

    @Test
    void a_body_that_is_too_long_shows_no_secret_and_no_half_of_one() {
        for (String body : new String[] {
            "hunter2".repeat(2000),
            "x" + "hunter2".repeat(2000),
            " ".repeat(8187) + "hunter2",
            "\uFEFF" + "\r\n".repeat(4090) + "hunter2".repeat(9)
        }) {
            assertThat(excerpt("hunter2", body)).doesNotContain("h");
            assertThat(statusMessage("hunter2", body)).doesNotContain("hu").doesNotContain("er2");
        }
    }

    @Test
    void a_secret_that_begins_with_a_number_is_not_split_into_number_and_description() {
        assertThat(description("12secret", "ERR: 12secret is wrong")).isEqualTo("*** is wrong");
        assertThat(description("12, secret", "ERR: 12, secret is wrong")).isEqualTo("*** is wrong");
        assertThat(description(",secret", "ERR: 001,secret is wrong")).isEqualTo("*** is wrong");
    }

    @Test
    void a_secret_with_blanks_at_its_ends_is_masked_where_the_reply_ends_too() {
        assertThat(excerpt("hunter2 ", "no: hunter2 ")).isEqualTo("no: ***");
        assertThat(excerpt(" hunter2", " hunter2 is wrong")).isEqualTo("*** is wrong");
        assertThat(description(" hunter2 ", "ERR: hunter2 ")).isEqualTo("***");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authentication failed: 4711-0815",
                "4711-0815 Authentication failed",
                "Authentication 4711-0815 failed",
                "Authentication failed 3456789",
                "Authentication failed %34711-0815"
            })
    void a_secret_without_letters_is_masked_beside_the_vendors_words(String description) {
        assertThat(description("4711-0815", "ERR: 001, " + description))
                .contains("***")
                .doesNotContain("4711", "0815", "3456789");
    }

    @Test
    void the_vendors_words_are_shortened_and_made_printable_like_others() {
        assertThat(description("hunter2", "ERR: 001, Authentication\u0001failed"))
                .isEqualTo("Authentication?failed");
        assertThat(description("hunter2", "ERR: 001, Authentication failed" + "!".repeat(1000)))
                .isEqualTo("Authentication failed" + "!".repeat(179) + "...");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Unknown username or password", "Unknown Username or Password", "UNKNOWN USERNAME OR PASSWORD"})
    void the_vendors_own_words_are_kept_also_where_a_password_is_one_of_them(String words) {
        assertThat(description("password", "ERR: 002, " + words)).isEqualTo(words);
        assertThat(description("password", "ERR: 002, " + words + " password"))
                .isEqualTo(words.replaceAll("(?i)password", "***") + " ***");
    }

    @Test
    void the_words_of_one_error_are_not_the_words_of_another() {
        assertThat(description("password", "ERR: 001, Unknown username or password"))
                .isEqualTo("Unknown username or ***");
    }

    @Test
    void an_excerpt_is_printable() {
        assertThat(excerpt("hunter2", "<\u0001\u001b[31m\u007f\u00e4\u2028 x\r\n\t\u000by ~!>"))
                .isEqualTo("<??[31m?????? x y ~!>");
    }

    @Test
    void what_is_no_text_or_in_a_character_set_that_hides_a_secret_is_not_shown() {
        assertThat(excerpt("hunter2", new String("<b>hunter2</b>".getBytes(UTF_16LE), ISO_8859_1)))
                .isEmpty();
        assertThat(excerpt("hunter2", "<b>\u0000</b>")).isEmpty();
        assertThat(description("hunter2", "ERR: 001, h\u0000u\u0000n\u0000t\u0000e\u0000r\u00002"))
                .isEmpty();
    }
}
