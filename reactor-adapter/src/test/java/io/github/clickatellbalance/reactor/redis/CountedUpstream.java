package io.github.clickatellbalance.reactor.redis;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.reactor.BalanceClient;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/** A client without a gateway. The n-th poll has the balance n. */
final class CountedUpstream implements BalanceClient {
    private final AtomicInteger polls = new AtomicInteger();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger mostInFlight = new AtomicInteger();
    private final Duration time;
    private volatile boolean isClosed;

    CountedUpstream(Duration time) {
        this.time = time;
    }

    @Override
    public Mono<Balance> balance() {
        return Mono.defer(() -> {
            int number = polls.incrementAndGet();
            mostInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
            return Mono.delay(time)
                    .map(any -> new Balance(new BigDecimal(number), Balance.CREDITS, Instant.now()))
                    .doFinally(any -> inFlight.decrementAndGet());
        });
    }

    int polls() {
        return polls.get();
    }

    int inFlight() {
        return inFlight.get();
    }

    int mostInFlight() {
        return mostInFlight.get();
    }

    boolean isClosed() {
        return isClosed;
    }

    @Override
    public void close() {
        isClosed = true;
    }
}
