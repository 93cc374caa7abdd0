package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.protocol.Access;
import io.github.clickatellbalance.protocol.ApiCall;
import io.github.clickatellbalance.protocol.ApiRequest;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/** The promises of {@link BalanceClient}, on whatever carries a request. */
final class DefaultBalanceClient implements BalanceClient {
    private final Exchange exchange;
    private final String baseUrl;
    private final Duration attemptTimeout;
    private final RetryPolicy retry;
    private final int maxConsecutiveFailures;
    private final BalanceObserver observer;
    private final Supplier<Scheduler> scheduler;
    private final Sinks.Empty<Void> closing = Sinks.empty();
    private final Mono<Balance> balance;
    private volatile boolean isClosed;

    /** The base URL is for people: it names the place in the traces of failures. */
    DefaultBalanceClient(
            BalanceApi api,
            Exchange exchange,
            String baseUrl,
            Duration attemptTimeout,
            RetryPolicy retry,
            int maxConsecutiveFailures,
            BalanceObserver observer,
            Supplier<Scheduler> scheduler) {
        this.exchange = exchange;
        this.baseUrl = baseUrl;
        this.attemptTimeout = attemptTimeout;
        this.retry = retry;
        this.maxConsecutiveFailures = maxConsecutiveFailures;
        this.observer = observer;
        this.scheduler = scheduler;
        Mono<Balance> call = call(api.access());
        this.balance = Mono.defer(() -> isClosed ? Mono.error(new ClientClosedException()) : call);
    }

    @Override
    public Mono<Balance> balance() {
        return balance;
    }

    /** Assembled once for all subscriptions; what belongs to one of them is made when it subscribes. */
    private Mono<Balance> call(Access access) {
        Mono<Balance> answer = access instanceof Access.ByLogin byLogin
                ? new SharedSession(carried(byLogin.login(), login -> login), this::ask, scheduler).balance()
                : ask(((Access.Direct) access).balance());
        return answer.transform(observer::call)
                .onErrorMap(Failures::classify) // a scheduler that was shut down refuses the timer of a retry
                .takeUntilOther(closing.asMono())
                .switchIfEmpty(Mono.error(ClientClosedException::new))
                .contextWrite(LateFailures.CONTEXT);
    }

    private Mono<Balance> ask(ApiCall<Balance> question) {
        return carried(question, observer::attempt);
    }

    private <T> Mono<T> carried(ApiCall<T> call, UnaryOperator<Mono<T>> measured) {
        Mono<Long> deadline = Mono.defer(() -> Mono.delay(attemptTimeout, scheduler.get()));
        ApiRequest request = call.request();
        return exchange.send(request)
                .single()
                .timeout(deadline, Mono.error(this::deadlinePassed))
                .map(call::read)
                .onErrorMap(Failures::classify)
                .transform(measured)
                .retryWhen(retry.toRetry(scheduler))
                .checkpoint(request.method() + " " + baseUrl + request.path());
    }

    private ClickatellException deadlinePassed() {
        return new TransportException(
                "There was no complete reply within the attemptTimeout of " + attemptTimeout.toMillis()
                        + " ms: the gateway or the way there is slow or stalled",
                true,
                null);
    }

    @Override
    public Flux<Balance> poll(Duration interval) {
        PollSchedule.checkInterval(interval);
        return Flux.defer(() -> isClosed ? Flux.error(new ClientClosedException()) : polls(interval, scheduler.get()));
    }

    /**
     * Demand reaches each timer, and only a tick that was asked for becomes a poll: that is what {@code concatMap} without
     * prefetch does for a source that is not scalar. Each timer starts when the poll before it has completed.
     */
    private Flux<Balance> polls(Duration interval, Scheduler timers) {
        PollSchedule schedule = new PollSchedule(interval, maxConsecutiveFailures);
        Mono<Balance> poll = balance.doOnNext(schedule::succeeded).onErrorResume(schedule::failed);
        return Flux.defer(() -> Mono.delay(schedule.nextDelay(), timers).flux().concatMap(tick -> poll, 0))
                .repeat()
                .onErrorMap(Failures::classify)
                .takeUntilOther(closing.asMono())
                .onErrorComplete(ClientClosedException.class); // due between the two steps of close()
    }

    @Override
    public void close() {
        isClosed = true;
        closing.tryEmitEmpty();
        exchange.close();
    }
}
