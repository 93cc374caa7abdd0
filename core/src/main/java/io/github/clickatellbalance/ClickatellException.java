package io.github.clickatellbalance;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The reason why there is no balance. Every failure of this library extends this class. Its message says what to do next
 * and never contains a secret; neither do its causes and suppressed exceptions.
 */
public abstract class ClickatellException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean isTransient;
    private final @Nullable Duration retryAfter;

    /** The message says what happened and what to do about it. Neither it nor the cause may contain a secret. */
    protected ClickatellException(
            String message, @Nullable Throwable cause, boolean isTransient, @Nullable Duration retryAfter) {
        super(message, cause);
        this.isTransient = isTransient;
        this.retryAfter = retryAfter;
    }

    /**
     * {@return whether a retry of the same request within seconds makes sense: true for such failures as a timeout or a
     * busy server, false when in doubt} False does not mean that {@linkplain #needsIntervention() a person must act}: a maintenance page is not retried, and
     * goes away by itself.
     */
    public boolean isTransient() {
        return isTransient;
    }

    /**
     * {@return whether a person must act: refused credentials, refused TLS, a refusing proxy, another permanent status 4xx.
     * Every other failure is an outage, which a poll or feed survives}
     */
    public boolean needsIntervention() {
        return !isTransient;
    }

    /** {@return the pause that the server requests before the next request ({@code Retry-After}), if it does} */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
