package io.github.clickatellbalance.reactor;

import org.jspecify.annotations.Nullable;

/**
 * The type, stack trace and causes of a failure, without their messages: Netty's decoders quote the bytes that they could
 * not read, and a server may have repeated a secret there.
 */
final class RedactedFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** A chain of causes may be longer than the stack, or a cycle. */
    private static final int MAX_DEPTH = 20;

    private RedactedFailure(Throwable failure, @Nullable RedactedFailure cause) {
        super(failure.getClass().getName(), cause);
        setStackTrace(failure.getStackTrace());
    }

    static RedactedFailure of(Throwable failure) {
        return of(failure, MAX_DEPTH);
    }

    private static RedactedFailure of(Throwable failure, int depth) {
        if (failure instanceof RedactedFailure redacted) {
            return redacted;
        }
        Throwable cause = failure.getCause();
        return new RedactedFailure(failure, cause == null || depth == 0 ? null : of(cause, depth - 1));
    }
}
