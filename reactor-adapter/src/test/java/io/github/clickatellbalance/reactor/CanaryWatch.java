package io.github.clickatellbalance.reactor;

import static java.nio.charset.StandardCharsets.US_ASCII;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * Collects the log events of all loggers at TRACE that contain {@link #WORD}. Each secret of these tests starts with it. The
 * console appender is detached meanwhile.
 */
final class CanaryWatch extends UnsynchronizedAppenderBase<ILoggingEvent> implements AutoCloseable {
    static final String WORD = "canary";
    /** Netty shows bytes that it cannot read in hexadecimal. */
    static final String HEX = HexFormat.of().formatHex(WORD.getBytes(US_ASCII));

    private final LoggerContext loggers = (LoggerContext) LoggerFactory.getILoggerFactory();
    private final Logger root = loggers.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Appender<ILoggingEvent> console = root.getAppender("CONSOLE");
    private final Map<Logger, Level> levels = new HashMap<>();
    private final Queue<String> seen = new ConcurrentLinkedQueue<>();

    private CanaryWatch() {}

    static CanaryWatch listen() {
        CanaryWatch watch = new CanaryWatch();
        for (Logger logger : watch.loggers.getLoggerList()) {
            if (logger.getLevel() != null) {
                watch.levels.put(logger, logger.getLevel());
                logger.setLevel(logger == watch.root ? Level.TRACE : null);
            }
        }
        watch.root.detachAppender(watch.console);
        watch.setContext(watch.loggers);
        watch.start();
        watch.root.addAppender(watch);
        return watch;
    }

    @Override
    protected void append(ILoggingEvent event) {
        String text = event.getThreadName() + " " + event.getLevel() + " " + event.getLoggerName() + " "
                + event.getFormattedMessage() + "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy());
        if (text.contains(WORD) || text.contains(HEX)) {
            seen.add(text);
        }
    }

    /** The log events that contain the word, and the names of threads that contain it. */
    List<String> seen() {
        Stream<String> threads = Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.contains(WORD));
        return Stream.concat(seen.stream(), threads).toList();
    }

    @Override
    public void close() {
        root.detachAppender(this);
        stop();
        levels.forEach(Logger::setLevel);
        root.addAppender(console);
    }
}
