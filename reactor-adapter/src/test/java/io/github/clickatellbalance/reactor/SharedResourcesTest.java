package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.FaultServer.BALANCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.reactor.FaultServer.Script;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpResources;
import reactor.netty.resources.LoopResources;
import reactor.test.StepVerifier;

/**
 * Reactor Netty's shared event loops and shared resolver are disposed of while clients use them, as a Spring context does
 * that is closed. Reactor Netty makes new ones when they are next asked for; every client must go on with these. The base
 * URL has the name of a host, since an address needs no resolver.
 */
@Tag("wire")
class SharedResourcesTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    /** Less than the deadline of an attempt: a call that hangs until then is too late. */
    private static final Duration SOON = Duration.ofSeconds(5);

    /**
     * Not zero: then an event loop of Netty's may end without closing its channels, if it looks for its shutdown before the
     * disposal and confirms it after. Half of the calls then hang until their deadline (once in 500 disposals).
     */
    private static final Duration QUIET_PERIOD = Duration.ofMillis(250);

    private static final int MAX_CONNECTIONS = 64;
    private static final RetryPolicy TWO_RETRIES = RetryPolicy.backoff(2, Duration.ofMillis(1), Duration.ofMillis(1));

    /** Each reply ends its connection, so that each request needs a new one, and with it the resolver. */
    private static final Script ONE_REQUEST = peer -> peer.readRequest()
            .write(FaultServer.reply("200 OK\r\nConnection: close", Protocol.HTTP.balance("12.50")))
            .close();

    /** A way to dispose of the shared resources. */
    private interface Disposal {
        void run();
    }

    static Stream<Named<Disposal>> disposals() {
        return Stream.of(
                named("in the background", HttpResources::disposeLoopsAndConnections),
                named(
                        "to the end",
                        () -> HttpResources.disposeLoopsAndConnectionsLater(QUIET_PERIOD, SOON)
                                .block(TIMEOUT)));
    }

    private static BalanceClient.Builder byName(FaultServer server) {
        return server.client().baseUrl("http://localhost:" + server.port()).retry(TWO_RETRIES);
    }

    private static void assertBalance(BalanceClient client) {
        assertThat(client.balance().map(Balance::amount).block(SOON)).isEqualByComparingTo("12.50");
    }

    @ParameterizedTest
    @MethodSource("disposals")
    void a_call_after_each_disposal_gets_a_balance(Disposal disposal) {
        try (FaultServer server = FaultServer.start(ONE_REQUEST);
                BalanceClient client = byName(server).build()) {
            assertBalance(client);
            disposal.run();
            assertBalance(client);
            assertBalance(client);
            disposal.run();
            assertBalance(client);
            assertBalance(client);
            assertThat(server.connections()).isGreaterThanOrEqualTo(5);
        }
    }

    /** The event loops still work for two seconds, and one of them with the resolver; then they are gone. */
    @Test
    void calls_while_the_event_loops_end_and_after_their_end_get_a_balance() throws InterruptedException {
        try (FaultServer server = FaultServer.start(ONE_REQUEST);
                BalanceClient client = byName(server).build()) {
            assertBalance(client);
            EventLoopGroup loops = HttpResources.get().onClient(LoopResources.DEFAULT_NATIVE);
            HttpResources.disposeLoopsAndConnections();
            assertBalance(client);
            assertThat(loops.terminationFuture().await(TIMEOUT.toMillis())).isTrue();
            assertBalance(client);
        }
    }

    @ParameterizedTest
    @MethodSource("disposals")
    void each_of_two_clients_gets_a_balance_after_each_disposal(Disposal disposal) {
        try (FaultServer server = FaultServer.start(ONE_REQUEST);
                FaultServer otherServer = FaultServer.start(FaultServer.OK);
                BalanceClient client = byName(server).build();
                BalanceClient other = byName(otherServer).build()) {
            for (int disposals = 0; disposals < 3; disposals++) {
                assertBalance(client);
                assertBalance(other);
                disposal.run();
            }
            assertBalance(other);
            assertBalance(client);
        }
    }

    @ParameterizedTest
    @MethodSource("disposals")
    void a_client_that_was_not_used_before_the_disposal_gets_a_balance(Disposal disposal) {
        try (FaultServer server = FaultServer.start(FaultServer.OK);
                BalanceClient client = byName(server).build()) {
            disposal.run();
            assertBalance(client);
        }
    }

    @ParameterizedTest
    @MethodSource("disposals")
    void a_poll_goes_on_after_each_disposal(Disposal disposal) {
        try (FaultServer server = FaultServer.start(ONE_REQUEST);
                BalanceClient client = byName(server).build()) {
            StepVerifier.create(client.poll(Duration.ofMillis(10)))
                    .expectNextCount(3)
                    .then(disposal::run)
                    .expectNextCount(50)
                    .then(disposal::run)
                    .expectNextCount(50)
                    .thenCancel()
                    .verify(SOON.multipliedBy(2));
        }
    }

    /** Each of the calls has a connection at which the server is silent; without retries each call has one failure. */
    @ParameterizedTest
    @MethodSource("disposals")
    void calls_in_flight_fail_at_the_disposal(Disposal disposal) {
        try (FaultServer server = FaultServer.start(peer -> peer.readRequest().silence());
                BalanceClient client = byName(server).retry(RetryPolicy.none()).build()) {
            StepVerifier.create(Flux.range(0, MAX_CONNECTIONS)
                            .flatMap(
                                    call -> client.balance()
                                            .map(balance -> false)
                                            .onErrorResume(
                                                    ClickatellException.class,
                                                    failure -> Mono.just(failure.isTransient())),
                                    MAX_CONNECTIONS)
                            .collectList())
                    .then(() -> server.awaitRequests(MAX_CONNECTIONS))
                    .then(disposal::run)
                    .assertNext(transients ->
                            assertThat(transients).hasSize(MAX_CONNECTIONS).containsOnly(true))
                    .expectComplete()
                    .verify(SOON.multipliedBy(2));
        }
    }

    /** Half of the calls wait for a connection of the pool; the other half is in flight and is tried again. */
    @ParameterizedTest
    @MethodSource("disposals")
    void calls_in_flight_and_calls_that_wait_get_a_balance_after_the_disposal(Disposal disposal) {
        Script[] scripts = IntStream.rangeClosed(0, MAX_CONNECTIONS)
                .<Script>mapToObj(number ->
                        number < MAX_CONNECTIONS ? peer -> peer.readRequest().silence() : FaultServer.OK)
                .toArray(Script[]::new);
        try (FaultServer server = FaultServer.start(scripts);
                BalanceClient client = byName(server).build()) {
            StepVerifier.create(
                            Flux.range(0, 2 * MAX_CONNECTIONS).flatMap(call -> client.balance(), 2 * MAX_CONNECTIONS))
                    .then(() -> server.awaitRequests(MAX_CONNECTIONS))
                    .then(disposal::run)
                    .expectNextCount(2 * MAX_CONNECTIONS)
                    .expectComplete()
                    .verify(SOON.multipliedBy(2));
        }
    }

    /**
     * A call may fail, but only so that another call makes sense. After it all connections of the pool are needed.
     *
     * <p>Reactor Netty's pool may pass an idle connection of a terminated event loop to a call that waits. The call ends at
     * its deadline. The pool drops the error without the context of any call, so no hook of this library can catch it.
     */
    @ParameterizedTest
    @MethodSource("disposals")
    void a_disposal_at_any_moment_ends_every_call_and_leaves_every_connection_to_the_next(Disposal disposal) {
        Random random = new Random(1);
        AtomicBoolean isCalm = new AtomicBoolean();
        CountDownLatch all = new CountDownLatch(MAX_CONNECTIONS);
        try (FaultServer server = FaultServer.start(peer -> {
                    while (true) {
                        peer.readRequest();
                        if (isCalm.get()) {
                            all.countDown();
                            await(all);
                        }
                        peer.write(BALANCE);
                    }
                });
                BalanceClient client =
                        byName(server).attemptTimeout(Duration.ofSeconds(1)).build()) {
            for (int round = 0; round < 5; round++) {
                StepVerifier.create(Flux.range(0, 2 * MAX_CONNECTIONS)
                                .flatMap(
                                        call -> client.balance()
                                                .map(balance -> true)
                                                .onErrorResume(
                                                        ClickatellException.class,
                                                        failure -> Mono.just(failure.isTransient())),
                                        2 * MAX_CONNECTIONS)
                                .collectList())
                        .then(() -> spin(random.nextInt(20_000_000)))
                        .then(disposal::run)
                        .assertNext(areGood ->
                                assertThat(areGood).hasSize(2 * MAX_CONNECTIONS).containsOnly(true))
                        .expectComplete()
                        .verify(SOON.multipliedBy(2));
            }

            isCalm.set(true);
            StepVerifier.create(Flux.range(0, MAX_CONNECTIONS).flatMap(call -> client.balance(), MAX_CONNECTIONS))
                    .expectNextCount(MAX_CONNECTIONS)
                    .expectComplete()
                    .verify(SOON.multipliedBy(2));
        }
        CleanExtension.allowDropped(new RejectedExecutionException("event executor terminated"));
    }

    private static void spin(long nanoseconds) {
        long end = System.nanoTime() + nanoseconds;
        while (System.nanoTime() - end < 0) {
            Thread.onSpinWait();
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
}
