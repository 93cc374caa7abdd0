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
import reactor.core.publisher.Hooks;

/**
 * Watches every test (registered in {@code META-INF/services}): none may lose an error to Reactor's global dropped-error
 * hook, and none may leak a buffer of Netty's. Leaks are read from Netty's log, since the listener for them is new in 4.2;
 * they come to light with a garbage collection, so they are charged to the test class.
 */
public final class CleanExtension implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    private static final Duration GC_PATIENCE = Duration.ofSeconds(10);
    private static final Queue<String> FOUND = new ConcurrentLinkedQueue<>();

    static {
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

    /** Fails with all that was found since it was last called. */
    static void check() {
        List<String> found = new ArrayList<>();
        for (String one; (one = FOUND.poll()) != null; ) {
            found.add(one);
        }
        if (!found.isEmpty()) {
            throw new AssertionError(String.join("\n", found));
        }
    }

    /** Netty tells of a leaked buffer when, after its collection, another one is allocated. */
    static void revealLeaks() {
        WeakReference<Object> collected = new WeakReference<>(new Object());
        long deadline = System.nanoTime() + GC_PATIENCE.toNanos();
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
