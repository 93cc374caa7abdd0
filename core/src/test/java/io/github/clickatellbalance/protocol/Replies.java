package io.github.clickatellbalance.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import java.time.Instant;

/** Replies as tests write them, and what comes of reading them. */
final class Replies {
    static final Instant RECEIVED_AT = Instant.parse("2026-01-02T03:04:05.678Z");
    static final ApiCall<Balance> API = new HttpGetBalance("alice-canary", "hunter2-canary", "3456789012");

    private Replies() {}

    static ApiReply reply(int status, byte[] body) {
        return new ApiReply(status, body, RECEIVED_AT, null);
    }

    static ApiReply reply(int status, String body) {
        return reply(status, body.getBytes(UTF_8));
    }

    static Balance balance(String body) {
        return API.read(reply(200, body));
    }

    static <E extends ClickatellException> E failure(Class<E> type, ApiReply reply) {
        return failure(type, API, reply);
    }

    static <E extends ClickatellException> E failure(Class<E> type, ApiCall<Balance> api, ApiReply reply) {
        return catchThrowableOfType(type, () -> api.read(reply));
    }

    static <E extends ClickatellException> E failure(Class<E> type, String body) {
        return failure(type, reply(200, body));
    }
}
