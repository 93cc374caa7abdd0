package io.github.clickatellbalance.reactor;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;
import reactor.blockhound.BlockHound;
import reactor.core.publisher.Hooks;

/**
 * Checks each test (registered in {@code META-INF/services}): no call may block a timer thread or event loop, no error may reach Reactor's global dropped-error hook, and no
 * buffer of Netty's may leak. Leaks are read from Netty's log, since Netty 4.1 has no listener for them. They are detected
 * after a garbage collection, so a leak fails the test class and not a single test.
 */
public final class CleanExtension implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    private static final Duration GC_TIME_LIMIT = Duration.ofSeconds(10);
    private static final Queue<String> FOUND = new ConcurrentLinkedQueue<>();

    static {
        BlockHound.install();
        LeakAppender appender = new LeakAppender();
        appender.setContext((LoggerContext) LoggerFactory.getILoggerFactory());
        appender.start();
        ((Logger) LoggerFactory.getLogger(ResourceLeakDetector.class)).addAppender(appender);
    }

    private static final class LeakAppender extends AppenderBase<ILoggingEvent> {
        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel() == Level.ERROR) {
                FOUND.add(event.getFormattedMessage());
            }
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        watch();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        check();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        revealLeaks();
        check();
    }

    static void watch() {
        Hooks.resetOnErrorDropped();
        Hooks.onErrorDropped(error -> FOUND.add(stackTrace(new Throwable("dropped: " + error, error))));
    }

    /** Fails with all errors and leaks since the last call. */
    static void check() {
        List<String> found = new ArrayList<>();
        for (String one; (one = FOUND.poll()) != null; ) {
            found.add(one);
        }
        if (!found.isEmpty()) {
            throw new AssertionError(String.join("\n", found));
        }
    }

    /** For a dropped error that this library cannot catch; a test that calls this says why. */
    static void allowDropped(Throwable error) {
        FOUND.removeIf(found -> found.startsWith("java.lang.Throwable: dropped: " + error));
    }

    /** Netty reports a leaked buffer at an allocation after the garbage collection. */
    static void revealLeaks() {
        WeakReference<Object> collected = new WeakReference<>(new Object());
        long deadline = System.nanoTime() + GC_TIME_LIMIT.toNanos();
        while (collected.get() != null && System.nanoTime() - deadline < 0) {
            System.gc();
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
        for (int i = 0; i < 10; i++) {
            PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
        }
    }

    private static String stackTrace(Throwable error) {
        StringWriter text = new StringWriter();
        error.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }
}
