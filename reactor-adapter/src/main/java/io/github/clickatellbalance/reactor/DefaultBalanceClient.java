package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.TransportException;
import java.time.Duration;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/** The promises of {@link BalanceClient}, on whatever carries a request. */
final class DefaultBalanceClient implements BalanceClient {
    private final BalanceApi api;
    private final Exchange exchange;
    private final String url;
    private final Duration attemptTimeout;
    private final RetryPolicy retry;
    private final int maxConsecutiveFailures;
    private final Supplier<Scheduler> scheduler;
    private final Sinks.Empty<Void> closing = Sinks.empty();
    private volatile boolean isClosed;

    /** The URL is for people: it names the place in the traces of failures. */
    DefaultBalanceClient(
            BalanceApi api,
            Exchange exchange,
            String url,
            Duration attemptTimeout,
            RetryPolicy retry,
            int maxConsecutiveFailures,
            Supplier<Scheduler> scheduler) {
        this.api = api;
        this.exchange = exchange;
        this.url = url;
        this.attemptTimeout = attemptTimeout;
        this.retry = retry;
        this.maxConsecutiveFailures = maxConsecutiveFailures;
        this.scheduler = scheduler;
    }

    @Override
    public Mono<Balance> balance() {
        return Mono.defer(() -> isClosed ? Mono.error(new ClientClosedException()) : request(scheduler.get()));
    }

    private Mono<Balance> request(Scheduler timers) {
        return exchange.send(api.request())
                .timeout(attemptTimeout, Mono.error(this::deadlinePassed), timers)
                .map(api::read)
                .onErrorMap(Failures::classify)
                .retryWhen(retry.toRetry(timers))
                .takeUntilOther(closing.asMono())
                .switchIfEmpty(Mono.error(ClientClosedException::new))
                .checkpoint("balance request to " + url);
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
        Mono<Balance> poll = balance().doOnNext(schedule::succeeded).onErrorResume(schedule::failed);
        return Flux.defer(() -> Mono.delay(schedule.nextDelay(), timers).flux().concatMap(tick -> poll, 0))
                .repeat()
                .takeUntilOther(closing.asMono());
    }

    @Override
    public void close() {
        isClosed = true;
        closing.tryEmitEmpty();
        exchange.close();
    }
}
