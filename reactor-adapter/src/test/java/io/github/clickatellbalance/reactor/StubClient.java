package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.MalformedReplyException;
import io.github.clickatellbalance.TransportException;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A client with prepared outcomes, in virtual time. The last outcome repeats. It records the time of each poll. */
final class StubClient implements BalanceClient {
    final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    final Clock clock = new VirtualClock();

    private final Deque<Mono<Balance>> outcomes = new ArrayDeque<>();
    private final List<Duration> polledAt = new ArrayList<>();
    private int inFlight;
    private int mostInFlight;
    private int cancelled;
    private int counted;

    /** The time of the scheduler, which starts at zero. */
    private final class VirtualClock extends Clock {
        @Override
        public Instant instant() {
            return Instant.EPOCH.plusNanos(time.now(TimeUnit.NANOSECONDS));
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    }

    /** Adds the outcome of one more poll. */
    StubClient outcome(Mono<Balance> outcome) {
        outcomes.add(outcome);
        return this;
    }

    StubClient outcome(int times, Mono<Balance> outcome) {
        for (int i = 0; i < times; i++) {
            outcomes.add(outcome);
        }
        return this;
    }

    /** Replaces all outcomes that are left. */
    StubClient outcomeFromNow(Mono<Balance> outcome) {
        outcomes.clear();
        return outcome(outcome);
    }

    /** One credit, then two, and so on. */
    Mono<Balance> counting() {
        return Mono.fromSupplier(() -> balance(String.valueOf(++counted)));
    }

    /** The same, each after a delay. */
    Mono<Balance> counting(Duration delay) {
        return Mono.delay(delay, time).then(counting());
    }

    Mono<Balance> credits(String amount) {
        return Mono.fromSupplier(() -> balance(amount));
    }

    static Mono<Balance> outage() {
        return Mono.error(() -> new TransportException("The connection was refused", true, null));
    }

    static Mono<Balance> maintenancePage() {
        return Mono.error(() -> new MalformedReplyException("it is HTML", "<html>Down for maintenance"));
    }

    static Mono<Balance> refusal() {
        return Mono.error(() -> new ApiErrorException("001", "Authentication failed", "Check it", false, null));
    }

    private Balance balance(String amount) {
        return new Balance(new BigDecimal(amount), Balance.CREDITS, clock.instant());
    }

    @Override
    public Mono<Balance> balance() {
        return Mono.defer(() -> {
            polledAt.add(now());
            mostInFlight = Math.max(mostInFlight, ++inFlight);
            Mono<Balance> outcome = outcomes.size() > 1 ? outcomes.remove() : outcomes.element();
            return outcome.doFinally(end -> {
                inFlight--;
                cancelled += end == SignalType.CANCEL ? 1 : 0;
            });
        });
    }

    @Override
    public Flux<Balance> poll(Duration interval) {
        throw new UnsupportedOperationException("A feed uses only balance()");
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("A feed does not close the client");
    }

    /** The start of each poll. */
    List<Duration> polledAt() {
        return polledAt;
    }

    int polls() {
        return polledAt.size();
    }

    int inFlight() {
        return inFlight;
    }

    int mostInFlight() {
        return mostInFlight;
    }

    int cancelled() {
        return cancelled;
    }

    Duration now() {
        return Duration.ofNanos(time.now(TimeUnit.NANOSECONDS));
    }
}
