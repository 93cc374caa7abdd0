package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.test.subscriber.TestSubscriber;

/** The signal that ends all calls when their client is closed. */
class CloseSignalTest {
    private static final int CALLS = 10_000;

    private final CloseSignal signal = new CloseSignal();

    private Set<?> subscribers() {
        return (Set<?>) assertThat(signal).extracting("subscribers").actual();
    }

    private TestSubscriber<Void> subscribe() {
        TestSubscriber<Void> subscriber = TestSubscriber.create();
        signal.mono().subscribe(subscriber);
        return subscriber;
    }

    @Test
    void close_completes_all_subscribers_and_keeps_none() {
        List<TestSubscriber<Void>> subscribed =
                IntStream.range(0, CALLS).mapToObj(call -> subscribe()).toList();
        assertThat(subscribers()).hasSize(CALLS);
        assertThat(subscribed).noneMatch(TestSubscriber::isTerminated);
        signal.close();

        assertThat(subscribed).allMatch(TestSubscriber::isTerminatedComplete);
        assertThat(subscribers()).isEmpty();
    }

    @Test
    void a_cancelled_subscriber_is_not_kept() {
        TestSubscriber<Void> other = subscribe();
        for (int call = 0; call < CALLS; call++) {
            subscribe().cancel();
        }
        assertThat(subscribers()).hasSize(1);
        other.cancel();

        assertThat(subscribers()).isEmpty();
    }

    @Test
    void a_subscriber_after_close_completes_at_once_and_is_not_kept() {
        signal.close();
        signal.close();

        assertThat(subscribe().isTerminatedComplete()).isTrue();
        assertThat(subscribers()).isEmpty();
        assertThat(signal.isClosed()).isTrue();
    }

    @Test
    void close_completes_subscribers_of_other_threads_that_subscribe_at_the_same_time() throws InterruptedException {
        int threads = 4;
        CountDownLatch completed = new CountDownLatch(threads * CALLS);
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            for (int thread = 0; thread < threads; thread++) {
                executor.execute(() -> {
                    for (int call = 0; call < CALLS; call++) {
                        Disposable cancelled = signal.mono().subscribe();
                        signal.mono().subscribe(any -> {}, error -> {}, completed::countDown);
                        cancelled.dispose();
                    }
                });
            }
            signal.close();
            assertThat(completed.await(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            executor.shutdown();
        }
        assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(subscribers()).isEmpty();
    }

    @Test
    void close_completes_ten_thousand_calls_and_polls_in_flight() {
        VirtualClient virtual = new VirtualClient();
        virtual.exchange.respond(Mono.never());
        BalanceClient client = virtual.build();
        List<? extends TestSubscriber<?>> calls = IntStream.range(0, CALLS)
                .mapToObj(call ->
                        virtual.subscribe(call % 2 == 0 ? client.balance().flux() : client.poll(Duration.ofMinutes(1))))
                .toList();
        assertThat(virtual.exchange.inFlight()).isEqualTo(CALLS);
        client.close();

        for (int call = 0; call < CALLS; call++) {
            TestSubscriber<?> subscriber = calls.get(call);
            assertThat(call % 2 == 0 ? subscriber.isTerminatedError() : subscriber.isTerminatedComplete())
                    .isTrue();
        }
        assertThat(virtual.exchange.inFlight()).isZero();
        assertThat((Set<?>) assertThat(client).extracting("closing.subscribers").actual())
                .isEmpty();
    }
}
