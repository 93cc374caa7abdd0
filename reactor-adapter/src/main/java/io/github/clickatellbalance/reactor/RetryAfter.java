package io.github.clickatellbalance.reactor;

import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/** The header of RFC 9110, section 10.2.3: seconds, or a date. */
final class RetryAfter {
    /** Netty's parser of dates throws for more. */
    private static final int MAX_DATE_LENGTH = 64;

    private RetryAfter() {}

    /**
     * How long the server asks to wait: null if it does not, or asks in a way that makes no sense (negative, past,
     * garbage). A date is taken by the server's own clock where it tells the time.
     */
    static @Nullable Duration of(HttpHeaders headers, Clock clock) {
        String value = headers.get(HttpHeaderNames.RETRY_AFTER);
        if (value == null) {
            return null;
        }
        String trimmed = value.strip();
        if (trimmed.matches("[0-9]+")) {
            // Nine digits are thirty years: far enough for every ceiling, and safe from overflow.
            return Duration.ofSeconds(trimmed.length() > 9 ? 999_999_999 : Long.parseLong(trimmed));
        }
        Date until = date(trimmed);
        if (until == null) {
            return null;
        }
        String date = headers.get(HttpHeaderNames.DATE);
        Date serverTime = date == null ? null : date(date);
        Instant now = serverTime == null ? clock.instant() : serverTime.toInstant();
        Duration wait = Duration.between(now, until.toInstant());
        return wait.isNegative() ? null : wait;
    }

    private static @Nullable Date date(String text) {
        return text.length() > MAX_DATE_LENGTH ? null : DateFormatter.parseHttpDate(text);
    }
}
