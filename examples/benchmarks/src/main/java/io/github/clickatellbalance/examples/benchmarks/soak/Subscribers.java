package io.github.clickatellbalance.examples.benchmarks.soak;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.examples.benchmarks.soak.Findings.Violation;
import io.github.clickatellbalance.reactor.BalanceFeed;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** A thousand subscribers of one feed that come and go: quick ones, slow ones, some that block their thread, some that cancel at once. */
final class Subscribers {
    private static final int COUNT = 1_000;
    private static final int MAX_STAY_MILLIS = 20_000;
    private static final int MAX_SLOWNESS_MILLIS = 2_000;
    private static final int MAX_BLOCK_MILLIS = 300;
    /** The feed's own bound is 63. */
    private static final int MAX_BLOCKED = 32;

    private enum Kind {
        QUICK,
        SLOW,
        BLOCKING,
        BRIEF
    }

    private final BalanceFeed feed;
    private final AtomicLong amount;
    private final Findings findings;
    private final Random random;
    private final PriorityQueue<Subscriber> present =
            new PriorityQueue<>(Comparator.comparingLong((Subscriber subscriber) -> subscriber.leavesAt));
    private final Semaphore mayBlock = new Semaphore(MAX_BLOCKED);
    private long came;

    /** @param amount the last balance that the gateway has sent */
    Subscribers(BalanceFeed feed, AtomicLong amount, Findings findings, Random random) {
        this.feed = feed;
        this.amount = amount;
        this.findings = findings;
        this.random = random;
    }

    /** Cancels those that have stayed long enough, and subscribes others in their place. */
    void tick() {
        long now = System.nanoTime();
        while (!present.isEmpty() && present.element().leavesAt - now < 0) {
            present.remove().cancel();
        }
        while (present.size() < COUNT) {
            Subscriber next = new Subscriber(Kind.values()[random.nextInt(Kind.values().length)], now);
            came++;
            Flux<? extends BalanceSignal> signals =
                    random.nextBoolean() ? feed.signals() : feed.balances().map(BalanceSignal.Fresh::new);
            signals.subscribe(next);
            if (next.kind == Kind.BRIEF) {
                next.cancel();
            } else {
                present.add(next);
            }
        }
    }

    int count() {
        return present.size();
    }

    long came() {
        return came;
    }

    /** {@return how many do not have this balance yet} */
    long without(long newest) {
        return present.stream().filter(subscriber -> subscriber.last != newest).count();
    }

    void cancelAll() {
        present.forEach(Subscriber::cancel);
        present.clear();
    }

    private final class Subscriber extends BaseSubscriber<BalanceSignal> {
        private final Kind kind;
        private final long leavesAt;
        private volatile long last;

        Subscriber(Kind kind, long now) {
            this.kind = kind;
            this.leavesAt = now + TimeUnit.MILLISECONDS.toNanos(random.nextInt(MAX_STAY_MILLIS));
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            if (kind == Kind.SLOW) {
                request(1);
            } else {
                requestUnbounded();
            }
        }

        @Override
        protected void hookOnNext(BalanceSignal signal) {
            signal.lastKnown().ifPresent(this::check);
            if (kind == Kind.SLOW) {
                Schedulers.parallel()
                        .schedule(() -> request(1), random.nextInt(MAX_SLOWNESS_MILLIS), TimeUnit.MILLISECONDS);
            } else if (kind == Kind.BLOCKING && mayBlock.tryAcquire()) {
                try {
                    TimeUnit.MILLISECONDS.sleep(random.nextInt(MAX_BLOCK_MILLIS));
                } catch (InterruptedException e) {
                    findings.add(Violation.LOST_SUBSCRIBER, e);
                } finally {
                    mayBlock.release();
                }
            }
        }

        private void check(Balance balance) {
            long value = balance.amount().longValue();
            if (value < last || value > amount.get()) {
                findings.add(Violation.WRONG_BALANCE, balance + " at a subscriber, after " + last);
            }
            last = value;
        }

        @Override
        protected void hookOnError(Throwable failure) {
            findings.add(Violation.LOST_SUBSCRIBER, failure);
        }

        @Override
        protected void hookOnComplete() {
            findings.add(Violation.LOST_SUBSCRIBER, "completed");
        }
    }
}
