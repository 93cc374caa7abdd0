package io.github.clickatellbalance.reactor.redis;

import io.github.clickatellbalance.reactor.redis.Fleet.Permit;
import java.time.Duration;

/** The pauses of one call while another instance polls. They double, begin anew with each claim, and end with it. */
final class Waiting {
    private static final Duration FIRST = Duration.ofMillis(250);
    private static final Duration LONGEST = Duration.ofSeconds(2);
    private static final Duration AFTER_EXPIRY = Duration.ofMillis(5);

    private String holder = "";
    private Duration next = FIRST;

    Duration pause(Permit.Wait wait) {
        if (!wait.holder().equals(holder)) {
            holder = wait.holder();
            next = FIRST;
        }
        Duration pause = min(next, wait.expiresIn().plus(AFTER_EXPIRY));
        next = min(next.multipliedBy(2), LONGEST);
        return pause;
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
