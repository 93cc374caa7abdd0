package io.github.clickatellbalance.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.Threshold;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/** History, burn rate and streams, in virtual time. */
class BalanceMonitorTest {
    private static final Duration INTERVAL = Duration.ofMinutes(1);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Gateway gateway = new Gateway();
    private VirtualTimeScheduler time = VirtualTimeScheduler.create();

    @BeforeEach
    void start() {
        time = VirtualTimeScheduler.getOrSet();
    }

    @AfterEach
    void stop() {
        VirtualTimeScheduler.reset();
    }

    /** Each balance has the time of its poll. */
    private final class Gateway implements BalanceClient {
        BigDecimal amount = new BigDecimal("100");
        BigDecimal spentBetweenPolls = BigDecimal.ZERO;

        @Override
        public Mono<Balance> balance() {
            return Mono.fromSupplier(() -> {
                Balance balance =
                        new Balance(amount, Balance.CREDITS, Instant.EPOCH.plusMillis(time.now(TimeUnit.MILLISECONDS)));
                amount = amount.subtract(spentBetweenPolls);
                return balance;
            });
        }

        @Override
        public Flux<Balance> poll(Duration interval) {
            return Flux.never();
        }

        @Override
        public void close() {}
    }

    private BalanceFeed feed(Duration interval) {
        return BalanceFeed.builder(gateway)
                .interval(interval)
                .deliverOn(Schedulers.immediate())
                .build();
    }

    private BalanceMonitor monitor(BalanceFeed feed, Threshold... thresholds) {
        return new BalanceMonitor(feed, Duration.ofHours(1), List.of(thresholds), Flux.empty());
    }

    // History

    @Test
    void the_history_is_bounded_and_loses_the_oldest() {
        gateway.amount = new BigDecimal("1000");
        gateway.spentBetweenPolls = BigDecimal.ONE;
        BalanceMonitor monitor = monitor(feed(INTERVAL));
        monitor.start();
        time.advanceTimeBy(INTERVAL.multipliedBy(599));

        assertThat(monitor.history())
                .hasSize(512)
                .isSortedAccordingTo((a, b) -> a.retrievedAt().compareTo(b.retrievedAt()))
                .satisfies(history -> {
                    assertThat(history.get(0).amount()).isEqualByComparingTo("912");
                    assertThat(history.get(511).amount()).isEqualByComparingTo("401");
                });
    }

    private static Balance known(String amount, Duration age) {
        return new Balance(new BigDecimal(amount), Balance.CREDITS, Instant.EPOCH.minus(age));
    }

    @Test
    void history_and_burn_rate_begin_with_what_is_known_and_the_last_balance_counts_once() {
        Flux<Balance> recent = Flux.just(
                known("130", INTERVAL.multipliedBy(30)),
                known("115", INTERVAL.multipliedBy(15)),
                known("100.0", Duration.ofMillis(3)));
        BalanceMonitor monitor = new BalanceMonitor(feed(INTERVAL), Duration.ofHours(1), List.of(), recent);
        new SpendingMetrics(monitor, Tags.empty()).bindTo(meters);
        monitor.start();
        time.advanceTime();
        assertThat(monitor.history()).hasSize(3);
        assertThat(gauge("clickatell.balance.burn.rate")).isCloseTo(60, within(0.1));

        time.advanceTimeBy(INTERVAL);
        assertThat(monitor.history()).hasSize(4);
    }

    // Metrics

    private double gauge(String name) {
        return meters.get(name).gauge().value();
    }

    private double secondsToEmpty() {
        return meters.get("clickatell.balance.time.to.empty").timeGauge().value(TimeUnit.SECONDS);
    }

    @Test
    void burn_rate_and_time_to_empty_follow_the_balance() {
        gateway.spentBetweenPolls = new BigDecimal("0.5");
        BalanceMonitor monitor = monitor(feed(INTERVAL));
        new SpendingMetrics(monitor, Tags.empty()).bindTo(meters);
        assertThat(gauge("clickatell.balance.burn.rate"))
                .as("before the first balance")
                .isNaN();
        assertThat(secondsToEmpty()).as("before the first balance").isNaN();

        monitor.start();
        time.advanceTime();
        assertThat(gauge("clickatell.balance.burn.rate"))
                .as("before there is a rate")
                .isNaN();
        assertThat(secondsToEmpty()).as("before there is a rate").isNaN();

        time.advanceTimeBy(INTERVAL.multipliedBy(20));
        assertThat(gauge("clickatell.balance.burn.rate")).isEqualTo(30);
        assertThat(secondsToEmpty()).isEqualTo(90 * 120);
    }

    @Test
    void the_time_to_empty_is_infinite_while_the_balance_does_not_fall() {
        BalanceMonitor monitor = monitor(feed(INTERVAL));
        new SpendingMetrics(monitor, Tags.empty()).bindTo(meters);
        monitor.start();
        time.advanceTimeBy(INTERVAL.multipliedBy(20));

        assertThat(gauge("clickatell.balance.burn.rate")).isZero();
        assertThat(secondsToEmpty()).isEqualTo(Double.POSITIVE_INFINITY);
    }

    @Test
    void thresholds_and_open_streams_are_gauges() {
        BalanceMonitor monitor = monitor(feed(INTERVAL), new Threshold("low", new BigDecimal("50"), BigDecimal.ONE));
        new SpendingMetrics(monitor, Tags.empty()).bindTo(meters);
        assertThat(meters.get("clickatell.balance.threshold")
                        .tag("threshold", "low")
                        .gauge()
                        .value())
                .isEqualTo(50);

        var stream = monitor.updates().subscribe();
        assertThat(gauge("clickatell.balance.streams")).isEqualTo(1);
        stream.dispose();
        assertThat(gauge("clickatell.balance.streams")).isZero();
    }

    // Streams on which nothing happens

    /** It shows proxies that the stream lives, and the server when a client is gone. */
    @Test
    void a_comment_comes_every_fifteen_seconds_for_as_long_as_the_client_stays() {
        BalanceFeed feed = feed(Duration.ofDays(1));
        BalanceMonitor monitor = monitor(feed);
        monitor.start();
        time.advanceTime();
        List<String> received = new ArrayList<>();
        var client = new BalanceRoutes(monitor)
                .events()
                .subscribe(
                        event -> received.add(event.event() == null ? String.valueOf(event.comment()) : event.event()));
        assertThat(received).containsExactly("fresh");

        time.advanceTimeBy(Duration.ofSeconds(14));
        assertThat(received).containsExactly("fresh");
        time.advanceTimeBy(Duration.ofSeconds(31));
        assertThat(received).containsExactly("fresh", "heartbeat", "heartbeat", "heartbeat");

        client.dispose();
        time.advanceTimeBy(Duration.ofMinutes(1));
        assertThat(received).hasSize(4);
        assertThat(monitor.streams()).isZero();
    }

    @Test
    void the_last_line_of_json_is_repeated_every_fifteen_seconds_until_the_feed_is_closed() {
        BalanceFeed feed = feed(Duration.ofDays(1));
        BalanceMonitor monitor = monitor(feed);
        monitor.start();
        time.advanceTime();
        List<Map<String, Object>> lines = new ArrayList<>();
        List<String> end = new ArrayList<>();
        new BalanceRoutes(monitor)
                .lines()
                .subscribe(lines::add, failure -> end.add("error"), () -> end.add("complete"));
        time.advanceTimeBy(Duration.ofSeconds(45));
        assertThat(lines).hasSize(4);
        assertThat(lines)
                .extracting(line -> line.get("version"))
                .containsOnly(lines.get(0).get("version"));
        assertThat(lines).extracting(line -> line.get("sentAt")).doesNotHaveDuplicates();

        feed.close();
        time.advanceTime();
        assertThat(end).containsExactly("complete");
        time.advanceTimeBy(Duration.ofMinutes(1));
        assertThat(lines).hasSize(4);
    }

    /** Without demand a stream must hold up neither the feed nor another stream. */
    @Test
    void a_slow_stream_gets_the_current_state_when_it_is_ready_again() {
        gateway.spentBetweenPolls = BigDecimal.ONE;
        BalanceMonitor monitor = monitor(feed(INTERVAL));
        monitor.start();
        time.advanceTime();
        StepVerifier.create(
                        monitor.updates()
                                .map(update -> update.signal()
                                        .lastKnown()
                                        .orElseThrow()
                                        .amount()
                                        .intValue()),
                        1)
                .expectNext(100)
                .then(() -> time.advanceTimeBy(INTERVAL.multipliedBy(10)))
                .thenRequest(2)
                .expectNext(90)
                .then(() -> time.advanceTimeBy(INTERVAL))
                .expectNext(89)
                .thenCancel()
                .verify(TestApplication.TIMEOUT);
    }
}
