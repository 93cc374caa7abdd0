package io.github.clickatellbalance.examples.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.test.StandInGateway;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.DoublePredicate;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Two thousand browsers on one application. */
class ManyStreamsTest {
    private static final int STREAMS = 2_000;
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    @Test
    void two_thousand_streams_cause_one_request_in_an_interval_and_leave_nothing_behind() throws IOException {
        try (StandInGateway gateway = StandInGateway.start();
                RunningApplication application = RunningApplication.against(gateway, "--clickatell.interval=1s")) {
            List<BrowserStream> browsers = BrowserStream.open(application.port(), STREAMS);
            await(application, streams -> streams == STREAMS);

            long requests = gateway.requests();
            long start = System.nanoTime();
            for (BrowserStream browser : browsers) {
                browser.readUntil("fresh");
            }
            Mono.delay(Duration.ofSeconds(3)).block();
            long seconds = Duration.ofNanos(System.nanoTime() - start).toSeconds();
            assertThat(gateway.requests() - requests).isBetween(2L, seconds + 2);

            for (int i = 0; i < STREAMS; i++) {
                if (i % 2 == 0) {
                    browsers.get(i).reset();
                } else {
                    browsers.get(i).close();
                }
            }
            await(application, streams -> streams == 0);
        }
    }

    private static void await(RunningApplication application, DoublePredicate condition) {
        MeterRegistry meters = application.bean(MeterRegistry.class);
        Mono.fromSupplier(() -> meters.get("clickatell.balance.streams").gauge().value())
                .repeatWhen(again -> again.delayElements(Duration.ofMillis(50)))
                .takeUntil(condition::test)
                .blockLast(TIMEOUT);
    }
}
