package io.github.clickatellbalance.reactor;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/** The log of all feeds, at INFO and above, until it is closed. Nothing of it reaches the console. */
final class FeedLog implements AutoCloseable {
    private final Logger logger = (Logger) LoggerFactory.getLogger(BalanceFeed.class);
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

    FeedLog() {
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
        appender.start();
        logger.addAppender(appender);
    }

    /** Each as {@code LEVEL message}. */
    List<String> lines() {
        return appender.list.stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
    }

    @Override
    public void close() {
        logger.detachAppender(appender);
        logger.setAdditive(true);
        logger.setLevel(null);
    }
}
