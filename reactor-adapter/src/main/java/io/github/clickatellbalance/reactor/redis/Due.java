package io.github.clickatellbalance.reactor.redis;

import java.time.Duration;
import java.util.function.LongConsumer;
import reactor.util.context.ContextView;

/** Tells the subscriber when the next poll is due, if it is a feed: through the Reactor context, see {@code BalanceFeed}. */
record Due(LongConsumer nanoTime) {
    private static final String KEY = "io.github.clickatellbalance.nextPoll";
    private static final Due NOBODY = new Due(time -> {});

    static Due of(ContextView context) {
        return context.<LongConsumer>getOrEmpty(KEY).map(Due::new).orElse(NOBODY);
    }

    void in(Duration pause) {
        nanoTime.accept(System.nanoTime() + pause.toNanos());
    }
}
