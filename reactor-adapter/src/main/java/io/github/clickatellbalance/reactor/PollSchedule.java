package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.util.Logger;
import reactor.util.Loggers;

/** When one subscriber's next poll is due, and which failures its stream survives. Polls never overlap: no locks. */
final class PollSchedule {
    private static final Logger LOG = Loggers.getLogger(BalanceClient.class);
    private static final Duration CEILING = Duration.ofMinutes(5);

    private final Duration interval;
    private final Duration ceiling;
    private final int maxConsecutiveFailures;
    private int consecutiveFailures;
    private Duration nextDelay = Duration.ZERO;

    PollSchedule(Duration interval, int maxConsecutiveFailures) {
        this.interval = interval;
        this.ceiling = Durations.max(interval, CEILING);
        this.maxConsecutiveFailures = maxConsecutiveFailures;
    }

    static void checkInterval(Duration interval) {
        Durations.checked("interval", interval, Duration.ofNanos(1), Duration.ofDays(365));
    }

    Duration nextDelay() {
        return nextDelay;
    }

    @SuppressWarnings("unused") // the value does not matter, but this reads well as a method reference
    void succeeded(Balance balance) {
        consecutiveFailures = 0;
        nextDelay = interval;
    }

    Mono<Balance> failed(Throwable failure) {
        consecutiveFailures++;
        if (!(failure instanceof ClickatellException e)
                || !e.isTransient()
                || consecutiveFailures >= maxConsecutiveFailures) {
            return Mono.error(failure);
        }
        Duration backoff = Durations.backoff(interval, ceiling, consecutiveFailures);
        nextDelay = Durations.min(ceiling, Durations.max(backoff, e.retryAfter().orElse(Duration.ZERO)));
        LOG.warn(
                "{} poll(s) failed in a row, next in {} ms: {}",
                consecutiveFailures,
                nextDelay.toMillis(),
                e.getMessage());
        return Mono.empty();
    }
}
