package io.github.clickatellbalance;

import static io.github.clickatellbalance.Replies.failure;
import static io.github.clickatellbalance.Replies.reply;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Locale.ROOT;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.charset.Charset;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
    private static final String PASSWORD = "p\"a's s&w/o\\r<d>+Z\u00fc";

    private static ApiCall<Balance> api(String password) {
        return HttpApi.getBalance(Credentials.of("alice", password, "3456789"));
    }

    private static String description(ApiCall<Balance> api, String body, Charset charset) {
        return failure(ApiErrorException.class, api, reply(200, body.getBytes(charset)))
                .description();
    }

    private static String description(String password, String body) {
        return description(api(password), body, UTF_8);
    }

    private static String excerpt(String password, String body) {
        return Replies.excerpt(failure(MalformedReplyException.class, api(password), reply(200, body)));
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
    void a_password_is_masked_in_each_escaped_form(String form) {
        ApiCall<Balance> api = api(PASSWORD);
        for (Charset charset : new Charset[] {UTF_8, ISO_8859_1}) {
            assertThat(description(api, "ERR: 001, no " + form + ", sorry", charset))
                    .isEqualTo("no ***, sorry");
            assertThat(description(api, "ERR: no " + form, charset)).isEqualTo("no ***");
            byte[] page = ("<b>" + form + "</b>").getBytes(charset);
            assertThat(failure(MalformedReplyException.class, api, reply(200, page)))
                    .hasMessageContaining("\"<b>***</b>\"")
                    .extracting(Replies::excerpt)
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
    void the_mask_has_a_constant_length() {
        assertThat(excerpt("x1", "<x1>")).isEqualTo("<***>");
        assertThat(excerpt("x1".repeat(30), "<" + "x1".repeat(30) + ">")).isEqualTo("<***>");
    }

    @Test
    void overlapping_secrets_have_one_mask() {
        assertThat(excerpt("alice-in-wonderland", "<alice-in-wonderland>")).isEqualTo("<***>");
        assertThat(excerpt("wonder-alice", "<wonder-alice>")).isEqualTo("<***>");
        assertThat(excerpt("a&b", "<a&amp;b>")).isEqualTo("<***>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"$1", "\\", ".*", "a|b", "\\E", "(", "[x", "%", "x\\Qy"})
    void a_password_may_look_like_a_regular_expression(String password) {
        assertThat(excerpt(password, "<i>" + password + "</i>")).isEqualTo("<i>***</i>");
        assertThat(excerpt(password, "<i>another text</i>")).isEqualTo("<i>another text</i>");
    }

    @Test
    void a_secret_across_the_cut_is_masked() {
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
    void secrets_in_a_body_that_is_too_long_are_masked() {
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
    void a_secret_that_begins_like_an_error_code_is_masked() {
        assertThat(description("12secret", "ERR: 12secret is wrong")).isEqualTo("*** is wrong");
        assertThat(description("12, secret", "ERR: 12, secret is wrong")).isEqualTo("*** is wrong");
        assertThat(description(",secret", "ERR: 001,secret is wrong")).isEqualTo("*** is wrong");
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
    void a_secret_beside_the_vendors_description_is_masked(String description) {
        assertThat(description("4711-0815", "ERR: 001, " + description))
                .contains("***")
                .doesNotContain("4711", "0815", "3456789");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Unknown username or password", "Unknown Username or Password", "UNKNOWN USERNAME OR PASSWORD"})
    void the_vendors_description_is_shown_even_if_a_password_is_one_of_its_words(String text) {
        assertThat(description("password", "ERR: 002, " + text)).isEqualTo(text);
        assertThat(description("password", "ERR: 002, " + text + " password"))
                .isEqualTo(text.replaceAll("(?i)password", "***") + " ***");
    }

    @Test
    void a_password_in_the_description_of_another_error_is_masked() {
        assertThat(description("password", "ERR: 001, Unknown username or password"))
                .isEqualTo("Unknown username or ***");
    }

    @Test
    void an_excerpt_is_printable() {
        assertThat(excerpt("hunter2", "<\u0001\u001b[31m\u007f\u00e4\u2028 x\r\n\t\u000by ~!>"))
                .isEqualTo("<??[31m?????? x y ~!>");
    }

    @Test
    void a_reply_with_a_nul_is_not_quoted() {
        assertThat(excerpt("hunter2", new String("<b>hunter2</b>".getBytes(UTF_16LE), ISO_8859_1)))
                .isEmpty();
        assertThat(excerpt("hunter2", "<b>\u0000</b>")).isEmpty();
        assertThat(description("hunter2", "ERR: 001, h\u0000u\u0000n\u0000t\u0000e\u0000r\u00002"))
                .isEmpty();
    }

    // White space

    @ParameterizedTest
    @ValueSource(
            strings = {
                " ",
                "  ",
                "\t",
                "\n",
                "\r\n\t ",
                "\u00a0",
                "&nbsp;",
                "&nbsp;&nbsp; ",
                "&#32;",
                "&#160;",
                "&#x0A;",
                "+",
                "++",
                "%20",
                "%0D%0a",
                "\\u0020"
            })
    void any_white_space_within_a_passphrase_is_masked(String blank) {
        for (String passphrase : new String[] {"correct horse battery", "correct  horse   battery"}) {
            byte[] page = ("<b>" + "correct horse battery".replace(" ", blank) + "</b>").getBytes(ISO_8859_1);
            assertThat(Replies.excerpt(failure(MalformedReplyException.class, api(passphrase), reply(200, page))))
                    .isEqualTo("<b>***</b>");
        }
    }

    @Test
    void a_secret_with_blanks_at_its_ends_is_masked_with_and_without_them() {
        for (String password : new String[] {" hunter2", "hunter2 ", "  hunter2 "}) {
            assertThat(excerpt(password, "<b>hunter2</b>")).isEqualTo("<b>***</b>");
            assertThat(excerpt(password, "<b>" + password + "</b>").replace(" ", ""))
                    .isEqualTo("<b>***</b>");
            assertThat(description(password, "ERR: " + password)).isEqualTo("***");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u00a0", "%C2%A0", "%A0", "\\u00a0", "\\n", "\\r\\n", "\\t"})
    void a_no_break_space_and_a_line_break_in_json_within_a_passphrase_are_masked(String blank) {
        assertThat(excerpt("correct horse battery", "<b>" + "correct horse battery".replace(" ", blank) + "</b>"))
                .isEqualTo("<b>***</b>");
    }

    // Base64

    @ParameterizedTest
    @ValueSource(strings = {" hunter2", "hunter2 "})
    void a_secret_with_blanks_at_its_ends_is_masked_in_base64(String password) {
        for (String secret : new String[] {password, "alice:" + password, password.strip()}) {
            String encoded = Base64.getEncoder().encodeToString(secret.getBytes(UTF_8));
            assertThat(excerpt(password, "<b>" + encoded).replace("=", ""))
                    .as(secret)
                    .isEqualTo("<b>***");
        }
    }

    @Test
    void secrets_in_base64_are_masked() {
        String password = "hun>>>???ter2";
        ApiCall<Balance> http = api(password);
        ApiCall<Balance> platform = JsonApi.portal("/public-client/balance", "key>>>???");
        for (Base64.Encoder encoder : new Base64.Encoder[] {
            Base64.getEncoder(), Base64.getUrlEncoder(),
            Base64.getEncoder().withoutPadding(), Base64.getUrlEncoder().withoutPadding()
        }) {
            for (String secret : new String[] {"alice:" + password, password, "alice", "3456789"}) {
                assertBase64IsMasked(http, secret, encoder);
            }
            assertBase64IsMasked(platform, "key>>>???", encoder);
        }
    }

    private static void assertBase64IsMasked(ApiCall<Balance> call, String secret, Base64.Encoder encoder) {
        String encoded = encoder.encodeToString(secret.getBytes(UTF_8));
        String padding = encoded.replaceAll("[^=]", "");
        for (String form : new String[] {encoded, encoded.replace("+", "%2B").replace("/", "\\/")}) {
            assertThat(Replies.excerpt(
                            failure(MalformedReplyException.class, call, reply(200, "<b>Basic " + form + "</b>"))))
                    .isEqualTo("<b>Basic ***" + padding + "</b>");
        }
    }

    @Test
    void a_user_name_and_a_password_beyond_ascii_are_masked_in_base64() {
        for (Charset charset : new Charset[] {UTF_8, ISO_8859_1}) {
            String encoded = Base64.getEncoder().encodeToString("alice:p\u00e4ssw\u00f6rd!".getBytes(charset));
            assertThat(excerpt("p\u00e4ssw\u00f6rd!", "<b>" + encoded))
                    .startsWith("<b>***")
                    .doesNotContain("c3");
        }
    }

    // Short and long secrets

    @Test
    void a_secret_of_less_than_four_characters_is_masked_as_a_word_only() {
        assertThat(description("p", "ERR: 001, Stop, p")).isEqualTo("Stop, ***");
        assertThat(description("api", "ERR: 108, no api_id, api=api")).isEqualTo("no api_id, ***=***");
        assertThat(description("a b", "ERR: 001, a  b, aa bb, a+b")).isEqualTo("***, aa bb, ***");
        assertThat(description("pass", "ERR: 001, trespass")).isEqualTo("tres***");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%s", "%%%02x", "&#x%x;", "\\u%04x"})
    void a_secret_of_1024_characters_is_masked_also_on_a_small_stack(String form) throws InterruptedException {
        String secret = "hunter2!".repeat(128);
        String echo = secret.chars()
                .mapToObj(c -> form.equals("%s") ? Character.toString(c) : String.format(ROOT, form, c))
                .collect(joining());
        ApiCall<Balance> call = api(secret);
        assertThat(excerptOf(call, echo)).isEqualTo("***..."); // loads the classes
        AtomicReference<@Nullable String> excerpt = new AtomicReference<>();
        AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
        Thread small = new Thread(null, () -> excerpt.set(excerptOf(call, echo)), "small", 128 * 1024);
        small.setUncaughtExceptionHandler((thread, thrown) -> error.set(thrown));
        small.start();
        small.join();
        assertThat(error.get()).isNull();
        assertThat(excerpt.get()).isEqualTo("***...");
    }

    private static String excerptOf(ApiCall<Balance> call, String body) {
        try {
            return call.read(reply(200, body)).toString();
        } catch (MalformedReplyException e) {
            return Replies.excerpt(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"a, a", "a, &#x00061;", "'\\', '\\'", "&, &amp;", "%, %25", "'a ', 'a  '", "YWFh, YWFh"})
    void the_time_to_mask_is_bounded(String unit, String echo) {
        String secret = unit.repeat(1024 / unit.length() - 1) + "!";
        ApiCall<Balance> call = api(secret);
        String echoes = echo.repeat(8192 / echo.length());
        for (String body : new String[] {
            echoes.substring(0, 8190) + "b",
            "ERR: 001, " + echoes.substring(0, 8180) + "b",
            "ERR: 001, " + " ".repeat(4000) + echoes.substring(0, 4180)
        }) {
            Duration time = assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
                long start = System.nanoTime();
                assertThatThrownBy(() -> call.read(reply(200, body))).isInstanceOf(ClickatellException.class);
                return Duration.ofNanos(System.nanoTime() - start);
            });
            assertThat(time).isLessThan(Duration.ofSeconds(2));
        }
    }
}
