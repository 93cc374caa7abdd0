package io.github.clickatellbalance.reactor;

import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/** Reads the header of RFC 9110, section 10.2.3: seconds, or a date. */
final class RetryAfter {
    /** Netty's date parser throws for more. */
    private static final int MAX_DATE_LENGTH = 64;

    private RetryAfter() {}

    /**
     * The pause that the server requests; null if there is none, or it makes no sense (negative, past, garbage). A date is
     * compared with the server's own time, if the reply has it.
     */
    static @Nullable Duration of(HttpHeaders headers, Clock clock) {
        String value = headers.get(HttpHeaderNames.RETRY_AFTER);
        if (value == null) {
            return null;
        }
        String trimmed = value.strip();
        if (trimmed.matches("[0-9]+")) {
            // Nine digits are thirty years: beyond every ceiling, and no overflow.
            return Duration.ofSeconds(trimmed.length() > 9 ? 999_999_999 : Long.parseLong(trimmed));
        }
        Date until = date(trimmed);
        if (until == null) {
            return null;
        }
        Date serverTime = date(headers.get(HttpHeaderNames.DATE));
        Instant now = serverTime == null ? clock.instant() : serverTime.toInstant();
        Duration wait = Duration.between(now, until.toInstant());
        return wait.isNegative() ? null : wait;
    }

    private static @Nullable Date date(@Nullable String text) {
        return text == null || text.length() > MAX_DATE_LENGTH ? null : DateFormatter.parseHttpDate(text);
    }
}
