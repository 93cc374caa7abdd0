package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.FaultServer.BALANCE;
import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** No connection, thread or memory leaks, and calls do not fail because of idle connections. */
@Tag("wire")
class ResourcesTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration KEEP_ALIVE = Duration.ofMillis(10);
    private static final RetryPolicy TWO_RETRIES = RetryPolicy.backoff(2, Duration.ofMillis(1), Duration.ofMillis(1));

    // The pool

    /** A poll is the worst case: its interval may be equal to the keep-alive of the server (reactor-netty issue 1764). */
    @Test
    void no_call_fails_at_the_end_of_the_keep_alive_of_the_server() {
        Script fin = peer -> {
            peer.readRequest().write(BALANCE); // without the timeout, because a TLS handshake may take longer
            while (true) {
                peer.readTimeout(KEEP_ALIVE).readRequest().write(BALANCE);
            }
        };
        Script rst = peer -> {
            try {
                fin.run(peer);
            } catch (SocketTimeoutException e) {
                peer.reset();
            }
        };
        List<FaultServer> servers = List.of(
                FaultServer.start(fin),
                FaultServer.start(rst),
                FaultServer.startTls(TestCertificate.GOOD, fin),
                FaultServer.startTls(TestCertificate.GOOD, rst));
        List<Long> values = Flux.fromIterable(servers)
                .flatMap(server -> Flux.using(
                        () -> server.client().retry(TWO_RETRIES).build(),
                        client -> valuesAtEndOfKeepAlive(client, 300),
                        BalanceClient::close))
                .doFinally(end -> servers.forEach(FaultServer::close))
                .collectList()
                .block(TIMEOUT);

        assertThat(values).containsExactly(300L, 300L, 300L, 300L);
    }

    private static Mono<Long> valuesAtEndOfKeepAlive(BalanceClient client, int calls) {
        Random random = new Random(1);
        return Flux.range(0, calls)
                .concatMap(call ->
                        client.balance().delaySubscription(KEEP_ALIVE.plusNanos(random.nextInt(2_000_000) - 1_000_000)))
                .count();
    }

    @Test
    void no_call_fails_when_idle_connections_are_dropped_without_fin_or_rst() {
        try (FaultServer server = FaultServer.start(
                        peer -> peer.readRequest().write(BALANCE).silence());
                BalanceClient client = server.client()
                        .attemptTimeout(Duration.ofSeconds(1))
                        .retry(TWO_RETRIES)
                        .build()) {
            for (int call = 0; call < 4; call++) {
                assertThat(client.balance().block(TIMEOUT)).isNotNull();
            }
        }
    }

    /**
     * Calls are cancelled before they connect, while they wait for a connection, within the head and within the body. Afterwards 64
     * concurrent calls need all connections of the pool.
     */
    @Test
    void after_ten_thousand_cancelled_calls_all_connections_are_available() {
        Random random = new Random(1);
        AtomicBoolean isCancellingOver = new AtomicBoolean();
        CountDownLatch all = new CountDownLatch(64);
        try (FaultServer server = FaultServer.start(peer -> {
                    while (true) {
                        peer.readRequest();
                        if (isCancellingOver.get()) {
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
                    .blockLast(TIMEOUT);

            isCancellingOver.set(true);
            Long values = Flux.range(0, 64)
                    .flatMap(call -> client.balance(), 64)
                    .count()
                    .block(TIMEOUT);
            assertThat(values).isEqualTo(64);
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("still waiting for " + latch.getCount());
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Common servers close idle connections after five seconds (reactor-netty issue 1764). */
    @Test
    void the_client_closes_an_idle_connection() {
        Script silentAfterReply = peer -> {
            peer.readRequest().write(BALANCE);
            peer.silence();
        };
        try (FaultServer server = FaultServer.start(silentAfterReply);
                BalanceClient client = server.client().build()) {
            assertThat(client.balance().block(TIMEOUT)).isNotNull();
            long start = System.nanoTime();
            server.awaitGoneClients(1);

            // It takes up to six seconds, and longer on a busy machine.
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
        }
    }

    // The process

    /** A leak for each client would grow in every round. Threads and memory that Netty keeps for all clients do not. */
    @Test
    void a_hundred_closed_clients_leak_no_thread_and_no_memory() {
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
                assertThat(client.balance().block(TIMEOUT)).isNotNull();
            }
            server.awaitGoneClients(before + i);
        }
    }

    /** Without the threads of the servers, and without the global executor of Netty, whose thread ends when it is idle. */
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

    /** The same happens when a laptop sleeps, a virtual machine is migrated or a debugger suspends the process. */
    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void a_suspended_process_sends_no_burst_of_polls_when_it_resumes() throws IOException, InterruptedException {
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
                long start = System.nanoTime();
                signal(process, "CONT");
                server.awaitRequests(before + 6); // the arrival of the last one may not be noted yet

                // One at once, then one after each interval. A busy machine only makes it longer.
                assertThat(Duration.ofNanos(arrivals.get(before + 4) - start))
                        .isGreaterThan(Poller.INTERVAL.multipliedBy(3));
            } finally {
                process.destroyForcibly();
            }
        }
    }

    private static void signal(Process process, String signal) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    /** The program of the suspended process. */
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
