package io.github.clickatellbalance.reactor.redis;

import io.github.clickatellbalance.reactor.redis.Fleet.Unavailable;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.Logger;
import reactor.util.Loggers;

/** Whether Redis replies. A command that fails or takes too long ends that; a probe in the background restores it. */
final class Availability {
    private static final Logger LOG = Loggers.getLogger(RedisBalanceClient.class);
    private static final Duration PROBE_INTERVAL = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Duration timeout;
    private final Supplier<Scheduler> timers;
    private final LongSupplier nanoTime;
    private final Mono<?> probe;
    private final Mono<Void> closing;
    private final AtomicBoolean isAway = new AtomicBoolean();
    private final AtomicLong awaySince = new AtomicLong();
    private final AtomicLong awayNanos = new AtomicLong();

    Availability(
            Duration timeout, Supplier<Scheduler> timers, LongSupplier nanoTime, Mono<?> probe, Mono<Void> closing) {
        this.timeout = timeout;
        this.timers = timers;
        this.nanoTime = nanoTime;
        this.probe = probe;
        this.closing = closing;
    }

    boolean isAway() {
        return isAway.get();
    }

    /** How long Redis has been away in total. */
    Duration awayTime() {
        long current = isAway.get() ? nanoTime.getAsLong() - awaySince.get() : 0;
        return Duration.ofNanos(awayNanos.get() + current);
    }

    /** The command with the time limit. Its failure is an {@link Unavailable}. */
    <T> Mono<T> watched(Mono<T> command) {
        return limited(command).doOnError(this::lost);
    }

    <T> Mono<T> limited(Mono<T> command) {
        return command.timeout(timeout, Mono.error(this::noReply), timers.get())
                .onErrorMap(failure -> failure instanceof Unavailable ? failure : new Unavailable(failure));
    }

    private Throwable noReply() {
        return new TimeoutException("There was no reply within " + timeout.toMillis() + " ms");
    }

    private void lost(Throwable failure) {
        if (isAway.compareAndSet(false, true)) {
            awaySince.set(nanoTime.getAsLong());
            LOG.warn(
                    "Redis does not reply as it should, so this instance polls by itself: {}",
                    String.valueOf(failure.getCause()));
            Mono.defer(() -> Mono.delay(PROBE_INTERVAL, timers.get())
                            .then(reply().then(limited(probe)).onErrorComplete()))
                    .repeat()
                    .next()
                    .takeUntilOther(closing)
                    // Only if the scheduler accepts no more tasks: then there is no further poll, either.
                    .subscribe(any -> found(), rejected -> {});
        }
    }

    /**
     * Of a probe without a time limit that counts: it waits in Lettuce while there is no connection, and is sent with the next one. Each
     * one that is cancelled stays in Lettuce's queue until then, so they are few.
     */
    private Mono<?> reply() {
        return probe.timeout(PATIENCE, timers.get());
    }

    private void found() {
        awayNanos.addAndGet(nanoTime.getAsLong() - awaySince.get());
        isAway.set(false);
        LOG.info("Redis replies again: one poll for all instances");
    }
}
