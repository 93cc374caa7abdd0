package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.protocol.ApiCall;
import io.github.clickatellbalance.protocol.Session;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * One session for all calls of a client: the first call that needs it logs in, those that come meanwhile wait for the same
 * login, and the next call after its end logs in anew.
 */
final class SharedSession {
    private static final Logger LOG = Loggers.getLogger(BalanceClient.class);

    private final Mono<Lease> lease;
    private final Function<ApiCall<Balance>, Mono<Balance>> ask;
    private final Supplier<Scheduler> scheduler;

    SharedSession(Mono<Session> login, Function<ApiCall<Balance>, Mono<Balance>> ask, Supplier<Scheduler> scheduler) {
        this.ask = ask;
        this.scheduler = scheduler;
        // Below the cache, since a login that everybody has left is in nobody's context.
        this.lease = login.contextWrite(LateFailures.CONTEXT).map(Lease::new).cacheInvalidateIf(Lease::isOver);
    }

    /** Asks within the session, and once more within a new one if that one turns out to have ended. */
    Mono<Balance> balance() {
        return lease.flatMap(session -> session.ask().onErrorResume(session::isEndedBy, ended -> {
            LOG.debug("The session has ended, logging in anew: {}", ended.getMessage());
            session.end();
            return lease.flatMap(renewed -> renewed.ask().doOnError(failure -> failure.addSuppressed(ended)));
        }));
    }

    /** A session and when it was used last. Prints no secret, as Reactor may log it when nobody waits for it any more. */
    private final class Lease {
        private final Session session;
        private final Mono<Balance> balance;
        private volatile long usedAt;
        private volatile boolean hasEnded;

        private Lease(Session session) {
            this.session = session;
            this.balance = ask.apply(session.balance());
            this.usedAt = now();
        }

        private Mono<Balance> ask() {
            usedAt = now();
            return balance;
        }

        private boolean isEndedBy(Throwable failure) {
            return failure instanceof ClickatellException ours && session.isEndedBy(ours);
        }

        private void end() {
            hasEnded = true;
        }

        private boolean isOver() {
            return hasEnded || now() - usedAt >= session.maxIdle().toNanos();
        }

        private long now() {
            return scheduler.get().now(TimeUnit.NANOSECONDS);
        }
    }
}
