package io.github.clickatellbalance.protocol;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A reply as a value, as far as an API may need it. Prints as its status: the body may echo a secret. */
public final class ApiReply {
    /**
     * The longest body that is read: {@value} bytes. A transport stops as soon as it has one byte more, and hands over
     * what it has; an API refuses that.
     */
    public static final int MAX_BODY_BYTES = 8192;

    private final int status;
    private final byte[] body;
    private final Instant receivedAt;
    private final @Nullable Duration retryAfter;

    /**
     * A reply.
     *
     * @param status the HTTP status code
     * @param body the body, empty for none; not copied, and not to be changed afterwards
     * @param receivedAt when it had arrived
     * @param retryAfter how long the server asked to wait before the next request, or null if it did not
     */
    public ApiReply(int status, byte[] body, Instant receivedAt, @Nullable Duration retryAfter) {
        this.status = status;
        this.body = body;
        this.receivedAt = receivedAt;
        this.retryAfter = retryAfter;
    }

    int status() {
        return status;
    }

    byte[] body() {
        return body;
    }

    Instant receivedAt() {
        return receivedAt;
    }

    @Nullable
    Duration retryAfter() {
        return retryAfter;
    }

    @Override
    public String toString() {
        return "HTTP " + status;
    }
}
