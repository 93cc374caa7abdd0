package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.ClickatellException;

/** Nothing was asked for longer than the interval, since nobody watched the {@link BalanceFeed}. Transient. */
public final class FeedPausedException extends ClickatellException {
    private static final long serialVersionUID = 1L;

    FeedPausedException() {
        super(
                "Nobody watched this BalanceFeed for a while, or it was closed; the next poll gives a fresh balance",
                null,
                true,
                null);
    }
}
