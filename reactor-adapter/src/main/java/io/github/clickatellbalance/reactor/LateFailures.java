package io.github.clickatellbalance.reactor;

import java.util.function.Consumer;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.context.Context;

/** What is met when nobody waits for it any more: a connection may break at the moment at which its call is cancelled. */
final class LateFailures {
    /** With this key of Reactor's, none of the application's hooks hears of it (reactor-netty issue 472). */
    static final Context CONTEXT =
            Context.of("reactor.onErrorDropped.local", (Consumer<Throwable>) LateFailures::dropped);

    private static final Logger LOG = Loggers.getLogger(BalanceClient.class);

    private LateFailures() {}

    private static void dropped(Throwable failure) {
        LOG.debug("A failure after the end of its call: {}", failure.getClass().getName());
    }
}
