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
import io.github.clickatellbalance.MalformedReplyException;
import io.github.clickatellbalance.TransportException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.test.subscriber.TestSubscriber;

/**
 * The promises of the feed, in virtual time over a stubbed client. Each row of the table in the Javadoc of the feed has a
 * test of its name; the test of the blocked row is in {@link BalanceFeedThreadsTest}.
 */
class BalanceFeedTest {
    private static final Duration INTERVAL = ofSeconds(10);

    private final StubClient client = new StubClient();
    private final BalanceFeed feed = feed(client, INTERVAL);

    private BalanceFeed feed(BalanceClient polled, Duration interval) {
        return BalanceFeed.builder(polled)
                .interval(interval)
                .scheduler(client.time)
                .deliverOn(client.time)
                .clock(client.clock)
                .build();
    }

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
                .map(balance -> balance.amount().toPlainString())
                .toList();
    }

    private static List<String> states(TestSubscriber<BalanceSignal> subscriber) {
        return subscriber.getReceivedOnNext().stream()
                .map(BalanceFeedTest::state)
                .toList();
    }

    /** Such as {@code fresh 12}, {@code stale 12} or {@code rejected none}. */
    private static String state(BalanceSignal signal) {
        return signal.getClass().getSimpleName().toLowerCase(Locale.ROOT) + " "
                + signal.lastKnown()
                        .map(balance -> balance.amount().toPlainString())
                        .orElse("none");
    }

    private String latest() {
        return feed.latest().map(BalanceFeedTest::state).orElse("empty");
    }

    // The rows of the table

    @Test
    void first_the_poll_starts_at_once() {
        client.outcome(client.counting());
        assertThat(client.polls()).as("before the first subscription").isZero();

        TestSubscriber<Balance> balances = subscribe(feed.balances());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());

        assertThat(amounts(balances)).containsExactly("1");
        assertThat(states(signals)).containsExactly("fresh 1");
        assertThat(client.polledAt()).containsExactly(Duration.ZERO);
    }

    @Test
    void late_the_subscriber_gets_the_current_value_at_once_and_then_each_new_one() {
        client.outcome(client.counting());
        subscribe(feed.balances());
        advance(INTERVAL.multipliedBy(3).plus(ofSeconds(5)));

        TestSubscriber<Balance> balances = subscribe(feed.balances());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        assertThat(amounts(balances)).containsExactly("4");
        assertThat(states(signals)).containsExactly("fresh 4");
        assertThat(client.polls()).isEqualTo(4);

        advance(INTERVAL);
        assertThat(amounts(balances)).containsExactly("4", "5");
        assertThat(states(signals)).containsExactly("fresh 4", "fresh 5");
    }

    @Test
    void slow_the_subscriber_gets_the_latest_value_at_each_request() {
        client.outcome(client.counting());
        TestSubscriber<Balance> fast = subscribe(feed.balances());
        TestSubscriber<Balance> balances = subscribeWithoutDemand(feed.balances());
        TestSubscriber<BalanceSignal> signals = subscribeWithoutDemand(feed.signals());
        advance(INTERVAL.multipliedBy(4));
        assertThat(amounts(fast)).containsExactly("1", "2", "3", "4", "5");
        assertThat(balances.getReceivedOnNext()).isEmpty();

        balances.request(1);
        signals.request(1);
        assertThat(amounts(balances)).containsExactly("5");
        assertThat(states(signals)).containsExactly("fresh 5");

        balances.request(1);
        assertThat(amounts(balances)).as("no value twice").containsExactly("5");
        advance(INTERVAL);
        assertThat(amounts(balances)).containsExactly("5", "6");
        assertThat(states(signals)).containsExactly("fresh 5");
    }

    @Test
    void outage_balances_continue_and_signals_have_each_failure() {
        client.outcome(client.counting())
                .outcome(StubClient.outage())
                .outcome(StubClient.maintenancePage())
                .outcome(client.counting());
        TestSubscriber<Balance> balances = subscribe(feed.balances());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(ofSeconds(10 + 10 + 20));

        assertThat(amounts(balances)).containsExactly("1", "2");
        assertThat(states(signals)).containsExactly("fresh 1", "stale 1", "stale 1", "fresh 2");
        assertThat(signals.getReceivedOnNext().get(2)).isInstanceOfSatisfying(Stale.class, stale -> {
            assertThat(stale.since()).isEqualTo(Instant.EPOCH.plus(INTERVAL));
            assertThat(stale.cause()).isInstanceOf(MalformedReplyException.class);
        });
        assertThat(balances.isTerminated()).isFalse();
    }

    @Test
    void overdue_the_signal_is_stale_and_it_is_fresh_when_the_poll_succeeds() {
        client.outcome(client.counting()).outcome(client.counting(ofSeconds(25)));
        TestSubscriber<Balance> balances = subscribe(feed.balances());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(INTERVAL.plus(INTERVAL).minus(ofMillis(1)));
        assertThat(latest()).isEqualTo("fresh 1");

        advance(ofMillis(1));
        assertThat(latest()).isEqualTo("stale 1");
        assertThat(feed.latest().orElseThrow()).isInstanceOfSatisfying(Stale.class, stale -> {
            assertThat(stale.since()).isEqualTo(client.clock.instant());
            assertThat(stale.cause()).hasMessageContaining("overdue").hasMessageContaining("10000 ms");
        });
        assertThat(client.inFlight()).as("the poll continues").isEqualTo(1);

        advance(ofSeconds(15));
        assertThat(states(signals)).containsExactly("fresh 1", "stale 1", "fresh 2");
        assertThat(amounts(balances)).containsExactly("1", "2");
        assertThat(client.cancelled()).isZero();
    }

    @Test
    void late_in_an_outage_the_subscriber_gets_the_last_known_balance_at_once() {
        client.outcome(client.counting()).outcome(StubClient.outage());
        subscribe(feed.balances());
        advance(ofHours(10));
        int polls = client.polls();

        TestSubscriber<Balance> balances = subscribe(feed.balances());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        assertThat(balances.getReceivedOnNext())
                .singleElement()
                .satisfies(balance -> assertThat(balance.retrievedAt()).isEqualTo(Instant.EPOCH));
        assertThat(states(signals)).containsExactly("stale 1");
        assertThat(client.polls()).isEqualTo(polls);
    }

    @Test
    void rejected_balances_continue_and_signals_have_each_refusal() {
        client.outcome(client.counting()).outcome(2, StubClient.refusal()).outcome(client.counting());
        TestSubscriber<Balance> balances = subscribe(feed.balances());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(INTERVAL.plus(ofMinutes(5 + 10)));

        assertThat(amounts(balances)).containsExactly("1", "2");
        assertThat(states(signals)).containsExactly("fresh 1", "rejected 1", "rejected 1", "fresh 2");
        assertThat(signals.getReceivedOnNext().get(2)).isInstanceOfSatisfying(Rejected.class, rejected -> {
            assertThat(rejected.since()).isEqualTo(Instant.EPOCH.plus(INTERVAL));
            assertThat(rejected.cause()).isInstanceOf(ApiErrorException.class);
        });
    }

    @Test
    void closed_all_subscribers_complete_and_the_poll_is_cancelled() {
        client.outcome(client.counting(ofSeconds(2)));
        TestSubscriber<Balance> balances = subscribe(feed.balances());
        TestSubscriber<BalanceSignal> withoutDemand = subscribeWithoutDemand(feed.signals());
        advance(ofSeconds(13));
        assertThat(client.inFlight()).isEqualTo(1);

        feed.close();
        feed.close();
        assertThat(balances.isTerminatedComplete()).isTrue();
        assertThat(withoutDemand.isTerminatedComplete()).isTrue();
        assertThat(client.inFlight()).isZero();
        assertThat(feed.subscribers()).isZero();
        assertThat(subscribe(feed.balances()).isTerminatedComplete()).isTrue();
        assertThat(subscribe(feed.signals()).isTerminatedComplete()).isTrue();

        advance(ofHours(10));
        assertThat(client.polls()).isEqualTo(2);
    }

    // From start to close

    @Test
    void the_feed_polls_from_start_to_close_without_a_subscriber() {
        client.outcome(client.counting());
        feed.start();
        advance(INTERVAL.multipliedBy(2));
        assertThat(client.polledAt()).containsExactly(Duration.ZERO, INTERVAL, ofSeconds(20));
        assertThat(latest()).isEqualTo("fresh 3");
        assertThat(feed.subscribers()).isZero();

        feed.close();
        advance(ofHours(1));
        assertThat(client.polls()).isEqualTo(3);
    }

    @Test
    void a_second_start_has_no_effect() {
        client.outcome(client.counting());
        feed.start();
        feed.start();
        TestSubscriber<Balance> balances = subscribe(feed.balances());
        feed.start();
        advance(INTERVAL);

        assertThat(client.polledAt()).containsExactly(Duration.ZERO, INTERVAL);
        assertThat(amounts(balances)).containsExactly("1", "2");
    }

    @Test
    void a_start_after_close_has_no_effect() {
        client.outcome(client.counting());
        feed.close();
        feed.start();
        subscribe(feed.balances());
        advance(ofHours(1));

        assertThat(client.polls()).isZero();
        assertThat(feed.latest()).isEmpty();
    }

    @Test
    void polls_continue_after_the_last_subscriber_has_cancelled() {
        client.outcome(client.counting());
        subscribe(feed.balances()).cancel();
        advance(ofHours(1));

        assertThat(client.polls()).isEqualTo(361);
        assertThat(latest()).isEqualTo("fresh 361");
        TestSubscriber<BalanceSignal> late = subscribe(feed.signals());
        assertThat(states(late)).containsExactly("fresh 361");
    }

    // One poll in flight, one in an interval

    @Test
    void ten_thousand_subscribers_cause_one_poll_in_an_interval_and_all_get_each_value() {
        client.outcome(client.counting());
        List<TestSubscriber<Balance>> subscribers = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            subscribers.add(subscribe(feed.balances()));
        }
        assertThat(feed.subscribers()).isEqualTo(10_000);
        advance(INTERVAL.multipliedBy(3));

        assertThat(client.polledAt()).containsExactly(Duration.ZERO, INTERVAL, ofSeconds(20), ofSeconds(30));
        assertThat(subscribers)
                .allSatisfy(subscriber -> assertThat(amounts(subscriber)).containsExactly("1", "2", "3", "4"));
    }

    @Test
    void a_subscription_and_a_cancellation_in_each_millisecond_cause_one_poll_in_an_interval() {
        client.outcome(client.counting());
        for (int i = 0; i < 20_000; i++) {
            subscribe(feed.signals()).cancel();
            advance(ofMillis(1));
        }
        assertThat(client.polledAt()).containsExactly(Duration.ZERO, INTERVAL, ofSeconds(20));
    }

    @Test
    void a_poll_that_takes_longer_than_the_interval_is_alone_in_flight() {
        client.outcome(client.counting(ofSeconds(55)));
        TestSubscriber<Balance> balances = subscribe(feed.balances());
        advance(ofMinutes(10));

        assertThat(client.mostInFlight()).isEqualTo(1);
        assertThat(client.polls()).isEqualTo(10);
        assertThat(balances.getReceivedOnNext()).hasSize(9);
    }

    /** An observer of the client, such as Micrometer's, sees how each poll ends. */
    @Test
    void a_poll_that_succeeds_is_not_cancelled() {
        client.outcome(client.counting()).outcome(client.counting(ofSeconds(1)));
        feed.start();
        advance(INTERVAL.multipliedBy(3));

        assertThat(client.polls()).isEqualTo(3);
        assertThat(client.cancelled()).isZero();
    }

    // Overdue polls

    @Test
    void an_overdue_first_poll_is_stale_without_a_balance() {
        client.outcome(client.counting(ofSeconds(25)));
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(INTERVAL);
        assertThat(states(signals)).containsExactly("stale none");

        advance(ofSeconds(15));
        assertThat(states(signals)).containsExactly("stale none", "fresh 1");
    }

    @Test
    void a_poll_is_not_overdue_within_a_second() {
        client.outcome(Mono.never());
        BalanceFeed often = feed(client, ofMillis(10));
        often.start();
        advance(ofMillis(999));
        assertThat(often.latest()).isEmpty();

        advance(ofMillis(1));
        assertThat(often.latest()).containsInstanceOf(Stale.class);
    }

    @Test
    void an_overdue_poll_that_fails_counts_as_one_failure() {
        client.outcome(client.counting())
                .outcome(Mono.delay(ofSeconds(15), client.time).then(StubClient.outage()))
                .outcome(StubClient.outage());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(ofSeconds(60));

        assertThat(states(signals)).containsExactly("fresh 1", "stale 1", "stale 1", "stale 1", "stale 1");
        assertThat(signals.getReceivedOnNext().get(2)).isInstanceOfSatisfying(Stale.class, stale -> {
            assertThat(stale.since()).as("when it was overdue").isEqualTo(Instant.EPOCH.plus(ofSeconds(20)));
            assertThat(stale.cause()).hasMessage("The connection was refused");
        });
        assertThat(client.polledAt())
                .as("ten seconds after the first failure, twenty after the second")
                .containsExactly(Duration.ZERO, INTERVAL, ofSeconds(10 + 15 + 10), ofSeconds(35 + 20));
    }

    @Test
    void an_overdue_poll_after_a_refusal_is_still_rejected() {
        client.outcome(StubClient.refusal()).outcome(client.counting(ofSeconds(25)));
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(ofMinutes(5).plus(INTERVAL));
        assertThat(client.inFlight()).isEqualTo(1);
        assertThat(states(signals)).containsExactly("rejected none");
        assertThat(latest()).isEqualTo("rejected none");

        advance(ofSeconds(15));
        assertThat(states(signals)).containsExactly("rejected none", "fresh 1");
    }

    @Test
    void a_poll_that_does_not_complete_is_cancelled_after_five_minutes() {
        client.outcome(client.counting()).outcome(Mono.never()).outcome(client.counting());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(INTERVAL.plus(ofMinutes(5)).plus(INTERVAL));

        assertThat(states(signals)).containsExactly("fresh 1", "stale 1", "stale 1", "fresh 2");
        assertThat(signals.getReceivedOnNext().get(2).reason().orElseThrow()).contains("within 300000 ms");
        assertThat(client.cancelled()).isEqualTo(1);
    }

    // Outages

    static Stream<Named<ClickatellException>> outages() {
        return Stream.of(
                Named.of("transport", new TransportException("The connection was refused", true, null)),
                Named.of("transient API error", new ApiErrorException("901", "Internal error", "Wait", true, null)),
                Named.of("maintenance page", new MalformedReplyException("it is HTML", "<html>")),
                Named.of("302", new HttpStatusException(302, "", null)),
                Named.of("408", new HttpStatusException(408, "", null)),
                Named.of("425", new HttpStatusException(425, "", null)),
                Named.of("429", new HttpStatusException(429, "", null)),
                Named.of("500", new HttpStatusException(500, "", null)),
                Named.of("503", new HttpStatusException(503, "", null)));
    }

    @ParameterizedTest
    @MethodSource("outages")
    void an_outage_is_stale_and_its_pauses_double_from_the_interval(ClickatellException failure) {
        client.outcome(Mono.error(failure));
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(ofSeconds(10 + 20 + 40));

        assertThat(states(signals)).containsExactly("stale none", "stale none", "stale none", "stale none");
        assertThat(((Stale) signals.getReceivedOnNext().get(0)).cause()).isSameAs(failure);
        assertThat(client.polledAt()).containsExactly(Duration.ZERO, INTERVAL, ofSeconds(30), ofSeconds(70));
    }

    @Test
    void the_pause_doubles_up_to_five_minutes_and_is_the_interval_again_after_a_success() {
        client.outcome(8, StubClient.maintenancePage()).outcome(client.counting());
        feed.start();
        advance(ofHours(1));

        List<Duration> polledAt = client.polledAt();
        List<Duration> pauses = new ArrayList<>();
        for (int i = 1; i < 11; i++) {
            pauses.add(polledAt.get(i).minus(polledAt.get(i - 1)));
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
    void a_retry_after_sets_the_pause_up_to_the_ceiling() {
        client.outcome(Mono.error(new HttpStatusException(503, "", ofSeconds(90))))
                .outcome(Mono.error(new HttpStatusException(503, "", ofHours(5))))
                .outcome(client.counting());
        feed.start();
        advance(ofHours(1));

        assertThat(client.polledAt())
                .startsWith(Duration.ZERO, ofSeconds(90), ofSeconds(90).plus(ofMinutes(5)));
    }

    // Refusals

    static Stream<Named<ClickatellException>> refusals() {
        return Stream.of(
                Named.of("API error", new ApiErrorException("001", "Authentication failed", "Check it", false, null)),
                Named.of("400", new HttpStatusException(400, "", null)),
                Named.of("401", new HttpStatusException(401, "", null)),
                Named.of("404", new HttpStatusException(404, "", null)),
                Named.of("TLS or proxy", new TransportException("TLS failed", false, null)));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void a_refusal_is_rejected_and_its_probes_are_from_five_minutes_to_an_hour_apart(ClickatellException failure) {
        client.outcome(Mono.error(failure));
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(ofHours(24));

        assertThat(states(signals)).containsOnly("rejected none");
        assertThat(((Rejected) signals.getReceivedOnNext().get(0)).cause()).isSameAs(failure);
        assertThat(client.polledAt())
                .startsWith(Duration.ZERO, ofMinutes(5), ofMinutes(15), ofMinutes(35), ofMinutes(75), ofMinutes(135));
        assertThat(client.polls()).isLessThanOrEqualTo(30);
    }

    @Test
    void rejected_ends_only_with_a_success() {
        client.outcome(StubClient.refusal())
                .outcome(StubClient.outage())
                .outcome(StubClient.maintenancePage())
                .outcome(client.counting());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(ofMinutes(35));

        assertThat(states(signals)).containsExactly("rejected none", "rejected none", "rejected none", "fresh 1");
        assertThat(signals.getReceivedOnNext().get(2))
                .isInstanceOfSatisfying(
                        Rejected.class, rejected -> assertThat(rejected.cause()).isInstanceOf(ApiErrorException.class));
        assertThat(client.polledAt()).containsExactly(Duration.ZERO, ofMinutes(5), ofMinutes(15), ofMinutes(35));
    }

    @Test
    void a_refusal_within_an_outage_is_rejected() {
        client.outcome(3, StubClient.outage()).outcome(StubClient.refusal());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(ofSeconds(70));

        assertThat(states(signals)).containsExactly("stale none", "stale none", "stale none", "rejected none");
        advance(ofMinutes(5).minus(ofMillis(1)));
        assertThat(client.polls()).isEqualTo(4);
        advance(ofMillis(1));
        assertThat(client.polls()).isEqualTo(5);
    }

    @Test
    void subscriptions_do_not_make_probes_more_frequent() {
        client.outcome(StubClient.refusal());
        for (int second = 0; second < 3600; second++) {
            subscribe(feed.balances()).cancel();
            advance(ofSeconds(1));
        }
        assertThat(client.polledAt()).containsExactly(Duration.ZERO, ofMinutes(5), ofMinutes(15), ofMinutes(35));
    }

    @Test
    void an_interval_longer_than_the_ceilings_is_kept() {
        client.outcome(StubClient.refusal());
        feed(client, ofHours(6)).start();
        advance(ofHours(18));
        assertThat(client.polledAt()).containsExactly(Duration.ZERO, ofHours(6), ofHours(12), ofHours(18));
    }

    // The log

    @Test
    void an_outage_is_logged_once_and_its_end_is_logged_once() {
        client.outcome(client.counting())
                .outcome(5, StubClient.maintenancePage())
                .outcome(client.counting());
        try (FeedLog log = new FeedLog()) {
            feed.start();
            assertThat(log.lines()).isEmpty();

            advance(INTERVAL);
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .isEqualTo("WARN The balance is stale: "
                            + feed.latest().flatMap(BalanceSignal::reason).orElseThrow())
                    .contains("it is HTML");

            advance(ofHours(1));
            assertThat(log.lines()).hasSize(2).last().isEqualTo("INFO The balance is fresh again: 2 credits");
            feed.close();
            assertThat(log.lines()).hasSize(2);
        }
    }

    @Test
    void each_change_of_state_is_logged() {
        client.outcome(StubClient.outage())
                .outcome(2, StubClient.refusal())
                .outcome(StubClient.outage())
                .outcome(client.counting());
        try (FeedLog log = new FeedLog()) {
            feed.start();
            advance(ofHours(1));

            assertThat(log.lines())
                    .containsExactly(
                            "WARN The balance is stale: The connection was refused",
                            "WARN The balance is rejected: Clickatell refused the request with error 001, "
                                    + "\"Authentication failed\". Check it",
                            "INFO The balance is fresh again: 1 credits");
        }
    }

    @Test
    void a_refused_password_is_logged_once_and_without_a_secret() {
        VirtualClient virtual = new VirtualClient();
        virtual.exchange.respond(StubExchange.reply(Protocol.HTTP.wrongSecret("Wrong: " + Protocol.HTTP.secrets())));
        try (FeedLog log = new FeedLog();
                CanaryWatch canary = CanaryWatch.listen()) {
            BalanceFeed refused = BalanceFeed.builder(virtual.build())
                    .scheduler(virtual.time)
                    .deliverOn(virtual.time)
                    .build();
            refused.start();
            virtual.advance(ofHours(24));

            assertThat(virtual.exchange.sent()).isGreaterThan(10);
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith("WARN The balance is rejected: ")
                    .contains("error 001")
                    .doesNotContain(CanaryWatch.WORD);
            assertThat(canary.seen()).isEmpty();
        }
    }

    @Test
    void a_feed_whose_every_poll_is_overdue_logs_that_once_and_info_after_a_poll_in_time() {
        client.outcome(10, client.counting(ofSeconds(25))).outcome(client.counting(ofSeconds(5)));
        try (FeedLog log = new FeedLog()) {
            TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
            advance(ofSeconds(35 * 10));
            assertThat(states(signals)).hasSize(20).startsWith("stale none", "fresh 1", "stale 1", "fresh 2");
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith("WARN The balance is stale: The poll is overdue")
                    .contains("10000 ms");

            advance(ofSeconds(5));
            assertThat(log.lines()).hasSize(2).last().isEqualTo("INFO The balance is fresh again: 11 credits");
            advance(ofHours(1));
            assertThat(log.lines()).hasSize(2);
        }
    }

    // Clients that break their contract, and schedulers that are shut down

    static Stream<Named<Mono<Balance>>> contract_violations() {
        return Stream.of(
                Named.of("empty", Mono.empty()),
                Named.of("another exception", Mono.error(new IllegalStateException("canary"))),
                Named.of("an error", Mono.error(new AssertionError("canary"))));
    }

    @ParameterizedTest
    @MethodSource("contract_violations")
    void the_feed_continues_after_a_client_breaks_its_contract(Mono<Balance> outcome) {
        client.outcome(outcome).outcome(client.counting());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(INTERVAL);

        assertThat(states(signals)).containsExactly("stale none", "fresh 1");
        assertThat(((Stale) signals.getReceivedOnNext().get(0)).cause())
                .hasMessageContaining("BalanceClient")
                .hasMessageNotContaining("canary");
    }

    @Test
    void the_feed_continues_after_a_client_throws() {
        List<Duration> polledAt = new ArrayList<>();
        BalanceClient throwing = new BalanceClient() {
            @Override
            public Mono<Balance> balance() {
                polledAt.add(client.now());
                throw new IllegalStateException("thrown");
            }

            @Override
            public Flux<Balance> poll(Duration interval) {
                return client.poll(interval);
            }

            @Override
            public void close() {}
        };
        TestSubscriber<BalanceSignal> signals =
                subscribe(feed(throwing, INTERVAL).signals());
        advance(INTERVAL);

        assertThat(states(signals)).containsExactly("stale none", "stale none");
        assertThat(polledAt).containsExactly(Duration.ZERO, INTERVAL);
    }

    /** CleanExtension fails this test if an error reaches Reactor's global hook. */
    @Test
    void a_failure_at_the_moment_of_close_is_not_dropped() {
        client.outcome(Mono.fromCallable(() -> {
            feed.close();
            throw new IllegalStateException("after close");
        }));
        assertThat(subscribe(feed.signals()).isTerminatedComplete()).isTrue();
        assertThat(feed.latest()).isEmpty();
    }

    @Test
    void a_client_that_returns_the_same_balance_object_gives_a_value_for_each_poll() {
        Balance same = new Balance(BigDecimal.ONE, Balance.CREDITS, Instant.EPOCH);
        client.outcome(Mono.just(same));
        TestSubscriber<Balance> balances = subscribe(feed.balances());
        advance(INTERVAL.multipliedBy(2));
        assertThat(balances.getReceivedOnNext()).containsExactly(same, same, same);
    }

    @Test
    void the_feed_closes_itself_when_its_client_is_closed() {
        client.outcome(client.counting()).outcome(Mono.error(ClientClosedException::new));
        TestSubscriber<Balance> balances = subscribe(feed.balances());
        TestSubscriber<BalanceSignal> signals = subscribe(feed.signals());
        advance(INTERVAL);

        assertThat(balances.isTerminatedComplete()).isTrue();
        assertThat(signals.isTerminatedComplete()).isTrue();
        assertThat(feed.latest()).containsInstanceOf(Rejected.class).get().satisfies(signal -> {
            assertThat(signal.lastKnown()).isPresent();
            assertThat(signal.reason().orElseThrow()).contains("BalanceClient is closed");
        });
        advance(ofHours(1));
        assertThat(client.polls()).isEqualTo(2);
    }

    @Test
    void a_feed_on_a_closed_client_is_rejected_and_logs_the_reason() {
        client.outcome(Mono.error(ClientClosedException::new));
        try (FeedLog log = new FeedLog()) {
            feed.start();

            assertThat(feed.latest()).containsInstanceOf(Rejected.class);
            assertThat(log.lines()).singleElement().asString().startsWith("WARN The balance is rejected: ");
        }
    }

    /** Reactor throws a fatal error out of the pipeline: there is no outcome, and no further poll. */
    @Test
    void the_signal_is_stale_after_a_client_throws_a_fatal_error() {
        client.outcome(client.counting()).outcome(Mono.fromCallable(() -> {
            throw new NoClassDefFoundError("missing");
        }));
        AtomicInteger fatalErrors = new AtomicInteger();
        Scheduler survivor = new ShutDownAfter(client.time, Integer.MAX_VALUE) {
            @Override
            public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
                return super.schedule(
                        () -> {
                            try {
                                task.run();
                            } catch (NoClassDefFoundError e) { // as the threads of Reactor's schedulers do
                                fatalErrors.incrementAndGet();
                            }
                        },
                        delay,
                        unit);
            }
        };
        BalanceFeed watched = BalanceFeed.builder(client)
                .interval(INTERVAL)
                .scheduler(survivor)
                .deliverOn(client.time)
                .build();
        watched.start();
        advance(ofHours(1));

        assertThat(fatalErrors).hasValue(1);
        assertThat(watched.latest()).containsInstanceOf(Stale.class);
    }

    @Test
    void a_scheduler_that_is_shut_down_fails_the_subscribers_and_is_logged() {
        client.outcome(client.counting());
        try (FeedLog log = new FeedLog()) {
            BalanceFeed broken = BalanceFeed.builder(client)
                    .interval(INTERVAL)
                    .scheduler(new ShutDownAfter(client.time, 2))
                    .deliverOn(client.time)
                    .build();
            TestSubscriber<Balance> balances = subscribe(broken.balances());
            advance(ofMinutes(1));

            for (TestSubscriber<Balance> each : List.of(balances, subscribe(broken.balances()))) {
                assertThat(each.isTerminatedError()).isTrue();
                assertThat(each.expectTerminalError())
                        .isInstanceOf(ClickatellException.class)
                        .hasMessageContaining(RejectedExecutionException.class.getSimpleName());
            }
            assertThat(broken.latest()).containsInstanceOf(Rejected.class);
            assertThat(log.lines()).singleElement().asString().startsWith("WARN The balance is rejected: A scheduler");
        }
    }

    // latest()

    @Test
    void latest_causes_no_request() {
        client.outcome(client.counting());
        assertThat(feed.latest()).isEmpty();
        advance(ofHours(1));
        assertThat(client.polls()).isZero();

        feed.start();
        assertThat(feed.latest()).containsInstanceOf(Fresh.class);
        advance(INTERVAL);
        assertThat(latest()).isEqualTo("fresh 2");
        assertThat(client.polls()).isEqualTo(2);
    }

    @Test
    void latest_is_stale_after_close() {
        client.outcome(client.counting());
        feed.start();
        advance(ofSeconds(7));
        feed.close();
        advance(ofHours(1));

        assertThat(latest()).isEqualTo("stale 1");
        assertThat(feed.latest().orElseThrow()).isInstanceOfSatisfying(Stale.class, stale -> {
            assertThat(stale.since()).isEqualTo(Instant.EPOCH.plusSeconds(7));
            assertThat(stale.cause()).hasMessage("This feed is closed");
        });
    }

    // Context

    @Test
    void polls_have_no_context_of_a_subscriber_and_a_subscriber_keeps_its_own() {
        List<String> polls = new ArrayList<>();
        client.outcome(Mono.deferContextual(context -> {
            polls.add(context.getOrDefault("tenant", "none"));
            return client.counting();
        }));
        TestSubscriber<String> own = subscribe(feed.balances()
                .flatMap(balance -> Mono.deferContextual(context -> Mono.just(context.<String>get("tenant"))))
                .contextWrite(context -> context.put("tenant", "first")));
        advance(INTERVAL.multipliedBy(2));

        assertThat(polls).containsExactly("none", "none", "none");
        assertThat(own.getReceivedOnNext()).containsExactly("first", "first", "first");
    }

    // Settings

    @Test
    void the_default_timers_run_in_virtual_time() {
        VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();
        try {
            client.outcome(client.counting());
            TestSubscriber<Balance> balances = subscribe(BalanceFeed.builder(client)
                    .interval(INTERVAL)
                    .deliverOn(Schedulers.immediate())
                    .build()
                    .balances());
            time.advanceTimeBy(ofSeconds(25));
            assertThat(amounts(balances)).containsExactly("1", "2", "3");
        } finally {
            VirtualTimeScheduler.reset();
        }
    }

    /** The first call is cancelled after five minutes, but its consumer is still there. */
    @Test
    void the_due_time_of_a_call_that_has_ended_changes_no_pause() {
        List<LongConsumer> due = new ArrayList<>();
        Mono<Balance> polls = client.counting();
        client.outcome(Mono.deferContextual(context -> {
            due.add(context.get("io.github.clickatellbalance.nextPoll"));
            return due.size() == 1 ? Mono.never() : polls.delaySubscription(ofSeconds(2), client.time);
        }));
        feed.start();
        advance(ofMinutes(5).plus(INTERVAL).plusSeconds(1));
        assertThat(due).hasSize(2);
        due.get(0).accept(System.nanoTime() + ofHours(1).toNanos());
        advance(INTERVAL.plusSeconds(2));
        assertThat(due).hasSize(3);

        due.get(2).accept(System.nanoTime() + ofHours(1).toNanos());
        advance(ofMinutes(59));
        assertThat(due).as("the pause that the third call has requested").hasSize(3);
    }

    @Test
    void the_default_interval_is_a_minute() {
        client.outcome(client.counting());
        BalanceFeed.builder(client).scheduler(client.time).build().start();
        advance(ofMinutes(1));
        assertThat(client.polledAt()).containsExactly(Duration.ZERO, ofMinutes(1));
    }

    @Test
    void invalid_intervals_are_refused() {
        BalanceFeed.Builder builder = BalanceFeed.builder(client);
        for (Duration interval : List.of(Duration.ZERO, ofSeconds(-1), Duration.ofDays(366))) {
            assertThatThrownBy(() -> builder.interval(interval))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("interval")
                    .hasMessageContaining(interval.toString());
        }
        assertThatThrownBy(() -> BalanceFeed.of(client, Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
    }
}
