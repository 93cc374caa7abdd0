package io.github.clickatellbalance;

import static io.github.clickatellbalance.Replies.API;
import static io.github.clickatellbalance.Replies.RECEIVED_AT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Random replies. The grammar decides whether the result is a balance or which exception of this library. */
@Tag("slow") // takes seconds: too long to run for each mutation
class AnyBytesTest {
    private static final int INPUTS = 20_000;

    private static final ApiCall<Session> LOGIN = HttpApi.auth(Replies.CREDENTIALS);

    /** To repeat a failure: {@code -Dany-bytes.seed=...} */
    private static final long SEED = Long.getLong("any-bytes.seed", new Random().nextLong());

    private static final List<String> TOKENS = List.of(
            "Credit",
            "credits",
            "CREDITS",
            ":",
            ": ",
            " ",
            "\t",
            "\r",
            "\n",
            "\uFEFF",
            "-",
            "+",
            ".",
            ",",
            "e",
            "0",
            "1",
            "12",
            "001",
            "901",
            "99999",
            "123.00",
            "1234567890",
            "ERR:",
            "ERR: ",
            "err:",
            "OK: ",
            "Authentication failed",
            "\u0000",
            "\u00e4",
            "<html>",
            "{\"",
            "alice-canary",
            "hunter2-canary",
            "3456789012");

    // The grammar of HttpReplyParser as patterns.
    private static final String AROUND = "(?:[ \\t\\r\\n]|\u00EF\u00BB\u00BF)*+";
    private static final Pattern CREDITS =
            Pattern.compile(AROUND + "(?i:credits?+)[ \\t]*+:[ \\t]*+(-?+[0-9]++(?:\\.[0-9]++)?+)" + AROUND);
    private static final Pattern ERROR = Pattern.compile(AROUND
            + "ERR:[ \\t\\r\\n]*+(?:([0-9]{1,4}+)(?![0-9])[ \\t\\r\\n]*+)?+(?:,[ \\t\\r\\n]*+)?+[^\\r\\n]*?" + AROUND);

    private final Random random = new Random(SEED);

    @Test
    void random_bytes_give_a_balance_or_an_exception_of_this_library() {
        List<RealRepliesTest.Row> real = RealRepliesTest.replies();
        for (int i = 0; i < INPUTS; i++) {
            byte[] body = switch (i % 3) {
                case 0 -> bytes(random.nextInt(64));
                case 1 -> tokens();
                default -> mutated(real.get(random.nextInt(real.size())).body().getBytes(UTF_8));
            };
            check(random.nextInt(4) > 0 ? 200 : 100 + random.nextInt(500), body);
            checkLogin(body);
        }
    }

    @Test
    void bodies_around_the_length_limit_give_a_balance_or_an_exception_of_this_library() {
        for (int length = 8180; length < 8205; length++) {
            check(200, bytes(length));
            check(503, bytes(length));
            check(200, ("Credits: 1" + " ".repeat(length - 10)).getBytes(UTF_8));
            check(401, ("ERR: 001," + " ".repeat(length - 9)).getBytes(UTF_8));
        }
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] tokens() {
        StringBuilder body = new StringBuilder();
        for (int n = random.nextInt(9); n >= 0; n--) {
            body.append(TOKENS.get(random.nextInt(TOKENS.size())));
        }
        return body.toString().getBytes(UTF_8);
    }

    /** With one byte or more changed, removed, doubled or inserted, or the end cut off. */
    private byte[] mutated(byte[] original) {
        StringBuilder body = new StringBuilder(new String(original, ISO_8859_1));
        for (int n = random.nextInt(3); n >= 0 && !body.isEmpty(); n--) {
            int at = random.nextInt(body.length());
            switch (random.nextInt(5)) {
                case 0 -> body.setCharAt(at, (char) random.nextInt(256));
                case 1 -> body.deleteCharAt(at);
                case 2 -> body.insert(at, body.charAt(at));
                case 3 -> body.insert(at, TOKENS.get(random.nextInt(TOKENS.size())));
                default -> body.setLength(at);
            }
        }
        return body.toString().getBytes(ISO_8859_1);
    }

    private static void check(int status, byte[] body) {
        String context = "seed %d, status %d, %d bytes: %s"
                .formatted(SEED, status, body.length, HexFormat.of().formatHex(body, 0, Math.min(body.length, 200)));
        String text = new String(body, ISO_8859_1);
        boolean isShortEnough = body.length <= 8192;
        Matcher credits = CREDITS.matcher(text);
        Matcher error = ERROR.matcher(text);
        boolean isBalance =
                isShortEnough && credits.matches() && credits.group(1).length() <= 40;
        boolean isError = isShortEnough && error.matches();
        try {
            Balance balance = API.read(Replies.reply(status, body));
            assertThat(isBalance && status == 200).as(context).isTrue();
            assertThat(balance)
                    .as(context)
                    .isEqualTo(new Balance(new BigDecimal(credits.group(1)), Balance.CREDITS, RECEIVED_AT));
        } catch (ApiErrorException e) {
            checkMessage(context, e);
            assertThat(isError && (status == 200 || error.group(1) != null))
                    .as(context)
                    .isTrue();
            assertThat(e.code().map(Integer::valueOf).orElse(null))
                    .as(context)
                    .isEqualTo(error.group(1) == null ? null : Integer.valueOf(error.group(1)));
        } catch (HttpStatusException e) {
            checkMessage(context, e);
            assertThat(status != 200 && !(isError && error.group(1) != null))
                    .as(context)
                    .isTrue();
        } catch (MalformedReplyException e) {
            checkMessage(context, e);
            assertThat(status == 200 && !isBalance && !isError).as(context).isTrue();
        } catch (RuntimeException e) {
            throw new AssertionError(context, e);
        }
    }

    private static void checkLogin(byte[] body) {
        String context = "seed %d: %s".formatted(SEED, HexFormat.of().formatHex(body));
        try {
            assertThat(LOGIN.read(Replies.reply(200, body)).balance().request().body())
                    .as(context)
                    .matches("session_id=[!-~]{1,384}");
        } catch (MalformedReplyException e) {
            checkMessage(context, e);
            assertThat(Replies.excerpt(e)).as(context).isEmpty();
        } catch (ClickatellException e) {
            checkMessage(context, e);
        } catch (RuntimeException e) {
            throw new AssertionError(context, e);
        }
    }

    private static void checkMessage(String context, ClickatellException e) {
        assertThat(e.getMessage()).as(context).matches("[ -~]{20,800}");
        assertThat(String.valueOf(e.getMessage()).toLowerCase(ROOT))
                .as(context)
                .doesNotContain("alice-canary", "hunter2-canary", "3456789012");
    }
}
