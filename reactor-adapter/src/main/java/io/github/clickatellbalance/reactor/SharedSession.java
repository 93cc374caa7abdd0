package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.ApiCall;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.Session;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * One session for all calls of a client. The first call logs in, concurrent calls wait for the same login, and the first
 * call after the end of the session logs in again.
 */
final class SharedSession {
    private static final Logger LOG = Loggers.getLogger(BalanceClient.class);

    private final Mono<Lease> lease;
    private final Function<ApiCall<Balance>, Mono<Balance>> exchange;
    private final Supplier<Scheduler> scheduler;

    SharedSession(
            Mono<Session> login, Function<ApiCall<Balance>, Mono<Balance>> exchange, Supplier<Scheduler> scheduler) {
        this.exchange = exchange;
        this.scheduler = scheduler;
        this.lease = login
                // Below the cache: the subscriber whose context a shared login has may be gone.
                .contextWrite(DroppedErrors::ofCall)
                .map(Lease::new)
                .cacheInvalidateIf(Lease::isOver);
    }

    /** Sends the balance request in the session, and once more in a new session if the first one has ended. */
    Mono<Balance> balance() {
        return lease.flatMap(first -> first.exchange().onErrorResume(first.session::isEndedBy, end -> {
            LOG.debug("The session has ended, logging in again: {}", end.getMessage());
            first.hasEnded = true;
            return lease.flatMap(Lease::exchange).doOnError(failure -> first.suppressEnd(end, failure));
        }));
    }

    /** A session and its last use. Prints no secret, as Reactor may log it when no call waits for it any more. */
    private final class Lease {
        private final Session session;
        private final Mono<Balance> balance;
        private volatile long usedAt;
        private volatile boolean hasEnded;

        private Lease(Session session) {
            this.session = session;
            this.balance = exchange.apply(session.balance());
            this.usedAt = now();
        }

        private Mono<Balance> exchange() {
            usedAt = now();
            return balance;
        }

        /** At most once: all calls that wait for the next login get the same failure object. */
        private void suppressEnd(Throwable end, Throwable failure) {
            if (end != failure && Stream.of(failure.getSuppressed()).noneMatch(session::isEndedBy)) {
                failure.addSuppressed(end);
            }
        }

        private boolean isOver() {
            return hasEnded || now() - usedAt >= session.maxIdle().toNanos();
        }

        private long now() {
            return scheduler.get().now(TimeUnit.NANOSECONDS);
        }
    }
}
