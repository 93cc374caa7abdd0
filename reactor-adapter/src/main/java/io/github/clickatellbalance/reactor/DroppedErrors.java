package io.github.clickatellbalance.reactor;

import java.util.function.Consumer;
import reactor.core.publisher.Operators;
import reactor.netty.Connection;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.context.Context;

/**
 * What happens to an error, value or connection that has no subscriber any more: a connection may break, or its reply may
 * arrive, at the moment at which its call is cancelled.
 */
final class DroppedErrors {
    /** With these keys of Reactor's, what is dropped does not reach the application's global hooks (reactor-netty issue 472). */
    static final Context CONTEXT = Context.of(
            "reactor.onErrorDropped.local", (Consumer<Throwable>) DroppedErrors::dropped,
            "reactor.onNextDropped.local", (Consumer<Object>) DroppedErrors::discarded);

    /**
     * Also closes a connection that is cancelled between the head of the reply and its reader, which Reactor Netty does not.
     * It replaces a discard hook of the caller: that one could release the buffers of a reply a second time.
     */
    private static final Context OF_CALL = Operators.enableOnDiscard(CONTEXT, DroppedErrors::discarded);

    private static final Logger LOG = Loggers.getLogger(BalanceClient.class);

    private DroppedErrors() {}

    /** No copy if the caller's context is empty; Reactor's own operator copies even then. */
    static Context ofCall(Context callers) {
        return callers.isEmpty() ? OF_CALL : callers.putAll(OF_CALL.readOnly());
    }

    private static void dropped(Throwable failure) {
        LOG.debug("An error after the end of its call: {}", failure.getClass().getName());
    }

    private static void discarded(Object value) {
        if (value instanceof Connection connection) {
            connection.dispose();
        }
    }
}
