package io.github.clickatellbalance.examples.webflux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoublePredicate;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Two thousand browsers, as bare sockets, on one application. */
class ManyStreamsTest {
    private static final int STREAMS = 2_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Test
    void two_thousand_streams_cause_one_request_in_an_interval_and_leave_nothing_behind() throws IOException {
        try (TestGateway gateway = new TestGateway();
                RunningApplication application = RunningApplication.against(gateway, "--clickatell.interval=1s")) {
            List<SocketChannel> browsers = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                browsers.add(open(application.port()));
            }
            await(application, streams -> streams == STREAMS);

            int requests = gateway.requests();
            long start = System.nanoTime();
            for (SocketChannel browser : browsers) {
                readUntilEvent(browser);
            }
            Mono.delay(Duration.ofSeconds(3)).block();
            long seconds = Duration.ofNanos(System.nanoTime() - start).toSeconds();
            assertThat(gateway.requests() - requests).isBetween(2, (int) seconds + 2);

            for (int i = 0; i < STREAMS; i++) {
                if (i % 2 == 0) {
                    browsers.get(i).setOption(StandardSocketOptions.SO_LINGER, 0); // RST instead of FIN
                }
                browsers.get(i).close();
            }
            await(application, streams -> streams == 0);
        }
    }

    private static SocketChannel open(int port) throws IOException {
        SocketChannel browser = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        String request = "GET /api/balance/stream HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
        browser.write(ByteBuffer.wrap(request.getBytes(US_ASCII)));
        return browser;
    }

    private static void readUntilEvent(SocketChannel browser) throws IOException {
        StringBuilder read = new StringBuilder();
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        while (read.indexOf("event:fresh") < 0) {
            assertThat(browser.read(buffer)).isPositive();
            read.append(US_ASCII.decode(buffer.flip()));
            buffer.clear();
        }
    }

    private static void await(RunningApplication application, DoublePredicate condition) {
        MeterRegistry meters = application.bean(MeterRegistry.class);
        Mono.fromSupplier(() -> meters.get("clickatell.balance.streams").gauge().value())
                .repeatWhen(again -> again.delayElements(Duration.ofMillis(50)))
                .takeUntil(condition::test)
                .blockLast(PATIENCE);
    }
}
