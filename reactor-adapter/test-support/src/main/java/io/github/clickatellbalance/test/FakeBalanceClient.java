package io.github.clickatellbalance.test;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceObserver;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;

/**
 * A client without a network, for unit tests. Each {@link #emit} and each {@link #fail} is the outcome of one request, in
 * this order; the last one repeats. Before the first one, the balance is 100.00. Thread-safe.
 *
 * <p>All else is the real client: {@link #poll} with its pauses, demand and {@link #close()}. A failure is the outcome of a
 * request with all its retries. Timers run on {@link Schedulers#parallel()}, looked up at each subscription, so time is
 * virtual with Reactor's {@code StepVerifier.withVirtualTime} or {@code VirtualTimeScheduler.getOrSet()}, {@link
 * Balance#retrievedAt()} included.
 */
public final class FakeBalanceClient implements BalanceClient {
    private final Queue<Supplier<Balance>> outcomes = new ArrayDeque<>();
    private Supplier<Balance> latest = credits("100.00");
    private long requests;

    private final BalanceClient client = BalanceClient.builder(BalanceApi.http(Credentials.of("fake", "fake", "fake")))
            .httpClient(HttpClient.newConnection()) // never used: it only avoids a pool
            .observer(new BalanceObserver() {
                @Override
                public Mono<Balance> call(Mono<Balance> call) {
                    return Mono.fromCallable(() -> next().get());
                }
            })
            .build();

    /** A client with a balance of 100.00. */
    public FakeBalanceClient() {}

    /**
     * Adds an outcome: a balance in credits.
     *
     * @param amount such as {@code 12.50}
     * @throws NumberFormatException if it is not a number
     */
    public void emit(String amount) {
        add(credits(amount));
    }

    /** Adds an outcome: a failure. All exceptions of this library have public constructors. */
    public void fail(ClickatellException failure) {
        Objects.requireNonNull(failure, "failure");
        add(() -> {
            throw failure;
        });
    }

    private static Supplier<Balance> credits(String amount) {
        BigDecimal credits = new BigDecimal(amount);
        return () -> new Balance(
                credits,
                Balance.CREDITS,
                Instant.ofEpochMilli(Schedulers.parallel().now(TimeUnit.MILLISECONDS)));
    }

    private synchronized void add(Supplier<Balance> outcome) {
        outcomes.add(outcome);
    }

    private synchronized Supplier<Balance> next() {
        requests++;
        Supplier<Balance> next = outcomes.poll();
        if (next != null) {
            latest = next;
        }
        return latest;
    }

    /** {@return the number of requests so far, those of polls and feeds included} */
    public synchronized long requests() {
        return requests;
    }

    @Override
    public Mono<Balance> balance() {
        return client.balance();
    }

    @Override
    public Flux<Balance> poll(Duration interval) {
        return client.poll(interval);
    }

    @Override
    public void close() {
        client.close();
    }
}
