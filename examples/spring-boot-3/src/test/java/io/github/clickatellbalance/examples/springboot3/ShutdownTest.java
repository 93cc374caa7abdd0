package io.github.clickatellbalance.examples.springboot3;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.test.StandInGateway;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A class of its own: an application that ends takes Reactor Netty's shared threads with it. */
class ShutdownTest {
    private static final long TIMEOUT_SECONDS = 30;

    /** With the feed still open, the web server would wait for the stream for 30 seconds. */
    @Test
    void an_open_stream_completes_and_does_not_delay_the_shutdown() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CompletableFuture<String> end = new CompletableFuture<>();
        try (StandInGateway gateway = StandInGateway.start();
                RunningApplication application = new RunningApplication(gateway)) {
            application.stream()
                    .subscribe(event -> first.countDown(), end::completeExceptionally, () -> end.complete("completed"));
            assertThat(first.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();

            long start = System.nanoTime();
            application.context().close();
            Duration took = Duration.ofNanos(System.nanoTime() - start);

            assertThat(took).isLessThan(Duration.ofSeconds(5));
            assertThat(end.get(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isEqualTo("completed");
        }
    }
}
