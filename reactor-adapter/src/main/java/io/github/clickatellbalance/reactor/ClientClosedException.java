package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.ClickatellException;

/** The client was closed by the application: before the call, or during it. Never transient. */
public final class ClientClosedException extends ClickatellException {
    private static final long serialVersionUID = 1L;

    ClientClosedException() {
        super("This BalanceClient is closed: close it only when nothing needs it any more", null, false, null);
    }
}
