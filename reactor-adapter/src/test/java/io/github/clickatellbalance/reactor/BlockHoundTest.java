package io.github.clickatellbalance.reactor;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** BlockHound is active on the threads of timers and on event loops: a blocking call of this library fails its tests. */
class BlockHoundTest {
    private static final Duration TIME_LIMIT = Duration.ofSeconds(30);

    @Test
    void a_blocking_call_on_a_timer_thread_is_detected() {
        Mono.just("value")
                .publishOn(Schedulers.parallel())
                .doOnNext(value -> LockSupport.parkNanos(1))
                .as(StepVerifier::create)
                .expectError(BlockingOperationError.class)
                .verify(TIME_LIMIT);
    }

    @Test
    @Tag("wire")
    void a_blocking_call_on_an_event_loop_is_detected() {
        try (FaultServer server = FaultServer.start(FaultServer.OK);
                BalanceClient client = server.client().build()) {
            client.balance()
                    .doOnNext(balance -> LockSupport.parkNanos(1))
                    .as(StepVerifier::create)
                    .expectError(BlockingOperationError.class)
                    .verify(TIME_LIMIT);
        }
    }
}
