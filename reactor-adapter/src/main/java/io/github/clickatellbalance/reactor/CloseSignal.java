package io.github.clickatellbalance.reactor;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;

/**
 * Ends each subscriber when its owner is closed. Subscribing and cancelling cost the same with one subscriber and with
 * thousands; Reactor's sinks copy an array of all subscribers each time.
 */
final class CloseSignal {
    private final Set<Runnable> subscribers = ConcurrentHashMap.newKeySet();
    private final Mono<Void> mono = Mono.create(sink -> add(sink, sink::success, () -> {}));
    private volatile boolean isClosed;

    /** Completes when the owner is closed. */
    Mono<Void> mono() {
        return mono;
    }

    /**
     * Completes when the time is over; fails when the owner is closed. One sink for both, since each call has one.
     */
    Mono<Void> timer(Duration time, Supplier<Scheduler> timers) {
        long nanos = time.toNanos();
        return Mono.create(sink -> {
            try {
                Disposable timer = timers.get().schedule(sink::success, nanos, TimeUnit.NANOSECONDS);
                add(sink, () -> sink.error(new ClientClosedException()), timer);
            } catch (RejectedExecutionException e) {
                sink.error(Failures.classify(e));
            }
        });
    }

    private void add(MonoSink<Void> sink, Runnable onClose, Disposable timer) {
        subscribers.add(onClose);
        sink.onDispose(() -> {
            timer.dispose();
            subscribers.remove(onClose);
        });
        if (isClosed) {
            onClose.run();
        }
    }

    boolean isClosed() {
        return isClosed;
    }

    void close() {
        isClosed = true;
        subscribers.forEach(Runnable::run);
    }
}
