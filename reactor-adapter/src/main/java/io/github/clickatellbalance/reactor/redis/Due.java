package io.github.clickatellbalance.reactor.redis;

import java.time.Duration;
import java.util.function.LongConsumer;
import reactor.util.context.ContextView;

/** Reports to a feed when the next poll is due, through the Reactor context: see {@code BalanceFeed.builder}. */
final class Due {
    private static final String KEY = "io.github.clickatellbalance.nextPoll";

    private Due() {}

    static void in(Duration pause, ContextView context) {
        context.<LongConsumer>getOrEmpty(KEY)
                .ifPresent(nanoTime -> nanoTime.accept(System.nanoTime() + pause.toNanos()));
    }
}
