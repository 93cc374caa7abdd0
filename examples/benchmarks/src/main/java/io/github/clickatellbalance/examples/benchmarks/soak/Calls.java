package io.github.clickatellbalance.examples.benchmarks.soak;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.examples.benchmarks.soak.Findings.Violation;
import io.github.clickatellbalance.reactor.BalanceClient;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/** Calls of {@code balance()}, some alone and some at the same time; some are cancelled. Checks how each one ends. */
final class Calls {
    /** Three attempts, two pauses of Retry-After, and what a busy machine adds. */
    static final Duration DEADLINE = Duration.ofSeconds(18);

    private static final double SINGLES_PER_TICK = 0.25;
    private static final double BURSTS_PER_TICK = 0.02;
    private static final int CALLS_OF_BURST = 20;
    private static final double CANCELLED = 0.2;

    private final List<BalanceClient> clients;
    private final AtomicLong amount;
    private final Findings findings;
    private final Random random;
    private final Set<Call> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong balances = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong cancelled = new AtomicLong();
    private volatile int healthyPhase;

    /** @param amount the last balance that the gateway has sent */
    Calls(List<BalanceClient> clients, AtomicLong amount, Findings findings, Random random) {
        this.clients = clients;
        this.amount = amount;
        this.findings = findings;
        this.random = random;
    }

    /** Until the phase changes, calls that start from now on must succeed; none needs to in phase 0. */
    void mustSucceedIn(int phase) {
        healthyPhase = phase;
    }

    /** Starts some calls, cancels some, and looks for late ones. */
    void tick() {
        int started = (random.nextDouble() < SINGLES_PER_TICK ? 1 : 0)
                + (random.nextDouble() < BURSTS_PER_TICK ? CALLS_OF_BURST : 0);
        for (int i = 0; i < started; i++) {
            Call call = new Call();
            open.add(call);
            clients.get(random.nextInt(clients.size())).balance().subscribe(call);
        }
        check();
    }

    /** Cancels those whose time it is, and looks for late ones. */
    void check() {
        long now = System.nanoTime();
        open.forEach(call -> call.cancelIfDue(now));
        open.forEach(call -> {
            if (call.isLate(now)) {
                call.end(failures);
            }
        });
    }

    int open() {
        return open.size();
    }

    long succeeded() {
        return balances.get();
    }

    @Override
    public String toString() {
        return "calls: %,d balances, %,d failures, %,d cancelled, %d open"
                .formatted(balances.get(), failures.get(), cancelled.get(), open.size());
    }

    /** Not a {@code BaseSubscriber}: that one itself drops a failure that comes at the moment of its cancel. */
    private final class Call implements CoreSubscriber<Balance> {
        private final long startedAt = System.nanoTime();
        private final long cancelAt =
                startedAt + (random.nextDouble() < CANCELLED ? random.nextInt(200) * 1_000_000L : Long.MAX_VALUE / 2);
        private final long amountBefore = amount.get();
        private final int phase = healthyPhase;
        private volatile @Nullable Subscription subscription;
        private @Nullable Balance balance;

        @Override
        public void onSubscribe(Subscription subscription) {
            this.subscription = subscription;
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(Balance value) {
            if (balance != null) {
                findings.add(Violation.WRONG_END, "two balances: " + balance + ", " + value);
            }
            balance = value;
            BigDecimal sent = value.amount();
            if (sent.longValue() < amountBefore || sent.longValue() > amount.get()) {
                findings.add(Violation.WRONG_BALANCE, value + " in a call, after " + amountBefore);
            }
        }

        @Override
        public void onComplete() {
            if (balance == null) {
                findings.add(Violation.WRONG_END, "completed without a balance");
            }
            end(balances);
        }

        @Override
        public void onError(Throwable failure) {
            if (balance != null || !(failure instanceof ClickatellException)) {
                findings.add(Violation.WRONG_END, failure);
            }
            if (open.contains(this) && phase != 0 && phase == healthyPhase) {
                findings.add(Violation.FAILED_WHILE_HEALTHY, failure);
            }
            end(failures);
        }

        private void cancelIfDue(long now) {
            Subscription current = subscription;
            if (current != null && now - cancelAt > 0) {
                if (open.remove(this)) {
                    cancelled.incrementAndGet();
                }
                current.cancel();
            }
        }

        private boolean isLate(long now) {
            return now - startedAt > DEADLINE.toNanos();
        }

        private void end(AtomicLong count) {
            if (open.remove(this)) {
                count.incrementAndGet();
                if (isLate(System.nanoTime())) {
                    findings.add(Violation.LATE_CALL, "no end after " + DEADLINE);
                }
            }
        }
    }
}
