package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.ClickatellException;

/** The application closed the client, before or during the call. Not transient. */
public final class ClientClosedException extends ClickatellException {
    private static final long serialVersionUID = 1L;

    /** The failure of a call to a closed client. */
    public ClientClosedException() {
        super("This BalanceClient is closed: close it only when nothing uses it any more", null, false, null);
    }
}
