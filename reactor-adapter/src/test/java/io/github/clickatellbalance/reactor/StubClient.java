package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
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
import reactor.test.scheduler.VirtualTimeScheduler;

/** A client that answers as it was told, the last answer again and again, and keeps a record; in virtual time. */
final class StubClient implements BalanceClient {
    final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    final Clock clock = new VirtualClock();

    private final Deque<Mono<Balance>> answers = new ArrayDeque<>();
    private final List<Duration> askedAt = new ArrayList<>();
    private int inFlight;
    private int mostInFlight;
    private int cancelled;
    private int counted;

    /** Of the time of the scheduler, which begins at zero. */
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

    StubClient answer(Mono<Balance> answer) {
        answers.add(answer);
        return this;
    }

    StubClient answer(int times, Mono<Balance> answer) {
        for (int i = 0; i < times; i++) {
            answers.add(answer);
        }
        return this;
    }

    /** From here on nothing but this. */
    StubClient nowAnswer(Mono<Balance> answer) {
        answers.clear();
        return answer(answer);
    }

    /** One credit the first time, then two, and so on. */
    Mono<Balance> counting() {
        return Mono.fromSupplier(() -> balance(String.valueOf(++counted)));
    }

    Mono<Balance> credits(String amount) {
        return Mono.fromSupplier(() -> balance(amount));
    }

    static Mono<Balance> outage() {
        return Mono.error(() -> new TransportException("The connection was refused", true, null));
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
            askedAt.add(now());
            mostInFlight = Math.max(mostInFlight, ++inFlight);
            Mono<Balance> answer = answers.size() > 1 ? answers.remove() : answers.element();
            return answer.doOnCancel(() -> cancelled++).doFinally(end -> inFlight--);
        });
    }

    @Override
    public Flux<Balance> poll(Duration interval) {
        throw new UnsupportedOperationException("A feed needs nothing but balance()");
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("The client is the application's");
    }

    List<Duration> askedAt() {
        return askedAt;
    }

    int asked() {
        return askedAt.size();
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
