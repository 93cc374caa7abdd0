package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.BalanceApi;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.test.subscriber.TestSubscriber;

/** A client over a stubbed exchange, in virtual time. The time starts at zero. */
final class VirtualClient {
    final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    final StubExchange exchange = new StubExchange(time);
    BalanceApi api = Protocol.HTTP.api();
    Scheduler scheduler = time;
    Duration attemptTimeout = Duration.ofSeconds(10);
    RetryPolicy retry = RetryPolicy.none();

    @Nullable
    BalanceObserver observer;

    BalanceClient build() {
        return build(api, exchange);
    }

    BalanceClient build(BalanceApi api, Exchange exchange) {
        return new DefaultBalanceClient(
                api, exchange, api.defaultBaseUrl(), attemptTimeout, retry, observer, () -> scheduler);
    }

    void advance(Duration duration) {
        time.advanceTimeBy(duration);
    }

    /** Subscribes with this demand, and runs the tasks that are due at once. */
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
