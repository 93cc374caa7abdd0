package io.github.clickatellbalance.reactor.redis;

import java.time.Duration;
import java.util.function.LongConsumer;
import reactor.util.context.ContextView;

/** Tells the subscriber when the next poll is due, if it is a feed: through the Reactor context, see {@code BalanceFeed}. */
final class Due {
    private static final String KEY = "io.github.clickatellbalance.nextPoll";

    private Due() {}

    static void in(Duration pause, ContextView context) {
        context.<LongConsumer>getOrEmpty(KEY)
                .ifPresent(nanoTime -> nanoTime.accept(System.nanoTime() + pause.toNanos()));
    }
}
