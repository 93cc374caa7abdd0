package io.github.clickatellbalance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Replies for tests, and the results of reading them. */
final class Replies {
    static final Instant RECEIVED_AT = Instant.parse("2026-01-02T03:04:05.678Z");
    static final Duration RETRY_AFTER = Duration.ofSeconds(7);
    static final Credentials CREDENTIALS = Credentials.of("alice-canary", "hunter2-canary", "3456789012");
    static final ApiCall<Balance> API = HttpApi.getBalance(CREDENTIALS);
    private static final Pattern EXCERPT = Pattern.compile("It begins with \"(.*)\"\\. Check the base URL");

    private Replies() {}

    static ApiReply reply(int status, byte[] body) {
        return new ApiReply(status, body, RECEIVED_AT, null);
    }

    static ApiReply reply(int status, String body) {
        return reply(status, body.getBytes(UTF_8));
    }

    static ApiReply withRetryAfter(int status, String body) {
        return new ApiReply(status, body.getBytes(UTF_8), RECEIVED_AT, RETRY_AFTER);
    }

    static Balance balance(String body) {
        return API.read(reply(200, body));
    }

    static <E extends ClickatellException> E failure(Class<E> type, ApiReply reply) {
        return failure(type, API, reply);
    }

    static <E extends ClickatellException> E failure(Class<E> type, ApiCall<?> call, ApiReply reply) {
        return catchThrowableOfType(type, () -> call.read(reply));
    }

    static <E extends ClickatellException> E failure(Class<E> type, String body) {
        return failure(type, reply(200, body));
    }

    /** How the reply begins, as the message shows it. Empty if the message shows nothing of the reply. */
    static String excerpt(MalformedReplyException failure) {
        Matcher message = EXCERPT.matcher(String.valueOf(failure.getMessage()));
        return message.find() ? message.group(1) : "";
    }
}
