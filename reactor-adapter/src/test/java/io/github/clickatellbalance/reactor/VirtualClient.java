package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.BalanceApi;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.test.subscriber.TestSubscriber;

/** A client over a stubbed exchange, in virtual time that begins at zero. */
final class VirtualClient {
    final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    final StubExchange exchange = new StubExchange(time);
    BalanceApi api = Protocol.HTTP.api();
    Scheduler scheduler = time;
    Duration attemptTimeout = Duration.ofSeconds(10);
    RetryPolicy retry = RetryPolicy.none();
    int maxConsecutiveFailures = Integer.MAX_VALUE;
    BalanceObserver observer = new BalanceObserver() {};

    BalanceClient build() {
        return build(api, exchange);
    }

    BalanceClient build(BalanceApi api, Exchange exchange) {
        return new DefaultBalanceClient(
                api,
                exchange,
                api.defaultBaseUrl(),
                attemptTimeout,
                retry,
                maxConsecutiveFailures,
                observer,
                () -> scheduler);
    }

    void advance(Duration duration) {
        time.advanceTimeBy(duration);
    }

    /** A subscriber with that demand; everything due at once has happened. */
    <T> TestSubscriber<T> subscribe(Flux<T> flux, long demand) {
        TestSubscriber<T> subscriber =
                TestSubscriber.builder().initialRequest(demand).build();
        flux.subscribe(subscriber);
        advance(Duration.ZERO);
        return subscriber;
    }

    <T> TestSubscriber<T> subscribe(Flux<T> flux) {
        return subscribe(flux, Long.MAX_VALUE);
    }
}
