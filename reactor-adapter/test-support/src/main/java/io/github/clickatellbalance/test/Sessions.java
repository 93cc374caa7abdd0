package io.github.clickatellbalance.test;

import static java.util.Locale.ROOT;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/** The sessions of the HTTP/S API. Each ends after fifteen minutes without a request. */
final class Sessions {
    private static final Duration MAX_IDLE = Duration.ofMinutes(15);

    private final InstantSource clock;
    private final Map<String, Instant> usedAt = new HashMap<>();
    private long begun;

    Sessions(InstantSource clock) {
        this.clock = clock;
    }

    /** The ID of a new session, 32 hexadecimal digits. */
    synchronized String begin() {
        String id = String.format(ROOT, "%032x", ++begun);
        usedAt.put(id, clock.instant());
        return id;
    }

    /** Whether the session exists and has not ended; this counts as a use. */
    synchronized boolean use(String id) {
        Instant now = clock.instant();
        usedAt.values().removeIf(used -> !used.plus(MAX_IDLE).isAfter(now));
        return usedAt.replace(id, now) != null;
    }

    synchronized void end() {
        usedAt.clear();
    }

    synchronized long begun() {
        return begun;
    }
}
