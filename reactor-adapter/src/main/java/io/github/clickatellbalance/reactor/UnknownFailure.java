package io.github.clickatellbalance.reactor;

/**
 * The type and the place of a failure of an unknown kind, without its words: Netty's decoders quote what they could not
 * read, and a server may have echoed a secret there.
 */
final class UnknownFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private UnknownFailure(Throwable failure) {
        super(failure.getClass().getName(), failure.getCause() == null ? null : of(failure.getCause()));
        setStackTrace(failure.getStackTrace());
    }

    static UnknownFailure of(Throwable failure) {
        return failure instanceof UnknownFailure wordless ? wordless : new UnknownFailure(failure);
    }
}
