package io.github.clickatellbalance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP reply as a value. {@link #toString()} shows only the status: a body may repeat a secret of its request.
 *
 * @param body the body, empty if there is none; not copied, so do not change it
 * @param receivedAt when the whole reply had been received
 * @param retryAfter the pause that the server requests by its {@code Retry-After} header, or null
 */
@SuppressWarnings("ArrayRecordComponent") // replies are never compared
public record ApiReply(
        int status,
        byte[] body,
        Instant receivedAt,
        @Nullable Duration retryAfter) {
    /**
     * The longest body that is accepted: {@value} bytes. A transport stops reading after one byte more and passes on what
     * it has.
     */
    public static final int MAX_BODY_BYTES = 8192;

    /** One character for each byte, cut off at the limit. */
    String text() {
        return new String(body, 0, Math.min(body.length, MAX_BODY_BYTES), ISO_8859_1);
    }

    @Override
    public String toString() {
        return "HTTP " + status;
    }
}
