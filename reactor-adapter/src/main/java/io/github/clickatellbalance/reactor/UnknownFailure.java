package io.github.clickatellbalance.reactor;

/**
 * The type and the place of a failure of an unknown kind, without its words: Netty's decoders quote what they could not
 * read, and a server may have echoed a secret there.
 */
final class UnknownFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnknownFailure(Throwable failure) {
        super(failure.getClass().getName(), failure.getCause() == null ? null : new UnknownFailure(failure.getCause()));
        setStackTrace(failure.getStackTrace());
    }
}
