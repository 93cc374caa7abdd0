package io.github.clickatellbalance.reactor;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** That BlockHound is on, where timers run and where replies arrive: blocking in this library would fail its tests. */
class BlockHoundTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void blocking_a_timer_thread_is_found_out() {
        Mono.just("value")
                .publishOn(Schedulers.parallel())
                .doOnNext(value -> LockSupport.parkNanos(1))
                .as(StepVerifier::create)
                .expectError(BlockingOperationError.class)
                .verify(PATIENCE);
    }

    @Test
    @Tag("wire")
    void blocking_an_event_loop_is_found_out() {
        try (FaultServer server = FaultServer.start(FaultServer.OK);
                BalanceClient client = server.client().build()) {
            client.balance()
                    .doOnNext(balance -> LockSupport.parkNanos(1))
                    .as(StepVerifier::create)
                    .expectError(BlockingOperationError.class)
                    .verify(PATIENCE);
        }
    }
}
