package io.github.clickatellbalance.reactor.redis;

import static java.util.Objects.requireNonNull;

import io.github.clickatellbalance.reactor.redis.Fleet.Unavailable;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.Logger;
import reactor.util.Loggers;

/** Whether Redis replies. A command that fails or takes too long ends that; a probe in the background restores it. */
final class Availability {
    private static final Logger LOG = Loggers.getLogger(RedisBalanceClient.class);
    private static final Duration PROBE_INTERVAL = Duration.ofSeconds(1);
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(30);

    private final Duration timeout;
    private final Supplier<Scheduler> timers;
    private final LongSupplier nanoTime;
    private final Mono<?> probe;
    private final Mono<Void> closing;
    private final AtomicReference<State> state = new AtomicReference<>(new State(null, Duration.ZERO));

    /**
     * The state at one moment.
     *
     * @param unavailableSince by {@code nanoTime}; null while Redis replies
     * @param unavailableBefore how long Redis was unavailable in total, before that
     */
    private record State(@Nullable Long unavailableSince, Duration unavailableBefore) {
        State unavailable(long now) {
            return unavailableSince == null ? new State(now, unavailableBefore) : this;
        }

        State available(long now) {
            return new State(null, unavailableTime(now));
        }

        Duration unavailableTime(long now) {
            return unavailableSince == null ? unavailableBefore : unavailableBefore.plusNanos(now - unavailableSince);
        }
    }

    Availability(
            Duration timeout, Supplier<Scheduler> timers, LongSupplier nanoTime, Mono<?> probe, Mono<Void> closing) {
        this.timeout = timeout;
        this.timers = timers;
        this.nanoTime = nanoTime;
        this.probe = probe;
        this.closing = closing;
    }

    private State state() {
        return requireNonNull(state.get());
    }

    boolean isUnavailable() {
        return state().unavailableSince != null;
    }

    /** How long Redis has been unavailable in total. */
    Duration unavailableTime() {
        return state().unavailableTime(nanoTime.getAsLong());
    }

    /** The command with the time limit. If it fails, with an {@link Unavailable}, Redis is unavailable. */
    <T> Mono<T> watched(Mono<T> command) {
        return limited(command).doOnError(this::setUnavailable);
    }

    /** The command with the time limit. It fails with an {@link Unavailable}. */
    <T> Mono<T> limited(Mono<T> command) {
        return command.timeout(timeout, Mono.error(this::noReply), timers.get())
                .onErrorMap(failure -> failure instanceof Unavailable ? failure : new Unavailable(failure));
    }

    private Throwable noReply() {
        return new TimeoutException("There was no reply within " + timeout.toMillis() + " ms");
    }

    private void setUnavailable(Throwable failure) {
        long now = nanoTime.getAsLong();
        if (state.getAndUpdate(before -> before.unavailable(now)).unavailableSince == null) {
            LOG.warn(
                    "Redis does not reply as it should, so this instance polls by itself. Check the server, its memory, and the rights of the user: {}",
                    String.valueOf(failure.getCause()));
            Mono.defer(() -> Mono.delay(PROBE_INTERVAL, timers.get())
                            .then(isReachable().then(limited(probe)).onErrorComplete()))
                    .repeat()
                    .next()
                    .takeUntilOther(closing)
                    // Only if the scheduler accepts no more tasks: then there is no further poll, either.
                    .subscribe(any -> setAvailable(), rejected -> {});
        }
    }

    /**
     * Without a connection, Lettuce keeps a command in a queue until it has connected again, also one that was cancelled. So this probe has
     * a long timeout: it completes as soon as there is a connection, and few probes are in the queue. Whether Redis replies in time is
     * measured by a second one.
     */
    private Mono<?> isReachable() {
        return probe.timeout(PROBE_TIMEOUT, timers.get());
    }

    private void setAvailable() {
        long now = nanoTime.getAsLong();
        state.updateAndGet(before -> before.available(now));
        LOG.info("Redis replies again: one poll for all instances");
    }
}
