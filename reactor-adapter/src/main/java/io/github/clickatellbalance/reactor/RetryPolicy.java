package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.ClickatellException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.retry.Retry;

/**
 * How often, and after which pauses, a {@linkplain ClickatellException#isTransient() transient} failure is tried again.
 * Total attempts are one plus the retries. Immutable.
 *
 * <p>Before retry <i>n</i>, counted from one, the pause is nominally {@code minBackoff} times 2<sup>n-1</sup>; what is
 * waited is drawn evenly from half to one and a half of that, but never less than {@code minBackoff} nor more than {@code
 * maxBackoff}. Where the server asked for more by {@code Retry-After}, that is waited instead, up to 30 seconds or {@code
 * maxBackoff}, whichever is longer.
 */
public final class RetryPolicy {
    private static final Logger LOG = Loggers.getLogger(BalanceClient.class);
    private static final Duration RETRY_AFTER_CEILING = Duration.ofSeconds(30);

    private final int maxRetries;
    private final Duration minBackoff;
    private final Duration maxBackoff;

    private RetryPolicy(int maxRetries, Duration minBackoff, Duration maxBackoff) {
        this.maxRetries = maxRetries;
        this.minBackoff = minBackoff;
        this.maxBackoff = maxBackoff;
    }

    /**
     * One attempt, whatever happens.
     *
     * @return that policy
     */
    public static RetryPolicy none() {
        return new RetryPolicy(0, Duration.ZERO, Duration.ZERO);
    }

    /**
     * Exponential backoff with jitter.
     *
     * @param maxRetries how often to try again, at least 0 and at most 100
     * @param minBackoff the shortest pause, more than zero
     * @param maxBackoff the longest pause, at least {@code minBackoff} and at most one day
     * @return that policy
     * @throws IllegalArgumentException if a value is out of these bounds
     */
    public static RetryPolicy backoff(int maxRetries, Duration minBackoff, Duration maxBackoff) {
        if (maxRetries < 0 || maxRetries > 100) {
            throw new IllegalArgumentException("maxRetries must be from 0 to 100, but was: " + maxRetries);
        }
        Durations.checked("minBackoff", minBackoff, Duration.ofNanos(1), Duration.ofDays(1));
        Durations.checked("maxBackoff", maxBackoff, minBackoff, Duration.ofDays(1));
        return new RetryPolicy(maxRetries, minBackoff, maxBackoff);
    }

    /** The last failure is thrown as it was, with the earlier ones of the same subscription suppressed. */
    Retry toRetry(Supplier<Scheduler> scheduler) {
        return Retry.from(signals -> {
            List<Throwable> earlier = new ArrayList<>();
            return signals.concatMap(signal -> {
                Throwable failure = signal.failure();
                boolean isTransient = failure instanceof ClickatellException e && e.isTransient();
                if (!isTransient || earlier.size() >= maxRetries) {
                    earlier.stream().filter(other -> other != failure).forEach(failure::addSuppressed);
                    return Mono.error(failure);
                }
                Duration delay = delay(
                        earlier.size(),
                        (ClickatellException) failure,
                        ThreadLocalRandom.current().nextDouble());
                earlier.add(failure);
                LOG.debug(
                        "Attempt {} failed, next in {} ms: {}", earlier.size(), delay.toMillis(), failure.getMessage());
                return Mono.delay(delay, scheduler.get());
            });
        });
    }

    /** The pause after a failure that {@code retries} others went before; {@code random} is from 0 to 1. */
    Duration delay(int retries, ClickatellException failure, double random) {
        Duration asked = failure.retryAfter().orElse(Duration.ZERO);
        Duration ceiling = Durations.max(RETRY_AFTER_CEILING, maxBackoff);
        return Durations.max(backoff(retries, random), Durations.min(asked, ceiling));
    }

    private Duration backoff(int retries, double random) {
        double min = minBackoff.toNanos();
        double max = maxBackoff.toNanos();
        double nominal = Math.min(max, min * Math.pow(2, retries));
        double least = Math.max(min, nominal * 0.5);
        double most = Math.min(max, nominal * 1.5);
        return Duration.ofNanos(Math.round(least + random * (most - least)));
    }
}
