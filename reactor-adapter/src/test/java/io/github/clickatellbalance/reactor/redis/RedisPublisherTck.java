package io.github.clickatellbalance.reactor.redis;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.reactor.BalanceClient;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import reactor.blockhound.BlockHound;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/** The rules of Reactive Streams, by the TCK (for TestNG), over the twin of Redis and a gateway that reply at once. */
abstract class RedisPublisherTck<T> extends PublisherVerification<T> {
    private static final long TIMEOUT_MILLIS = 5_000;
    private static final long NO_SIGNAL_MILLIS = 20;
    /** The interval at which the TCK checks for an expected failure. By default it waits for the whole timeout. */
    private static final long POLL_MILLIS = 20;

    static final Duration INTERVAL = Duration.ofMinutes(1);

    static {
        BlockHound.install(); // CleanExtension does this only for JUnit
    }

    RedisPublisherTck() {
        super(new TestEnvironment(TIMEOUT_MILLIS, NO_SIGNAL_MILLIS, POLL_MILLIS));
    }

    abstract Publisher<T> publisher(RedisBalanceClient client, long elements);

    @Override
    public final Publisher<T> createPublisher(long elements) {
        return publisher(client(history(elements)), elements);
    }

    @Override
    public @Nullable Publisher<T> createFailedPublisher() {
        RedisBalanceClient closed = client(0);
        closed.close();
        return publisher(closed, 1);
    }

    /** How many balances Redis has before. */
    long history(long elements) {
        return 0;
    }

    static Balance balance(long amount) {
        return new Balance(BigDecimal.valueOf(amount), Balance.CREDITS, Instant.EPOCH);
    }

    /** The time of the twin stands still: after the first poll, each call has that balance. */
    private static RedisBalanceClient client(long history) {
        AtomicLong polls = new AtomicLong();
        VirtualTimeScheduler time = VirtualTimeScheduler.create();
        MemoryFleet fleet = new MemoryFleet(
                new MemoryFleet.Store(time), Pauses.of(INTERVAL), Clock.systemUTC(), new SimulatedProcess(time));
        for (int i = 0; i < history; i++) {
            Outcome outcome = Outcome.of(balance(i));
            fleet.acquire("history", null)
                    .then(fleet.publish("history", outcome, INTERVAL))
                    .block();
        }
        BalanceClient gateway = new BalanceClient() {
            @Override
            public Mono<Balance> balance() {
                return Mono.fromSupplier(() -> RedisPublisherTck.balance(polls.incrementAndGet()));
            }

            @Override
            public void close() {}
        };
        return new RedisBalanceClient(
                gateway,
                fleet,
                INTERVAL,
                Duration.ofSeconds(1),
                Schedulers::parallel,
                Schedulers::immediate,
                System::nanoTime);
    }
}
