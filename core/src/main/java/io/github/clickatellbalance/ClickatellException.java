package io.github.clickatellbalance;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Why there is no balance. Every failure of this library is one of these; its message tells a person what to do next and
 * never holds a secret.
 */
public abstract class ClickatellException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean isTransient;
    private final @Nullable Duration retryAfter;

    /**
     * For the subclasses.
     *
     * @param message what happened and what to do about it, without secrets
     * @param cause what lies beneath, or null
     * @param isTransient see {@link #isTransient()}
     * @param retryAfter see {@link #retryAfter()}, or null
     */
    protected ClickatellException(
            String message, @Nullable Throwable cause, boolean isTransient, @Nullable Duration retryAfter) {
        super(message, cause);
        this.isTransient = isTransient;
        this.retryAfter = retryAfter;
    }

    /** {@return whether the same request may succeed later with nobody changing anything; false when in doubt} */
    public boolean isTransient() {
        return isTransient;
    }

    /** {@return how long the server asked to wait before the next request (its {@code Retry-After}), if it did} */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
