package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.FaultServer.BALANCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.reactor.FaultServer.Script;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Connections, threads and memory: none is lost, none is left, whatever a server, the calls or the process do. */
@Tag("wire")
class ResourcesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration KEEP_ALIVE = Duration.ofMillis(10);
    private static final RetryPolicy TWO_RETRIES = RetryPolicy.backoff(2, Duration.ofMillis(1), Duration.ofMillis(1));

    // The pool

    static Stream<Arguments> ends_of_keep_alive() {
        Script answers = peer -> {
            peer.readRequest().write(BALANCE); // a TLS handshake may take longer than that keep-alive
            while (true) {
                peer.patience(KEEP_ALIVE).readRequest().write(BALANCE);
            }
        };
        Script resets = peer -> {
            try {
                answers.play(peer);
            } catch (SocketTimeoutException e) {
                peer.reset();
            }
        };
        return Stream.of(
                arguments(named("FIN", FaultServer.start(answers))),
                arguments(named("RST", FaultServer.start(resets))),
                arguments(named("TLS, FIN", FaultServer.startTls(TestCertificate.GOOD, answers))),
                arguments(named("TLS, RST", FaultServer.startTls(TestCertificate.GOOD, resets))));
    }

    /** A poll is the worst case: its pause is constant, and may be just what the server waits (reactor-netty issue 1764). */
    @ParameterizedTest
    @MethodSource("ends_of_keep_alive")
    void no_call_fails_that_comes_when_the_server_ends_its_keep_alive(FaultServer server) {
        Random random = new Random(1);
        try (server;
                BalanceClient client = server.client().retry(TWO_RETRIES).build()) {
            Long values = Flux.range(0, 300)
                    .concatMap(call -> client.balance()
                            .delaySubscription(KEEP_ALIVE.plusNanos(random.nextInt(2_000_000) - 1_000_000)))
                    .count()
                    .block(PATIENCE);

            assertThat(values).isEqualTo(300);
        }
    }

    @Test
    void no_call_fails_when_idle_connections_are_dropped_in_silence() {
        try (FaultServer server = FaultServer.start(
                        peer -> peer.readRequest().write(BALANCE).silence());
                BalanceClient client = server.client()
                        .attemptTimeout(Duration.ofSeconds(1))
                        .retry(TWO_RETRIES)
                        .build()) {
            for (int call = 0; call < 4; call++) {
                assertThat(client.balance().block(PATIENCE)).isNotNull();
            }
        }
    }

    /** Before the connection, while waiting for one, within the head and within the body; then all sixty-four are needed. */
    @Test
    void ten_thousand_cancelled_calls_leave_every_connection_to_the_next() {
        Random random = new Random(1);
        AtomicBoolean isCalm = new AtomicBoolean();
        CountDownLatch all = new CountDownLatch(64);
        try (FaultServer server = FaultServer.start(peer -> {
                    while (true) {
                        peer.readRequest();
                        if (isCalm.get()) {
                            all.countDown();
                            await(all);
                            peer.write(BALANCE);
                        } else {
                            peer.drip(BALANCE, Duration.ofMillis(1));
                        }
                    }
                });
                BalanceClient client = server.client().build()) {
            Flux.range(0, 10_000)
                    .flatMap(
                            call -> client.balance()
                                    .takeUntilOther(Mono.delay(Duration.ofNanos(random.nextInt(50_000_000)))),
                            128)
                    .blockLast(PATIENCE);

            isCalm.set(true);
            Long values = Flux.range(0, 64)
                    .flatMap(call -> client.balance(), 64)
                    .count()
                    .block(PATIENCE);
            assertThat(values).isEqualTo(64);
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("still waiting for " + latch.getCount());
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Before common servers drop it, at five seconds (reactor-netty issue 1764). */
    @Test
    void an_idle_connection_is_dropped_by_the_client_first() {
        Script keepsIdle = peer -> {
            peer.readRequest().write(BALANCE);
            peer.silence();
        };
        try (FaultServer server = FaultServer.start(keepsIdle);
                BalanceClient client = server.client().build()) {
            assertThat(client.balance().block(PATIENCE)).isNotNull();
            long start = System.nanoTime();
            server.awaitGoneClients(1);

            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofSeconds(3), Duration.ofSeconds(8));
        }
    }

    // The process

    /** What is kept for each client grows in every round; a thread or a chunk that Netty keeps for all of them does not. */
    @Test
    void a_hundred_clients_leave_threads_and_memory_where_they_were() {
        try (FaultServer server = FaultServer.start(FaultServer.OK)) {
            useAndClose(server, 20);
            Set<String> threads = threads();
            List<Long> memory = new ArrayList<>();
            memory.add(directMemory());
            for (int round = 1; round <= 3; round++) {
                useAndClose(server, 100);
                memory.add(directMemory());
            }

            assertThat(threads()).isSubsetOf(threads);
            assertThat(IntStream.rangeClosed(1, 3).allMatch(round -> memory.get(round) > memory.get(round - 1)))
                    .as("memory grows in every round: %s", memory)
                    .isFalse();
        }
    }

    private static void useAndClose(FaultServer server, int clients) {
        int before = server.connections();
        for (int i = 1; i <= clients; i++) {
            try (BalanceClient client = server.client().build()) {
                assertThat(client.balance().block(PATIENCE)).isNotNull();
            }
            server.awaitGoneClients(before + i);
        }
    }

    /** Those of the servers are not counted, nor is the one that Netty starts now and then and lets go when it is idle. */
    private static Set<String> threads() {
        Set<String> names = new TreeSet<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (!thread.getName().matches("fault-server.*|MockServer.*|globalEventExecutor.*")) {
                names.add(thread.getName());
            }
        }
        return names;
    }

    private static long directMemory() {
        return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
                .metric()
                .usedDirectMemory();
    }

    /** As a laptop's lid, a VM's move or a debugger stops it. */
    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void a_process_that_was_stopped_polls_once_when_it_wakes() throws IOException, InterruptedException {
        List<Long> arrivals = new CopyOnWriteArrayList<>();
        try (FaultServer server = FaultServer.start(peer -> {
            while (true) {
                peer.readRequest();
                arrivals.add(System.nanoTime());
                peer.write(BALANCE);
            }
        })) {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Poller.class.getName(),
                            server.url())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                server.awaitRequests(3);
                signal(process, "STOP");
                assertThat(process.waitFor(3, TimeUnit.SECONDS)).isFalse();
                int before = arrivals.size();
                signal(process, "CONT");
                server.awaitRequests(before + 5);

                for (int i = before + 1; i < before + 4; i++) {
                    assertThat(Duration.ofNanos(arrivals.get(i) - arrivals.get(i - 1)))
                            .as("pause before request %d", i)
                            .isGreaterThan(Poller.INTERVAL.dividedBy(2));
                }
            } finally {
                process.destroyForcibly();
            }
        }
    }

    private static void signal(Process process, String signal) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    /** The program that is stopped. */
    static final class Poller {
        static final Duration INTERVAL = Duration.ofMillis(200);

        private Poller() {}

        public static void main(String[] args) {
            try (BalanceClient client = BalanceClient.builder(Credentials.of("user", "password", "api-id"))
                    .baseUrl(args[0])
                    .build()) {
                client.poll(INTERVAL).blockLast();
            }
        }
    }
}
