package io.github.clickatellbalance.reactor;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BalanceSignal.Fresh;
import io.github.clickatellbalance.BalanceSignal.Rejected;
import io.github.clickatellbalance.BalanceSignal.Stale;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.TransportException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.test.subscriber.TestSubscriber;

/**
 * The promises of the feed, in virtual time over a stubbed client. Rows of its Javadoc's table have tests of their name; the
 * blocked row's is in {@link BalanceFeedThreadsTest}.
 */
class BalanceFeedTest {
    private static final Duration INTERVAL = ofSeconds(10);
    private static final Duration LINGER = ofSeconds(25);

    private final StubClient client = new StubClient();
    private final BalanceFeed feed = BalanceFeed.builder(client)
            .interval(INTERVAL)
            .linger(LINGER)
            .scheduler(client.time)
            .deliverOn(client.time)
            .clock(client.clock)
            .build();

    private void advance(Duration duration) {
        client.time.advanceTimeBy(duration);
    }

    private static <T> TestSubscriber<T> subscribe(Flux<T> flux) {
        TestSubscriber<T> subscriber = TestSubscriber.create();
        flux.subscribe(subscriber);
        return subscriber;
    }

    private static <T> TestSubscriber<T> subscribeWithoutDemand(Flux<T> flux) {
        TestSubscriber<T> subscriber =
                TestSubscriber.builder().initialRequest(0).build();
        flux.subscribe(subscriber);
        return subscriber;
    }

    private static List<String> amounts(TestSubscriber<Balance> subscriber) {
        return subscriber.getReceivedOnNext().stream()
                .map(BalanceFeedTest::amount)
                .toList();
    }

    private static String amount(@Nullable Balance balance) {
        return balance == null ? "none" : balance.amount().toPlainString();
    }

    /** Such as {@code fresh 12}, {@code stale 12} or {@code rejected none}. */
    private static List<String> told(TestSubscriber<BalanceSignal> subscriber) {
        return subscriber.getReceivedOnNext().stream()
                .map(BalanceFeedTest::told)
                .toList();
    }

    private static String told(BalanceSignal signal) {
        String amount = amount(signal.lastKnown().orElse(null));
        return signal.getClass().getSimpleName().toLowerCase(Locale.ROOT) + " " + amount;
    }

    private String latest() {
        return feed.latest().map(BalanceFeedTest::told).orElse("nothing");
    }

    // The rows of the table

    @Test
    void first_the_poll_starts_at_once() {
        client.answer(client.counting());
        assertThat(client.asked()).as("before somebody subscribes").isZero();

        TestSubscriber<Balance> balances = subscribe(feed.balances());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());

        assertThat(amounts(balances)).containsExactly("1");
        assertThat(told(signals)).containsExactly("fresh 1");
        assertThat(client.askedAt()).containsExactly(Duration.ZERO);
    }

    @Test
    void late_the_current_one_comes_at_once_and_then_each_new_one() {
        client.answer(client.counting());
        subscribe(feed.balances());
        advance(INTERVAL.multipliedBy(3).plus(ofSeconds(5)));

        TestSubscriber<Balance> balances = subscribe(feed.balances());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        assertThat(amounts(balances)).containsExactly("4");
        assertThat(told(signals)).containsExactly("fresh 4");
        assertThat(client.asked()).isEqualTo(4);

        advance(INTERVAL);
        assertThat(amounts(balances)).containsExactly("4", "5");
        assertThat(told(signals)).containsExactly("fresh 4", "fresh 5");
    }

    @Test
    void slow_it_gets_the_latest_whenever_it_asks() {
        client.answer(client.counting());
        TestSubscriber<Balance> quick = subscribe(feed.balances());
        TestSubscriber<Balance> balances = subscribeWithoutDemand(feed.balances());
        TestSubscriber<BalanceSignal> signals = subscribeWithoutDemand(feed.signals());
        advance(INTERVAL.multipliedBy(4));
        assertThat(amounts(quick)).containsExactly("1", "2", "3", "4", "5");
        assertThat(balances.getReceivedOnNext()).isEmpty();

        balances.request(1);
        signals.request(1);
        assertThat(amounts(balances)).containsExactly("5");
        assertThat(told(signals)).containsExactly("fresh 5");

        balances.request(1);
        assertThat(amounts(balances)).as("nothing twice").containsExactly("5");
        advance(INTERVAL);
        assertThat(amounts(balances)).containsExactly("5", "6");
        assertThat(told(signals)).containsExactly("fresh 5");
    }

    @Test
    void outage_balances_live_on_and_signals_tell_of_each_failure() {
        client.answer(client.counting()).answer(2, StubClient.outage()).answer(client.counting());
        TestSubscriber<Balance> balances = subscribe(feed.balances());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(ofSeconds(10 + 10 + 20));

        assertThat(amounts(balances)).containsExactly("1", "2");
        assertThat(told(signals)).containsExactly("fresh 1", "stale 1", "stale 1", "fresh 2");
        assertThat(signals.getReceivedOnNext().get(2)).isInstanceOfSatisfying(Stale.class, stale -> {
            assertThat(stale.since()).isEqualTo(Instant.EPOCH.plus(INTERVAL));
            assertThat(stale.cause()).isInstanceOf(TransportException.class);
        });
        assertThat(balances.isTerminated()).isFalse();
    }

    @Test
    void late_in_an_outage_the_last_known_balance_comes_at_once() {
        client.answer(client.counting()).answer(StubClient.outage());
        subscribe(feed.balances());
        advance(ofHours(10));
        int asked = client.asked();

        TestSubscriber<Balance> balances = subscribe(feed.balances());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        assertThat(balances.getReceivedOnNext())
                .singleElement()
                .satisfies(balance -> assertThat(balance.retrievedAt()).isEqualTo(Instant.EPOCH));
        assertThat(told(signals)).containsExactly("stale 1");
        assertThat(signals.getReceivedOnNext().get(0).age(client.clock.instant()))
                .contains(ofHours(10));
        assertThat(client.asked()).isEqualTo(asked);
    }

    @Test
    void rejected_balances_live_on_and_signals_tell_of_each_refusal() {
        client.answer(client.counting()).answer(2, StubClient.refusal()).answer(client.counting());
        TestSubscriber<Balance> balances = subscribe(feed.balances());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(INTERVAL.plus(ofMinutes(5 + 10)));

        assertThat(amounts(balances)).containsExactly("1", "2");
        assertThat(told(signals)).containsExactly("fresh 1", "rejected 1", "rejected 1", "fresh 2");
        assertThat(signals.getReceivedOnNext().get(2)).isInstanceOfSatisfying(Rejected.class, rejected -> {
            assertThat(rejected.since()).isEqualTo(Instant.EPOCH.plus(INTERVAL));
            assertThat(rejected.cause()).isInstanceOf(ApiErrorException.class);
        });
    }

    @Test
    void first_after_a_pause_of_polling_nothing_old_is_given_as_fresh() {
        client.answer(client.counting());
        subscribe(feed.balances()).cancel();
        advance(ofHours(3));
        assertThat(client.asked()).as("during the linger").isEqualTo(3);
        assertThat(latest()).isEqualTo("stale 3");
        client.nowAnswer(client.counting().delayElement(ofSeconds(2), client.time));

        TestSubscriber<Balance> balances = subscribe(feed.balances());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        assertThat(balances.getReceivedOnNext()).isEmpty();
        assertThat(told(signals)).containsExactly("stale 3");
        assertThat(signals.getReceivedOnNext().get(0))
                .isInstanceOfSatisfying(
                        Stale.class, stale -> assertThat(stale.cause()).isInstanceOf(FeedPausedException.class));

        advance(ofSeconds(2));
        assertThat(amounts(balances)).containsExactly("4");
        assertThat(told(signals)).containsExactly("stale 3", "fresh 4");
    }

    @Test
    void closed_everybody_is_completed() {
        client.answer(client.counting().delayElement(ofSeconds(2), client.time));
        TestSubscriber<Balance> balances = subscribe(feed.balances());
        TestSubscriber<BalanceSignal> stalled = subscribeWithoutDemand(feed.signals());
        advance(ofSeconds(13));
        assertThat(client.inFlight()).isEqualTo(1);

        feed.close();
        feed.close();
        assertThat(balances.isTerminatedComplete()).isTrue();
        assertThat(stalled.isTerminatedComplete()).isTrue();
        assertThat(client.inFlight()).isZero();
        assertThat(subscribe(feed.balances()).isTerminatedComplete()).isTrue();
        assertThat(subscribe(feed.signals()).isTerminatedComplete()).isTrue();
        assertThat(latest()).isEqualTo("stale 1");

        advance(ofHours(10));
        assertThat(client.asked()).isEqualTo(2);
    }

    // One exchange in flight, one in an interval

    @Test
    void ten_thousand_subscribers_cause_one_request_in_an_interval_and_all_get_each_value() {
        client.answer(client.counting());
        List<TestSubscriber<Balance>> subscribers = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            subscribers.add(subscribe(feed.balances()));
        }
        advance(INTERVAL.multipliedBy(3));

        assertThat(client.askedAt()).containsExactly(Duration.ZERO, INTERVAL, ofSeconds(20), ofSeconds(30));
        assertThat(subscribers)
                .allSatisfy(subscriber -> assertThat(amounts(subscriber)).containsExactly("1", "2", "3", "4"));
    }

    @Test
    void subscribers_who_come_and_go_all_the_time_cause_one_request_in_an_interval() {
        for (Duration linger : List.of(Duration.ZERO, LINGER)) {
            StubClient client = new StubClient();
            client.answer(client.counting());
            BalanceFeed feed = BalanceFeed.builder(client)
                    .interval(INTERVAL)
                    .linger(linger)
                    .scheduler(client.time)
                    .deliverOn(client.time)
                    .build();
            for (int i = 0; i < 60_000; i++) { // ten thousand in a second would show no more, and take longer
                subscribe(
                                i % 2 == 0
                                        ? feed.balances().cast(Object.class)
                                        : feed.signals().cast(Object.class))
                        .cancel();
                client.time.advanceTimeBy(ofMillis(1));
            }
            assertThat(client.asked()).as("linger %s", linger).isBetween(6, 7);
            assertThat(client.mostInFlight()).isEqualTo(1);
        }
    }

    @Test
    void polling_goes_on_for_the_linger_and_a_subscriber_within_it_causes_no_request() {
        client.answer(client.counting());
        subscribe(feed.balances()).cancel();
        advance(ofSeconds(24));
        assertThat(client.asked()).isEqualTo(3);

        TestSubscriber<Balance> next = subscribe(feed.balances());
        assertThat(amounts(next)).containsExactly("3");
        assertThat(client.asked()).isEqualTo(3);

        advance(ofSeconds(6));
        assertThat(client.askedAt()).endsWith(ofSeconds(30));
    }

    @Test
    void the_interval_after_the_last_poll_holds_for_a_subscriber_after_the_linger() {
        client.answer(client.counting());
        subscribe(feed.balances()).cancel();
        advance(ofSeconds(26)); // the linger ended a second ago, the last poll was six seconds ago

        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        assertThat(told(signals)).containsExactly("fresh 3");
        advance(ofSeconds(3));
        assertThat(client.asked()).isEqualTo(3);
        advance(ofSeconds(1));
        assertThat(told(signals)).containsExactly("fresh 3", "fresh 4");
    }

    @Test
    void a_poll_in_flight_is_cancelled_at_the_end_of_the_linger_and_not_repeated_at_once() {
        client.answer(Mono.never());
        subscribe(feed.balances()).cancel();
        advance(LINGER);
        assertThat(client.inFlight()).isZero();
        assertThat(client.cancelled()).isEqualTo(1);

        subscribe(feed.balances());
        assertThat(client.asked()).isEqualTo(1);
        advance(INTERVAL);
        assertThat(client.asked()).isEqualTo(2);
    }

    @Test
    void an_exchange_that_outlasts_the_interval_is_not_overtaken() {
        client.answer(client.counting().delayElement(ofSeconds(55), client.time));
        TestSubscriber<Balance> balances = subscribe(feed.balances());
        advance(ofMinutes(10));

        assertThat(client.mostInFlight()).isEqualTo(1);
        assertThat(client.asked()).isEqualTo(10);
        assertThat(balances.getReceivedOnNext()).hasSize(9);
    }

    // Failures

    @Test
    void the_pause_doubles_in_an_outage_up_to_five_minutes_and_is_the_interval_again_after_it() {
        client.answer(8, StubClient.outage()).answer(client.counting());
        subscribe(feed.balances());
        advance(ofHours(1));

        List<Duration> asked = client.askedAt();
        List<Duration> pauses = new ArrayList<>();
        for (int i = 1; i < 11; i++) {
            pauses.add(asked.get(i).minus(asked.get(i - 1)));
        }
        assertThat(pauses)
                .containsExactly(
                        ofSeconds(10),
                        ofSeconds(20),
                        ofSeconds(40),
                        ofSeconds(80),
                        ofSeconds(160),
                        ofMinutes(5),
                        ofMinutes(5),
                        ofMinutes(5),
                        INTERVAL,
                        INTERVAL);
    }

    @Test
    void a_retry_after_moves_the_next_poll_within_the_ceiling() {
        client.answer(Mono.error(new HttpStatusException(503, "", ofSeconds(90))))
                .answer(Mono.error(new HttpStatusException(503, "", ofHours(5))))
                .answer(client.counting());
        subscribe(feed.balances());
        advance(ofHours(1));

        assertThat(client.askedAt())
                .startsWith(Duration.ZERO, ofSeconds(90), ofSeconds(90).plus(ofMinutes(5)));
    }

    @Test
    void wrong_credentials_are_probed_thirty_times_a_day_at_most() {
        client.answer(StubClient.refusal());
        subscribe(feed.balances());
        advance(ofHours(24));

        assertThat(client.asked()).isLessThanOrEqualTo(30);
        assertThat(client.askedAt())
                .startsWith(Duration.ZERO, ofMinutes(5), ofMinutes(15), ofMinutes(35), ofMinutes(75), ofMinutes(135));
    }

    @Test
    void rejected_stays_rejected_until_a_poll_succeeds() {
        client.answer(StubClient.refusal()).answer(StubClient.outage()).answer(client.counting());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(ofMinutes(15));

        assertThat(told(signals)).containsExactly("rejected none", "rejected none", "fresh 1");
        assertThat(signals.getReceivedOnNext().get(1))
                .isInstanceOfSatisfying(
                        Rejected.class, rejected -> assertThat(rejected.cause()).isInstanceOf(ApiErrorException.class));
        assertThat(client.askedAt()).containsExactly(Duration.ZERO, ofMinutes(5), ofMinutes(15));
    }

    @Test
    void a_rejection_within_an_outage_is_told_as_one() {
        client.answer(StubClient.outage()).answer(StubClient.refusal());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(INTERVAL);

        assertThat(told(signals)).containsExactly("stale none", "rejected none");
        advance(ofMinutes(5).minus(ofMillis(1)));
        assertThat(client.asked()).isEqualTo(2);
    }

    @Test
    void subscribers_who_come_and_go_do_not_make_probes_more_frequent() {
        client.answer(StubClient.refusal());
        for (int second = 0; second < 3600; second++) {
            subscribe(feed.balances()).cancel();
            advance(ofSeconds(1));
        }
        assertThat(client.asked()).isLessThanOrEqualTo(5);
    }

    @Test
    void an_interval_longer_than_the_ceilings_is_kept() {
        client.answer(StubClient.refusal());
        subscribe(BalanceFeed.builder(client)
                .interval(ofHours(6))
                .scheduler(client.time)
                .deliverOn(client.time)
                .build()
                .signals());
        advance(ofHours(18));
        assertThat(client.askedAt()).containsExactly(Duration.ZERO, ofHours(6), ofHours(12), ofHours(18));
    }

    static Stream<Named<Mono<Balance>>> broken_promises() {
        return Stream.of(
                Named.of("empty", Mono.empty()),
                Named.of("a foreign exception", Mono.error(new IllegalStateException("canary"))),
                Named.of("an error", Mono.error(new AssertionError("canary"))));
    }

    @ParameterizedTest
    @MethodSource("broken_promises")
    void a_client_that_breaks_its_promises_neither_kills_nor_hangs_the_feed(Mono<Balance> broken) {
        client.answer(broken).answer(client.counting());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(INTERVAL);

        assertThat(told(signals)).containsExactly("stale none", "fresh 1");
        assertThat(((Stale) signals.getReceivedOnNext().get(0)).cause())
                .hasMessageContaining("BalanceClient")
                .hasMessageNotContaining("canary");
    }

    @Test
    void a_client_that_throws_neither_kills_nor_hangs_the_feed() {
        List<Duration> asked = new ArrayList<>();
        BalanceClient throwing = new BalanceClient() {
            @Override
            public Mono<Balance> balance() {
                asked.add(client.now());
                throw new IllegalStateException("thrown");
            }

            @Override
            public Flux<Balance> poll(Duration interval) {
                return client.poll(interval);
            }

            @Override
            public void close() {}
        };
        TestSubscriber<BalanceSignal> signals = subscribe(BalanceFeed.builder(throwing)
                .interval(INTERVAL)
                .scheduler(client.time)
                .deliverOn(client.time)
                .build()
                .signals());
        advance(INTERVAL);

        assertThat(told(signals)).containsExactly("stale none", "stale none");
        assertThat(asked).containsExactly(Duration.ZERO, INTERVAL);
    }

    /** CleanExtension fails this test if anything reaches Reactor's global hook. */
    @Test
    void a_failure_at_the_moment_of_close_reaches_no_hook() {
        client.answer(Mono.fromCallable(() -> {
            feed.close();
            throw new IllegalStateException("too late");
        }));
        assertThat(subscribe(feed.signals()).isTerminatedComplete()).isTrue();
    }

    @Test
    void a_client_that_hangs_is_given_up_after_five_minutes_and_asked_again() {
        client.answer(client.counting()).answer(Mono.never()).answer(client.counting());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(INTERVAL.plus(ofMinutes(5)).plus(INTERVAL));

        assertThat(told(signals)).containsExactly("fresh 1", "stale 1", "fresh 2");
        assertThat(((Stale) signals.getReceivedOnNext().get(1)).cause()).hasMessageContaining("within PT5M");
        assertThat(client.cancelled()).isEqualTo(1);
    }

    @Test
    void a_client_that_gives_one_and_the_same_balance_gives_it_with_each_poll() {
        Balance one = new Balance(BigDecimal.ONE, Balance.CREDITS, Instant.EPOCH);
        client.answer(Mono.just(one));
        TestSubscriber<Balance> balances = subscribe(feed.balances());
        advance(INTERVAL.multipliedBy(2));
        assertThat(balances.getReceivedOnNext()).containsExactly(one, one, one);
    }

    @Test
    void after_a_pause_within_a_rejection_it_is_still_rejected() {
        client.answer(StubClient.refusal());
        subscribe(feed.balances()).cancel();
        advance(ofHours(3));
        assertThat(told(subscribe(feed.signals()))).first().isEqualTo("rejected none");
    }

    @Test
    void a_feed_whose_client_was_closed_completes() {
        client.answer(client.counting()).answer(Mono.error(ClientClosedException::new));
        TestSubscriber<Balance> balances = subscribe(feed.balances());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(INTERVAL);

        assertThat(balances.isTerminatedComplete()).isTrue();
        assertThat(signals.isTerminatedComplete()).isTrue();
        advance(ofHours(1));
        assertThat(client.asked()).isEqualTo(2);
    }

    @Test
    void a_scheduler_that_is_shut_down_is_no_silent_death() {
        client.answer(client.counting());
        TestSubscriber<Balance> balances = subscribe(BalanceFeed.builder(client)
                .interval(INTERVAL)
                .scheduler(new ShutDownAfter(client.time, 2))
                .deliverOn(client.time)
                .build()
                .balances());
        advance(ofMinutes(1));

        assertThat(balances.isTerminatedError()).isTrue();
        assertThat(balances.expectTerminalError())
                .isInstanceOf(ClickatellException.class)
                .hasMessageContaining(RejectedExecutionException.class.getSimpleName());
    }

    // latest()

    @Test
    void latest_asks_nobody() {
        client.answer(client.counting());
        assertThat(feed.latest()).isEmpty();
        advance(ofHours(1));
        assertThat(client.asked()).isZero();

        subscribe(feed.balances());
        assertThat(feed.latest()).containsInstanceOf(Fresh.class);
        advance(INTERVAL);
        assertThat(latest()).isEqualTo("fresh 2");
    }

    @Test
    void latest_tells_the_age() {
        client.answer(client.counting());
        subscribe(feed.balances());
        advance(ofSeconds(7));

        assertThat(feed.latest().orElseThrow().age(client.clock.instant())).contains(ofSeconds(7));
        assertThat(feed.latest().orElseThrow().age(Instant.EPOCH.minusSeconds(5)))
                .as("by a clock that was set back")
                .contains(Duration.ZERO);
    }

    @Test
    void latest_is_fresh_for_an_interval_after_the_last_poll_and_then_stale() {
        client.answer(client.counting());
        subscribe(feed.balances()).cancel();
        advance(ofSeconds(29));
        assertThat(latest()).as("the last poll was nine seconds ago").isEqualTo("fresh 3");
        advance(ofSeconds(1));
        assertThat(latest()).isEqualTo("stale 3");
        assertThat(feed.latest().orElseThrow())
                .isInstanceOfSatisfying(
                        Stale.class, stale -> assertThat(stale.since()).isEqualTo(Instant.EPOCH.plus(ofSeconds(30))));
    }

    // Context

    @Test
    void polls_run_in_a_clean_context_and_a_subscriber_keeps_its_own() {
        List<String> seen = new ArrayList<>();
        client.answer(Mono.deferContextual(context -> {
            seen.add(context.getOrDefault("tenant", "none"));
            return client.counting();
        }));
        TestSubscriber<String> own = subscribe(feed.balances()
                .flatMap(balance -> Mono.deferContextual(context -> Mono.just(context.<String>get("tenant"))))
                .contextWrite(context -> context.put("tenant", "first")));
        advance(INTERVAL.multipliedBy(2));

        assertThat(seen).containsExactly("none", "none", "none");
        assertThat(own.getReceivedOnNext()).containsExactly("first", "first", "first");
    }

    // Building

    @Test
    void every_default_is_found_in_virtual_time() {
        VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
        try {
            client.answer(client.counting());
            TestSubscriber<Balance> balances =
                    subscribe(BalanceFeed.of(client, INTERVAL).balances());
            time.advanceTimeBy(ofSeconds(25));
            assertThat(amounts(balances)).containsExactly("1", "2", "3");

            balances.cancel();
            time.advanceTimeBy(ofHours(1));
            assertThat(client.asked()).as("with a linger of 30 seconds").isEqualTo(6);
        } finally {
            VirtualTimeScheduler.reset();
        }
        assertThat(Schedulers.parallel()).isNotSameAs(time);
    }

    @Test
    void the_default_interval_is_a_minute() {
        client.answer(client.counting());
        subscribe(BalanceFeed.builder(client)
                .scheduler(client.time)
                .deliverOn(client.time)
                .build()
                .balances());
        advance(ofMinutes(1));
        assertThat(client.askedAt()).containsExactly(Duration.ZERO, ofMinutes(1));
    }

    @Test
    void what_makes_no_sense_is_refused() {
        BalanceFeed.Builder builder = BalanceFeed.builder(client);
        assertThatThrownBy(() -> builder.interval(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("interval")
                .hasMessageContaining("PT0S");
        assertThatThrownBy(() -> builder.linger(ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("linger")
                .hasMessageContaining("PT-1S");
        assertThatThrownBy(() -> BalanceFeed.of(client, Duration.ofDays(366)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("interval");
    }
}
