package io.github.clickatellbalance.reactor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceSignal;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Where a feed's values are delivered: threads are real here, the timers of polls virtual but for the one with one CPU. */
class BalanceFeedThreadsTest {
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final long PATIENCE_SECONDS = 30;

    private final StubClient client = new StubClient();
    private final BalanceFeed feed = BalanceFeed.builder(client)
            .interval(INTERVAL)
            .linger(Duration.ofSeconds(25))
            .scheduler(client.time)
            .build();

    /** With Reactor's own workers, each tied to one of some twenty threads, fifty would wait behind each one that blocks. */
    @Test
    void blocked_it_gets_nothing_until_its_thread_is_free_and_the_others_get_theirs() throws Exception {
        int others = 1_000;
        int polls = 10;
        Phaser values = new Phaser(others);
        CountDownLatch areBlocked = new CountDownLatch(3);
        CountDownLatch isFree = new CountDownLatch(1);
        List<String> blocked = new CopyOnWriteArrayList<>();
        CountDownLatch caughtUp = new CountDownLatch(3);
        client.answer(client.counting());

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
            values.awaitAdvanceInterruptibly(poll, PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (poll < polls - 1) {
                client.time.advanceTimeBy(INTERVAL);
            }
        }
        assertThat(blocked).isEmpty();

        isFree.countDown();
        assertThat(caughtUp.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(blocked).containsOnly("1", "10");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void values_come_on_the_scheduler_that_was_chosen_and_on_a_thread_that_may_block() throws InterruptedException {
        client.answer(client.counting());
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

        assertThat(received.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(threads)
                .satisfiesExactlyInAnyOrder(
                        name -> assertThat(name).startsWith("boundedElastic-").endsWith(" false"),
                        name -> assertThat(name).startsWith("chosen-"));
    }

    /** Ten thousand in a second, from several threads: the loop of polls is not disturbed. */
    @Test
    void subscribers_who_come_and_go_on_many_threads_cause_one_request_in_an_interval() {
        client.answer(client.counting());
        Flux.range(0, 20_000)
                .parallel(4)
                .runOn(Schedulers.parallel())
                .doOnNext(i -> feed.signals().subscribe().dispose())
                .sequential()
                .blockLast(Duration.ofSeconds(PATIENCE_SECONDS));

        assertThat(client.asked()).isEqualTo(1);
        client.time.advanceTimeBy(INTERVAL);
        assertThat(client.asked()).isEqualTo(2);
        client.time.advanceTimeBy(Duration.ofHours(1));
        assertThat(client.asked()).as("with nobody left, after the linger").isEqualTo(3);
    }

    /** CleanExtension fails this test if anything reaches Reactor's global hook: a value may be on its way at that moment. */
    @Test
    void subscribers_who_leave_while_values_come_are_no_failures() {
        BalanceFeed busy = BalanceFeed.of(new Answering(), Duration.ofNanos(1));
        Disposable stays = busy.signals().subscribe();
        Flux.range(0, 20_000)
                .flatMap(i -> busy.signals().take(Duration.ofNanos(i % 2_000 * 1_000L)), 64)
                .blockLast(Duration.ofSeconds(PATIENCE_SECONDS));
        busy.close();
        stays.dispose();
    }

    /** The end of the linger and the next poll are due at the same moment: whichever is first, nothing old stays fresh. */
    @Test
    void nothing_stays_fresh_that_nobody_watches() {
        Duration moment = Duration.ofMillis(20);
        List<BalanceFeed> feeds = Stream.generate(() -> BalanceFeed.builder(new Answering())
                        .interval(moment)
                        .linger(moment)
                        .build())
                .limit(500)
                .toList();
        feeds.forEach(one -> one.signals().next().block(Duration.ofSeconds(PATIENCE_SECONDS)));

        Mono.fromSupplier(() -> feeds.stream()
                        .filter(one -> one.latest().orElseThrow() instanceof BalanceSignal.Fresh)
                        .count())
                .repeatWhen(again -> again.delayElements(moment))
                .takeUntil(fresh -> fresh == 0)
                .blockLast(Duration.ofSeconds(PATIENCE_SECONDS));
    }

    /** A subscriber that stops its own thread. */
    @Test
    void an_interrupt_of_one_subscribers_reaches_no_other() throws InterruptedException {
        client.answer(client.counting());
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

        assertThat(received.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(interrupted).doesNotContain(true);
    }

    @Test
    void completion_comes_on_a_thread_of_the_subscribers_and_not_on_that_of_close() throws InterruptedException {
        client.answer(client.counting());
        List<String> threads = new CopyOnWriteArrayList<>();
        CountDownLatch completed = new CountDownLatch(1);
        feed.balances()
                .doOnComplete(() -> {
                    threads.add(Thread.currentThread().getName());
                    completed.countDown();
                })
                .subscribe();
        feed.close();

        assertThat(completed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(threads).allMatch(name -> name.startsWith("boundedElastic-"));
    }

    /** Then Reactor's parallel scheduler, which has the timers, has but one thread. */
    @Test
    void with_one_cpu_a_subscriber_that_blocks_freezes_neither_the_others_nor_the_polls()
            throws IOException, InterruptedException, TimeoutException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:ActiveProcessorCount=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OneCpu.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            List<Integer> counts = new String(process.getInputStream().readAllBytes(), UTF_8)
                    .lines()
                    .map(Integer::valueOf)
                    .toList();
            int polls = counts.get(0);
            assertThat(polls).isGreaterThan(10); // of 20 intervals, on a machine that may be busy
            assertThat(counts.get(1)).as("values of %d polls", polls).isGreaterThanOrEqualTo(polls * 8 / 10);
            assertThat(counts.get(2)).as("values of the one that blocks").isBetween(1, polls / 2);
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

    /** The program with one CPU: prints how many polls there were, and what a quick and a blocking subscriber got. */
    static final class OneCpu {
        private static final Duration INTERVAL = Duration.ofMillis(200);

        private OneCpu() {}

        public static void main(String[] args) throws InterruptedException {
            AtomicInteger quick = new AtomicInteger();
            AtomicInteger blocking = new AtomicInteger();
            Answering client = new Answering();
            CountDownLatch never = new CountDownLatch(1);
            try (BalanceFeed feed = BalanceFeed.of(client, INTERVAL)) {
                Disposable.Composite subscribers = Disposables.composite();
                subscribers.add(feed.balances().subscribe(balance -> {
                    try {
                        boolean isOver = never.await(800, TimeUnit.MILLISECONDS);
                        blocking.addAndGet(isOver ? 0 : 1);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }));
                subscribers.add(feed.balances().subscribe(balance -> quick.incrementAndGet()));
                Mono.delay(INTERVAL.multipliedBy(20)).block();
                System.out.printf("%s%n%s%n%s%n", client.asked, quick, blocking);
            }
        }
    }
}
