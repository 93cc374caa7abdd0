package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.ClickatellException;

/** Nothing was asked for longer than the interval, since nobody watches the {@link BalanceFeed}. Transient. */
public final class FeedPausedException extends ClickatellException {
    private static final long serialVersionUID = 1L;

    FeedPausedException() {
        super(
                "This BalanceFeed does not poll: it has no subscriber, or it was closed. Subscribe to it for a fresh balance",
                null,
                true,
                null);
    }
}
