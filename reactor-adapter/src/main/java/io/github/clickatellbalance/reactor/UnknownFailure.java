package io.github.clickatellbalance.reactor;

import org.jspecify.annotations.Nullable;

/**
 * The type and the place of a failure of an unknown kind, without its words: Netty's decoders quote what they could not
 * read, and a server may have echoed a secret there.
 */
final class UnknownFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Chains of causes can be longer than a stack, or have no end. */
    private static final int MAX_DEPTH = 20;

    private UnknownFailure(Throwable failure, @Nullable UnknownFailure cause) {
        super(failure.getClass().getName(), cause);
        setStackTrace(failure.getStackTrace());
    }

    static UnknownFailure of(Throwable failure) {
        return of(failure, MAX_DEPTH);
    }

    private static UnknownFailure of(Throwable failure, int depth) {
        if (failure instanceof UnknownFailure wordless) {
            return wordless;
        }
        Throwable cause = failure.getCause();
        return new UnknownFailure(failure, cause == null || depth == 0 ? null : of(cause, depth - 1));
    }
}
