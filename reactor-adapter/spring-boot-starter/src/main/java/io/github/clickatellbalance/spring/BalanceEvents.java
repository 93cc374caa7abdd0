package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BalanceSignal.Fresh;
import io.github.clickatellbalance.Threshold;
import io.github.clickatellbalance.reactor.BalanceFeed;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import reactor.core.Exceptions;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Publishes application events: each {@link BalanceAlert}, and the {@link BalanceSignal} of each change between fresh, stale
 * and rejected. Listeners are called on a thread that they may block.
 */
final class BalanceEvents {
    private static final Logger LOG = Loggers.getLogger(BalanceEvents.class);

    private final BalanceFeed feed;
    private final List<Threshold> thresholds;
    private final @Nullable SharedBalance shared;
    private final Function<Balance, List<BalanceAlert>> alerts;
    private final ApplicationEventPublisher publisher;
    // As in the feed's log, the first balance is no change.
    private Class<?> state = Fresh.class;

    BalanceEvents(
            BalanceFeed feed,
            List<Threshold> thresholds,
            @Nullable SharedBalance shared,
            ApplicationEventPublisher publisher) {
        this.feed = feed;
        this.thresholds = thresholds;
        this.shared = shared;
        this.alerts = alerts(shared == null ? thresholds : List.of());
        this.publisher = publisher;
    }

    /** Also for an application without thresholds. */
    static Function<Balance, List<BalanceAlert>> alerts(List<Threshold> thresholds) {
        return thresholds.isEmpty() ? balance -> List.of() : BalanceAlert.tracker(thresholds.toArray(Threshold[]::new));
    }

    void start() {
        feed.signals().subscribe(this::publish, BalanceEvents::failed);
        if (shared != null && !thresholds.isEmpty()) {
            shared.alerts(feed.balances(), thresholds).subscribe(this::publishOne, BalanceEvents::failed);
        }
    }

    private static void failed(Throwable failure) {
        LOG.error("There will be no further events", failure);
    }

    private void publish(BalanceSignal signal) {
        if (signal.getClass() != state) {
            state = signal.getClass();
            publishOne(signal);
        }
        if (signal instanceof Fresh fresh) {
            alerts.apply(fresh.balance()).forEach(this::publishOne);
        }
    }

    /** One after another. A listener that fails must not end the subscription. */
    private synchronized void publishOne(Object event) {
        try {
            publisher.publishEvent(event);
        } catch (Throwable e) {
            Exceptions.throwIfJvmFatal(e);
            LOG.error("A listener failed for " + event, e);
        }
    }
}
