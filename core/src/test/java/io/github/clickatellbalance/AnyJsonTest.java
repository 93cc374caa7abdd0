package io.github.clickatellbalance;

import static io.github.clickatellbalance.Replies.RECEIVED_AT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.StringJoiner;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Random and hostile replies. Each JSON API gives a balance or an exception of this library, in bounded time and memory. */
@ParameterizedClass
@EnumSource
@Tag("slow") // takes seconds: too long to run for each mutation
class AnyJsonTest {
    private static final int INPUTS = 10_000;

    /** To repeat a failure: {@code -Dany-json.seed=...} */
    private static final long SEED = Long.getLong("any-json.seed", new Random().nextLong());

    private static final List<String> TOKENS = List.of(
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"",
            "\\",
            "\\u0000",
            "\\ud800",
            "\"data\":",
            "\"balance\":",
            "\"currency\":",
            "\"error\":",
            "\"errorCode\":",
            "\"code\":",
            "\"description\":",
            "\"ZAR\"",
            "\"001\"",
            "\"canary-token\"",
            "\"canary-key==\"",
            "12.50",
            "\"12.50\"",
            "-",
            "0",
            "1e9",
            "108",
            "null",
            "true",
            " ",
            "\n",
            "\uFEFF",
            "\u0000",
            "\u00e4");

    private final JsonApis api;
    private final Random random = new Random(SEED);

    AnyJsonTest(JsonApis api) {
        this.api = api;
    }

    @Test
    void random_bytes_give_a_balance_or_an_exception_of_this_library() {
        List<String> replies = List.of(
                api.reply("1267.92865"),
                "{\"error\":{\"code\":\"001\",\"description\":\"Authentication failed\"}}",
                "{\"messages\":[],\"errorCode\":108,\"error\":\"no canary-key==\",\"errorDescription\":\"\"}");
        for (int i = 0; i < INPUTS; i++) {
            byte[] body = switch (i % 3) {
                case 0 -> bytes(random.nextInt(64));
                case 1 -> tokens();
                default -> mutated(replies.get(random.nextInt(replies.size())));
            };
            Balance balance = read(random.nextInt(4) > 0 ? 200 : 100 + random.nextInt(500), body);
            if (balance != null) {
                String text = new String(body, UTF_8);
                assertThat(text).as(context(body)).contains("balance");
                assertThat(digits(text))
                        .as(context(body))
                        .contains(digits(balance.amount().toPlainString()));
            }
        }
    }

    @Test
    void bodies_around_the_length_limit_give_a_balance_or_an_exception_of_this_library() {
        for (int length = 8180; length < 8205; length++) {
            read(200, bytes(length));
            read(503, bytes(length));
            String good = api.reply("1");
            assertThat(read(200, (good + " ".repeat(length - good.length())).getBytes(UTF_8)) != null)
                    .isEqualTo(length <= 8192);
        }
    }

    @Test
    void a_balance_is_found_among_unknown_fields() {
        for (int i = 0; i < INPUTS; i++) {
            BigDecimal amount = new BigDecimal(new BigInteger(random.nextInt(1, 120), random), random.nextInt(0, 8));
            if (random.nextBoolean()) {
                amount = amount.negate();
            }
            byte[] body = surrounded(amount.toPlainString()).getBytes(UTF_8);

            assertThat(read(200, body)).as(context(body)).isEqualTo(new Balance(amount, api.unit, RECEIVED_AT));
        }
    }

    static Stream<Arguments> hostile() {
        Map<String, String> rows = new LinkedHashMap<>();
        rows.put("deep arrays", "[".repeat(1_000_000));
        rows.put("deep objects", "{\"a\":".repeat(1_000_000));
        rows.put("deep objects of the longest body", "{\"a\":".repeat(1638));
        rows.put("deep within a balance", "{\"balance\":" + "[".repeat(8000));
        rows.put("a number of a million digits", "{\"balance\":" + "9".repeat(1_000_000) + ",\"currency\":\"ZAR\"}");
        rows.put("a number of eight thousand digits", "{\"balance\":" + "9".repeat(8000) + ",\"currency\":\"ZAR\"}");
        rows.put("a fraction of eight thousand digits", "{\"balance\":0." + "9".repeat(8000) + "}");
        rows.put("a number of two billion digits", "{\"balance\":1e2000000000,\"currency\":\"ZAR\"}");
        rows.put("a fraction of two billion digits", "{\"balance\":1e-2000000000,\"currency\":\"ZAR\"}");
        rows.put("a number of two billion digits in a string", "{\"data\":{\"balance\":\"1e2000000000\"}}");
        rows.put("an exponent of eight thousand digits", "{\"balance\":1e" + "9".repeat(8000) + "}");
        rows.put("a duplicate balance", "{\"balance\":1,\"balance\":2,\"data\":{\"balance\":1,\"balance\":2}}");
        rows.put("a duplicate parent", "{\"data\":{\"balance\":1},\"data\":{\"balance\":2}}");
        rows.put("a BOM alone", "\uFEFF");
        rows.put("two BOMs", "\uFEFF\uFEFF{}");
        rows.put("UTF-16", latin("{\"balance\":1,\"currency\":\"ZAR\"}".getBytes(UTF_16)));
        rows.put("invalid UTF-8", "{\"\u00ff\":1}");
        rows.put("a name of eight thousand characters", "{\"" + "x".repeat(8000) + "\":1}");
        rows.put("a string of eight thousand characters", "{\"balance\":\"" + "x".repeat(8000) + "\"}");
        rows.put("a long name above many values", "{\"" + "x".repeat(4000) + "\":[" + "1,".repeat(2000) + "1]}");
        rows.put("two thousand names", names(2000 / 2, i -> "a" + i));
        rows.put("names of the same hash", names(500, i -> collision(i, 9)));
        rows.put("escapes", "{\"" + "\\u0061".repeat(1360) + "\":1}");
        rows.put("secrets repeated", "{\"error\":\"" + "canary-token canary-key== ".repeat(310) + "\"}");
        rows.put("half a secret repeated", "<" + "canary-toke".repeat(740));
        return rows.entrySet().stream().map(row -> Arguments.of(row.getKey(), row.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void a_hostile_reply_fails_in_bounded_time_and_memory(String name, String body) {
        byte[] bytes = name.startsWith("UTF-16") || name.startsWith("invalid")
                ? body.getBytes(ISO_8859_1)
                : body.getBytes(UTF_8);
        for (int status : new int[] {200, 400, 503}) {
            read(status, bytes); // loads classes
            long allocated = assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
                ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
                long before =
                        threads.getThreadAllocatedBytes(Thread.currentThread().getId());
                assertThat(read(status, bytes)).isNull();
                return threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
            });
            assertThat(allocated).as("bytes allocated").isLessThan(50_000_000);
        }
    }

    private @Nullable Balance read(int status, byte[] body) {
        try {
            Balance balance = api.call.read(Replies.reply(status, body));
            assertThat(status).as(context(body)).isEqualTo(200);
            assertThat(balance.amount().toPlainString()).as(context(body)).hasSizeLessThan(150);
            return balance;
        } catch (ClickatellException e) {
            assertThat(e.getMessage()).as(context(body)).matches("[ -~]{20,800}");
            String secret = api == JsonApis.REST ? "canary-token" : "canary-key==";
            assertThat(String.valueOf(e.getMessage()).toLowerCase(ROOT))
                    .as(context(body))
                    .doesNotContain(secret);
            assertThat(e).as(context(body)).hasNoCause();
            return null;
        } catch (RuntimeException e) {
            throw new AssertionError(context(body), e);
        }
    }

    private static String context(byte[] body) {
        return "seed %d, %d bytes: %s"
                .formatted(SEED, body.length, HexFormat.of().formatHex(body, 0, Math.min(body.length, 300)));
    }

    private static String digits(String text) {
        return text.replaceAll("[^1-9]", "");
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] tokens() {
        StringBuilder body = new StringBuilder("{");
        for (int n = random.nextInt(12); n >= 0; n--) {
            body.append(TOKENS.get(random.nextInt(TOKENS.size())));
        }
        return body.toString().getBytes(UTF_8);
    }

    private byte[] mutated(String original) {
        StringBuilder body = new StringBuilder(original);
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
        return body.toString().getBytes(random.nextBoolean() ? UTF_8 : ISO_8859_1);
    }

    /** A reply with this balance, among unknown fields. */
    private String surrounded(String amount) {
        String field = "\"balance\":" + (random.nextBoolean() ? "\"" + amount + "\"" : amount);
        String inner = object(field);
        return switch (api) {
            case REST -> object("\"data\":" + inner);
            case PLATFORM, ONE -> object(field, "\"currency\":\"ZAR\"");
        };
    }

    private String object(String... known) {
        StringJoiner fields = new StringJoiner("," + blanks(), "{" + blanks(), blanks() + "}");
        for (String field : known) {
            for (int n = random.nextInt(3); n > 0; n--) {
                fields.add("\"x" + fields.length() + "\":" + anyValue(3));
            }
            fields.add(field);
        }
        return fields.toString();
    }

    private String anyValue(int depth) {
        return switch (random.nextInt(depth > 0 ? 8 : 6)) {
            case 0 -> "null";
            case 1 -> "true";
            case 2 -> String.valueOf(random.nextInt());
            case 3 -> "\"balance\"";
            case 4 -> "\"\\\"\\u00e4\u00e4\ud83d\ude00 balance\\\":1\"";
            case 5 -> "-1.5E-7";
            case 6 -> "[" + anyValue(depth - 1) + "," + anyValue(depth - 1) + "]";
            default -> "{\"balance\":" + anyValue(depth - 1) + ",\"error\":" + anyValue(depth - 1) + "}";
        };
    }

    private String blanks() {
        return " \t\r\n".substring(random.nextInt(5));
    }

    private static String names(int count, IntFunction<String> name) {
        StringJoiner names = new StringJoiner(",", "{", "}");
        for (int i = 0; i < count; i++) {
            names.add("\"" + name.apply(i) + "\":1");
        }
        return names.toString();
    }

    /** "Aa" and "BB" have the same hash code. So have all names of the same length that consist of them. */
    private static String collision(int number, int length) {
        StringBuilder name = new StringBuilder();
        for (int bit = 0; bit < length; bit++) {
            name.append((number >> bit & 1) == 0 ? "Aa" : "BB");
        }
        return name.toString();
    }
}
