package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The polls of one subscriber, and the delay before each. They never overlap, so there are no locks. */
final class PollSchedule {
    private static final Logger LOG = Loggers.getLogger(BalanceClient.class);
    private static final Duration OUTAGE_CEILING = Duration.ofMinutes(5);

    private final Duration interval;
    private int failures;
    private Duration nextDelay = Duration.ZERO;

    PollSchedule(Duration interval) {
        this.interval = interval;
    }

    /**
     * Demand reaches each timer, and each tick that was requested becomes a poll: {@code concatMap} without prefetch passes
     * demand on to a source that is not a scalar. Each timer starts when the poll before it has completed.
     */
    static Flux<Balance> polls(Mono<Balance> balance, Duration interval, Scheduler timers) {
        PollSchedule schedule = new PollSchedule(interval);
        Mono<Balance> poll = balance.doOnNext(any -> schedule.succeeded())
                .onErrorResume(ClickatellException.class, schedule::failed);
        return Flux.defer(() -> Mono.delay(schedule.nextDelay, timers).flux().concatMap(tick -> poll, 0))
                .repeat()
                .onErrorMap(Failures::classify)
                .onErrorComplete(ClientClosedException.class); // a poll that was due at the moment of close()
    }

    private void succeeded() {
        failures = 0;
        nextDelay = interval;
    }

    /** Empty if the stream continues after the failure. */
    private Mono<Balance> failed(ClickatellException failure) {
        if (failure.needsIntervention()) {
            return Mono.error(failure);
        }
        failures++;
        nextDelay = outagePause(interval, failures, failure);
        LOG.warn(
                "Failed polls in a row: {}, next poll in {} ms: {}",
                failures,
                nextDelay.toMillis(),
                failure.getMessage());
        return Mono.empty();
    }

    /** Also the feed's pause in an outage. */
    static Duration outagePause(Duration interval, int failures, ClickatellException latest) {
        return Backoff.pause(interval, Backoff.max(interval, OUTAGE_CEILING), failures, latest);
    }
}
