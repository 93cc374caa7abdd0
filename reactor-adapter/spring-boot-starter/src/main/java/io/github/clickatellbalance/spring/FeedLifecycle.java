package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.reactor.BalanceFeed;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationContext;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Starts all feeds when the application is ready, so that a training run for a cache of classes sends nothing. Closes them
 * before the web server waits for open requests: a stream would delay the shutdown (spring-boot issue 49275).
 */
final class FeedLifecycle {
    private static final Logger LOG = Loggers.getLogger(FeedLifecycle.class);

    private final ApplicationContext context;
    private final ClickatellProperties properties;
    private final ObjectProvider<BalanceFeed> feeds;
    private final ObjectProvider<BalanceMonitor> monitor;
    private final ObjectProvider<BalanceEvents> events;

    FeedLifecycle(
            ApplicationContext context,
            ClickatellProperties properties,
            ObjectProvider<BalanceFeed> feeds,
            ObjectProvider<BalanceMonitor> monitor,
            ObjectProvider<BalanceEvents> events) {
        this.context = context;
        this.properties = properties;
        this.feeds = feeds;
        this.monitor = monitor;
        this.events = events;
    }

    /** The condition on {@code clickatell.enabled} counts at build time with Spring AOT. */
    @EventListener
    void on(ApplicationReadyEvent event) {
        if (event.getApplicationContext() == context && properties.enabled()) {
            monitor.ifAvailable(BalanceMonitor::start);
            events.ifAvailable(BalanceEvents::start);
            feeds.forEach(BalanceFeed::start);
            warnIfNoneIsPrimary();
        }
    }

    private void warnIfNoneIsPrimary() {
        long count = feeds.stream().count();
        if (count > 1 && monitor.getIfAvailable() == null) {
            LOG.warn(
                    "There are {} beans of type BalanceFeed, and none is primary: there are no events, no health, no burn rate and "
                            + "no streams. Mark one with @Primary",
                    count);
        }
    }

    /**
     * A child context, such as that of the actuator's own port, also publishes to the listeners of its parent. First, since a
     * listener that fails ends the delivery of the event.
     */
    @EventListener
    @Order(Ordered.HIGHEST_PRECEDENCE)
    void on(ContextClosedEvent event) {
        if (event.getApplicationContext() == context) {
            feeds.forEach(BalanceFeed::close);
            monitor.ifAvailable(BalanceMonitor::close);
        }
    }
}
