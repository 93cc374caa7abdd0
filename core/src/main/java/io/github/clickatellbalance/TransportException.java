package io.github.clickatellbalance;

import org.jspecify.annotations.Nullable;

/** No reply arrived: no connection, no trust, no answer in time, or only a part of one. The cause is what was met. */
public class TransportException extends ClickatellException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure of the transport.
     *
     * @param message what happened and what to do about it, without secrets
     * @param isTransient see {@link #isTransient()}
     * @param cause what lies beneath, or null
     */
    public TransportException(String message, boolean isTransient, @Nullable Throwable cause) {
        super(message, cause, isTransient, null);
    }
}
