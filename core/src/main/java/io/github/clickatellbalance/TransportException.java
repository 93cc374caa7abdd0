package io.github.clickatellbalance;

import org.jspecify.annotations.Nullable;

/** No complete reply was received: no connection, no trusted server, a timeout, or a reply that was cut off. */
public class TransportException extends ClickatellException {
    private static final long serialVersionUID = 1L;

    /** The message says what happened and what to do about it. It has no secret; neither has the cause, if there is one. */
    public TransportException(String message, boolean isTransient, @Nullable Throwable cause) {
        super(message, cause, isTransient, null);
    }
}
