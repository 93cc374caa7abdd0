package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceSignal;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Where a feed's values are delivered: threads are real here, the timers of polls virtual but for the one with one CPU. */
class BalanceFeedThreadsTest {
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final long TIMEOUT_SECONDS = 30;

    private final StubClient client = new StubClient();
    private final BalanceFeed feed = BalanceFeed.builder(client)
            .interval(INTERVAL)
            .scheduler(client.time)
            .build();

    /** With Reactor's own workers, each tied to one of some twenty threads, fifty would wait behind each one that blocks. */
    @Test
    void a_blocked_subscriber_gets_nothing_until_its_thread_is_free_and_the_others_get_theirs() throws Exception {
        int others = 1_000;
        int polls = 10;
        Phaser values = new Phaser(others);
        CountDownLatch areBlocked = new CountDownLatch(3);
        CountDownLatch isFree = new CountDownLatch(1);
        List<String> blocked = new CopyOnWriteArrayList<>();
        CountDownLatch caughtUp = new CountDownLatch(3);
        client.outcome(client.counting());

        for (int i = 0; i < 3; i++) {
            feed.balances().subscribe(balance -> {
                areBlocked.countDown();
                await(isFree);
                blocked.add(balance.amount().toPlainString());
                if (balance.amount().intValue() == polls) {
                    caughtUp.countDown();
                }
            });
            for (int other = 0; other < others; other++) {
                if (i == 2) {
                    feed.balances().subscribe(balance -> values.arrive());
                }
            }
        }
        await(areBlocked);
        for (int poll = 0; poll < polls; poll++) {
            values.awaitAdvanceInterruptibly(poll, TIMEOUT_SECONDS, TimeUnit.SECONDS);
            if (poll < polls - 1) {
                client.time.advanceTimeBy(INTERVAL);
            }
        }
        assertThat(blocked).isEmpty();

        isFree.countDown();
        assertThat(caughtUp.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(blocked).containsOnly("1", "10");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void values_are_delivered_on_the_chosen_scheduler_and_on_a_thread_that_may_block() throws InterruptedException {
        client.outcome(client.counting());
        List<String> threads = new CopyOnWriteArrayList<>();
        CountDownLatch received = new CountDownLatch(2);
        BalanceFeed chosen = BalanceFeed.builder(client)
                .interval(INTERVAL)
                .scheduler(client.time)
                .deliverOn(Schedulers.newSingle("chosen", true))
                .build();
        for (BalanceFeed one : List.of(feed, chosen)) {
            one.balances().subscribe(balance -> {
                threads.add(Thread.currentThread().getName() + " " + Schedulers.isInNonBlockingThread());
                received.countDown();
            });
        }

        assertThat(received.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(threads)
                .satisfiesExactlyInAnyOrder(
                        name -> assertThat(name)
                                .startsWith("clickatell-balance-feed-")
                                .endsWith(" false"),
                        name -> assertThat(name).startsWith("chosen-"));
    }

    /** Ten thousand in a second, from several threads: the loop of polls is not disturbed. */
    @Test
    void subscribers_who_come_and_go_on_many_threads_cause_one_poll_in_an_interval() {
        client.outcome(client.counting());
        Flux.range(0, 20_000)
                .parallel(4)
                .runOn(Schedulers.parallel())
                .doOnNext(i -> feed.signals().subscribe().dispose())
                .sequential()
                .blockLast(Duration.ofSeconds(TIMEOUT_SECONDS));

        assertThat(client.polls()).isEqualTo(1);
        client.time.advanceTimeBy(INTERVAL);
        assertThat(client.polls()).isEqualTo(2);
        client.time.advanceTimeBy(Duration.ofHours(1));
        assertThat(client.polls()).as("without subscribers").isEqualTo(2 + 360);
    }

    /** CleanExtension fails this test if anything reaches Reactor's global hook: a value may be on its way at that moment. */
    @Test
    void subscribers_who_cancel_while_values_are_delivered_cause_no_error() {
        BalanceFeed busy = BalanceFeed.of(new Answering(), Duration.ofNanos(1));
        Disposable stays = busy.signals().subscribe();
        Flux.range(0, 20_000)
                .flatMap(i -> busy.signals().take(Duration.ofNanos(i % 2_000 * 1_000L)), 64)
                .blockLast(Duration.ofSeconds(TIMEOUT_SECONDS));
        busy.close();
        stays.dispose();
    }

    /** Three feeds with nine blocked subscribers each once took all threads of the application. */
    @Test
    void blocked_subscribers_of_three_feeds_leave_other_feeds_and_the_application_their_threads() throws Exception {
        CountDownLatch areBlocked = new CountDownLatch(27);
        CountDownLatch release = new CountDownLatch(1);
        List<BalanceFeed> feeds = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                BalanceFeed blocked = BalanceFeed.of(new Answering(), Duration.ofHours(1));
                feeds.add(blocked);
                for (int subscriber = 0; subscriber < 9; subscriber++) {
                    blocked.balances().subscribe(balance -> {
                        areBlocked.countDown();
                        await(release);
                    });
                }
            }
            await(areBlocked);

            CountDownLatch others = new CountDownLatch(38);
            for (int i = 0; i < 38; i++) {
                BalanceFeed other = BalanceFeed.of(new Answering(), Duration.ofHours(1));
                feeds.add(other);
                other.balances().subscribe(balance -> others.countDown());
            }
            CountDownLatch tasks = new CountDownLatch(20);
            for (int i = 0; i < 20; i++) {
                Schedulers.boundedElastic().schedule(tasks::countDown);
            }
            await(others);
            await(tasks);
        } finally {
            release.countDown();
            feeds.forEach(BalanceFeed::close);
        }
    }

    @Test
    void with_more_blocked_subscribers_than_threads_polls_and_latest_go_on() throws Exception {
        CountDownLatch areBlocked = new CountDownLatch(FeedThreads.MAX_THREADS);
        CountDownLatch release = new CountDownLatch(1);
        client.outcome(client.counting());
        try {
            for (int i = 0; i < FeedThreads.MAX_THREADS + 5; i++) {
                feed.balances().subscribe(balance -> {
                    areBlocked.countDown();
                    await(release);
                });
            }
            await(areBlocked);
            client.time.advanceTimeBy(INTERVAL.multipliedBy(3));

            assertThat(client.polls()).isEqualTo(4);
            assertThat(feed.latest().flatMap(BalanceSignal::lastKnown).map(Balance::amount))
                    .contains(BigDecimal.valueOf(4));
        } finally {
            release.countDown();
            feed.close();
        }
    }

    @Test
    void a_subscriber_that_throws_a_fatal_error_gives_its_thread_back() throws Exception {
        for (int i = 0; i < 3 * FeedThreads.MAX_THREADS; i++) {
            BalanceFeed fatal = BalanceFeed.of(new Answering(), Duration.ofHours(1));
            CountDownLatch thrown = new CountDownLatch(1);
            fatal.balances().subscribe(balance -> {
                thrown.countDown();
                throw new FatalError();
            });
            await(thrown);
            fatal.close();
        }
        CountDownLatch received = new CountDownLatch(1);
        try (BalanceFeed next = BalanceFeed.of(new Answering(), Duration.ofHours(1))) {
            next.balances().subscribe(balance -> received.countDown());
            await(received);
        }
    }

    /** Reactor regards it as fatal and throws it on. */
    @SuppressWarnings("serial")
    private static final class FatalError extends VirtualMachineError {
        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    /** A subscriber that stops its own thread. */
    @Test
    void an_interrupted_subscriber_interrupts_no_other() throws InterruptedException {
        client.outcome(client.counting());
        BalanceFeed single = BalanceFeed.builder(client)
                .interval(INTERVAL)
                .scheduler(client.time)
                .deliverOn(Schedulers.newSingle("single", true))
                .build();
        List<Boolean> interrupted = new CopyOnWriteArrayList<>();
        CountDownLatch received = new CountDownLatch(3);
        single.balances().subscribe(balance -> Thread.currentThread().interrupt());
        single.balances().subscribe(balance -> {
            interrupted.add(Thread.currentThread().isInterrupted());
            received.countDown();
        });
        single.balances().subscribe(balance -> received.countDown());
        single.signals().subscribe(signal -> received.countDown());

        assertThat(received.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(interrupted).doesNotContain(true);
    }

    @Test
    void completion_is_delivered_on_a_subscribers_thread_and_not_on_the_closing_one() throws InterruptedException {
        client.outcome(client.counting());
        List<String> threads = new CopyOnWriteArrayList<>();
        CountDownLatch completed = new CountDownLatch(1);
        feed.balances()
                .doOnComplete(() -> {
                    threads.add(Thread.currentThread().getName());
                    completed.countDown();
                })
                .subscribe();
        feed.close();

        assertThat(completed.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(threads).allMatch(name -> name.startsWith("clickatell-balance-feed-"));
    }

    /** With one CPU, Reactor's parallel scheduler, on which the timers run, has one thread. */
    @Test
    void with_one_cpu_a_blocked_subscriber_delays_neither_the_others_nor_the_polls()
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:ActiveProcessorCount=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OneCpu.class.getName())
                .inheritIO()
                .start();
        try {
            assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    /** A client that needs no network, and no virtual time. */
    private static final class Answering implements BalanceClient {
        final AtomicInteger asked = new AtomicInteger();

        @Override
        public Mono<Balance> balance() {
            return Mono.fromSupplier(
                    () -> new Balance(BigDecimal.valueOf(asked.incrementAndGet()), Balance.CREDITS, Instant.EPOCH));
        }

        @Override
        public Flux<Balance> poll(Duration interval) {
            return Flux.never();
        }

        @Override
        public void close() {}
    }

    /** The program with one CPU: ends when one subscriber has ten values while another one blocks. */
    static final class OneCpu {
        private OneCpu() {}

        public static void main(String[] args) throws InterruptedException {
            CountDownLatch never = new CountDownLatch(1);
            CountDownLatch blocked = new CountDownLatch(1);
            CountDownLatch values = new CountDownLatch(10);
            try (BalanceFeed feed = BalanceFeed.of(new Answering(), Duration.ofMillis(50))) {
                Disposable.Composite subscribers = Disposables.composite();
                subscribers.add(feed.balances().subscribe(balance -> {
                    blocked.countDown();
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }));
                blocked.await();
                subscribers.add(feed.balances().subscribe(balance -> values.countDown()));
                values.await();
            }
        }
    }
}
