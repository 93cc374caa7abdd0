package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.ClickatellException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import reactor.core.publisher.Mono;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * How often, and after which pauses, an attempt with a {@linkplain ClickatellException#isTransient() transient} failure is
 * repeated. Total attempts are one plus the retries. Immutable.
 *
 * <p>The pause before retry <i>n</i>, counted from one, is nominally {@code minBackoff} times 2<sup>n-1</sup>. The real one
 * is random, from half to one and a half of that, but not less than {@code minBackoff} and not more than {@code maxBackoff}.
 * If the server requests a longer pause ({@code Retry-After}), it gets it up to a ceiling of 30 seconds or {@code
 * maxBackoff}, whichever is longer. A request for a pause beyond the ceiling ends the call at once; the failure's {@link
 * ClickatellException#retryAfter()} has it.
 */
public final class RetryPolicy {
    private static final Logger LOG = Loggers.getLogger(BalanceClient.class);
    private static final Duration MIN_RETRY_AFTER_CEILING = Duration.ofSeconds(30);

    private final int maxRetries;
    private final Duration minBackoff;
    private final Duration maxBackoff;

    private RetryPolicy(int maxRetries, Duration minBackoff, Duration maxBackoff) {
        this.maxRetries = maxRetries;
        this.minBackoff = minBackoff;
        this.maxBackoff = maxBackoff;
    }

    /** {@return a policy with one attempt and no retry} */
    public static RetryPolicy none() {
        return new RetryPolicy(0, Duration.ZERO, Duration.ZERO);
    }

    /**
     * Exponential backoff with jitter.
     *
     * @throws IllegalArgumentException unless {@code maxRetries} is from 0 to 100, {@code minBackoff} more than zero, and
     *     {@code maxBackoff} at least {@code minBackoff} and at most one day
     */
    public static RetryPolicy backoff(int maxRetries, Duration minBackoff, Duration maxBackoff) {
        if (maxRetries < 0 || maxRetries > 100) {
            throw new IllegalArgumentException("maxRetries must be from 0 to 100, but was: " + maxRetries);
        }
        Backoff.checked("minBackoff", minBackoff, Duration.ofNanos(1), Duration.ofDays(1));
        Backoff.checked("maxBackoff", maxBackoff, minBackoff, Duration.ofDays(1));
        return new RetryPolicy(maxRetries, minBackoff, maxBackoff);
    }

    /**
     * Not with {@code retryWhen}, which sets up its machinery for each call, though almost none fails. The checkpoint, too, is
     * added only to a failure.
     */
    <T> Mono<T> apply(Mono<T> attempt, Function<Duration, Mono<?>> pause, String checkpoint) {
        return attempt.onErrorResume(failure -> afterFailure(failure, List.of(), attempt, pause, checkpoint));
    }

    private <T> Mono<T> afterFailure(
            Throwable failure,
            List<Throwable> earlier,
            Mono<T> attempt,
            Function<Duration, Mono<?>> pause,
            String checkpoint) {
        ClickatellException latest = Failures.ofExchange(failure);
        if (!isRetried(latest, earlier.size())) {
            earlier.stream().filter(other -> other != latest).forEach(latest::addSuppressed);
            return Mono.<T>error(latest).checkpoint(checkpoint);
        }
        Duration duration =
                pause(latest, earlier.size(), ThreadLocalRandom.current().nextDouble());
        LOG.debug("Attempt {} failed, next in {} ms: {}", earlier.size() + 1, duration.toMillis(), latest.getMessage());
        List<Throwable> failures = new ArrayList<>(earlier);
        failures.add(latest);
        return pause.apply(duration)
                .then(attempt)
                .onErrorResume(next -> afterFailure(next, failures, attempt, pause, checkpoint));
    }

    private boolean isRetried(ClickatellException failure, int retries) {
        return failure.isTransient()
                && retries < maxRetries
                && retryAfter(failure).compareTo(Backoff.max(MIN_RETRY_AFTER_CEILING, maxBackoff)) <= 0;
    }

    /** The pause after a failure; {@code random} is from 0 to 1. */
    Duration pause(ClickatellException failure, int retries, double random) {
        Duration nominal = Backoff.exponential(minBackoff, maxBackoff, retries + 1);
        Duration shortest = Backoff.max(minBackoff, nominal.dividedBy(2));
        Duration longest = Backoff.min(maxBackoff, nominal.plus(nominal.dividedBy(2)));
        long jitter = Math.round(random * longest.minus(shortest).toNanos());
        return Backoff.max(shortest.plusNanos(jitter), retryAfter(failure));
    }

    private static Duration retryAfter(ClickatellException failure) {
        return failure.retryAfter().orElse(Duration.ZERO);
    }
}
