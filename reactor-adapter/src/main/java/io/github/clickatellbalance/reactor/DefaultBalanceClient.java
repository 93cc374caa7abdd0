package io.github.clickatellbalance.reactor;

import static java.util.Objects.requireNonNull;

import io.github.clickatellbalance.ApiCall;
import io.github.clickatellbalance.ApiRequest;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.Session;
import io.github.clickatellbalance.TransportException;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Calls, retries, deadlines and polls, over any {@link Exchange} and any {@link BalanceApi}. */
final class DefaultBalanceClient implements BalanceClient {
    private final Exchange exchange;
    private final String baseUrl;
    private final Duration attemptTimeout;
    private final RetryPolicy retry;
    private final @Nullable BalanceObserver observer;
    private final Supplier<Scheduler> scheduler;
    private final CloseSignal closing = new CloseSignal();
    private final Mono<Balance> balance;

    /** The base URL is only shown: it names the place in the traces of failures. */
    DefaultBalanceClient(
            BalanceApi api,
            Exchange exchange,
            String baseUrl,
            Duration attemptTimeout,
            RetryPolicy retry,
            @Nullable BalanceObserver observer,
            Supplier<Scheduler> scheduler) {
        this.exchange = exchange;
        this.baseUrl = baseUrl;
        this.attemptTimeout = attemptTimeout;
        this.retry = retry;
        this.observer = observer;
        this.scheduler = scheduler;
        Mono<Balance> call = call(api);
        this.balance = Mono.defer(() -> closing.isClosed() ? Mono.error(new ClientClosedException()) : call);
    }

    @Override
    public Mono<Balance> balance() {
        return balance;
    }

    /** Assembled once for all subscriptions. */
    private Mono<Balance> call(BalanceApi api) {
        ApiCall<Session> login = api.login();
        Mono<Balance> call = login == null
                ? attempts(requireNonNull(api.balance()), this::observedAttempt)
                : new SharedSession(
                                attempts(login, UnaryOperator.identity()),
                                balance -> attempts(balance, this::observedAttempt),
                                scheduler)
                        .balance()
                        .onErrorMap(Failures::classify); // of a session that cannot be sent
        return observedCall(call).contextWrite(DroppedErrors::ofCall);
    }

    private <T> Mono<T> attempts(ApiCall<T> call, UnaryOperator<Mono<T>> observed) {
        ApiRequest request = call.request();
        Mono<T> attempt = exchange.send(request)
                .single() // emits when the exchange is complete, and its connection is free for the next call
                .timeout(closing.timer(attemptTimeout, scheduler), Mono.error(() -> deadlinePassed(request)))
                .map(call::read);
        return retry.apply(observed.apply(attempt), this::pause, request.method() + " " + baseUrl + request.path());
    }

    private Mono<?> pause(Duration duration) {
        return Mono.delay(duration, scheduler.get())
                .onErrorMap(Failures::classify)
                .takeUntilOther(closing.mono())
                .switchIfEmpty(Mono.error(ClientClosedException::new));
    }

    // With an observer, further operators repair what it may break. Without one, a call does not pay for them.

    private Mono<Balance> observedAttempt(Mono<Balance> attempt) {
        return observer == null
                ? attempt
                : observer.attempt(attempt.onErrorMap(Failures::ofExchange)).onErrorMap(Failures::classify);
    }

    private Mono<Balance> observedCall(Mono<Balance> call) {
        return observer == null
                ? call
                : observer.call(call)
                        .switchIfEmpty(Mono.error(DefaultBalanceClient::observerWithoutValue))
                        .onErrorMap(Failures::classify)
                        .takeUntilOther(closing.mono())
                        .switchIfEmpty(Mono.error(ClientClosedException::new));
    }

    private static ClickatellException observerWithoutValue() {
        return new TransportException(
                "The BalanceObserver completed without the value: it must pass on values", false, null);
    }

    private ClickatellException deadlinePassed(ApiRequest request) {
        return new TransportException(
                "There was no complete reply within the attemptTimeout of " + attemptTimeout.toMillis() + " ms to "
                        + request + ": the gateway or the network is slow or stalled",
                true,
                null);
    }

    @Override
    public Flux<Balance> poll(Duration interval) {
        Backoff.checkedInterval(interval);
        return Flux.defer(() -> closing.isClosed()
                ? Flux.error(new ClientClosedException())
                : PollSchedule.polls(balance, interval, scheduler.get()).takeUntilOther(closing.mono()));
    }

    @Override
    public void close() {
        try {
            closing.close();
        } finally {
            exchange.close();
        }
    }
}
