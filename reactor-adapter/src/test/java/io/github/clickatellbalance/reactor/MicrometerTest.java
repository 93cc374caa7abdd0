package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.StubExchange.credits;
import static io.github.clickatellbalance.reactor.StubExchange.reply;
import static io.github.clickatellbalance.reactor.StubExchange.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.reactor.micrometer.BalanceFeedMetrics;
import io.github.clickatellbalance.reactor.micrometer.MicrometerObserver;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

/** The observations and meters of a client and of a feed. */
class MicrometerTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ObservationRegistry observations = ObservationRegistry.create();
    private final List<String> spans = new ArrayList<>();
    private final VirtualClient virtual = new VirtualClient();

    MicrometerTest() {
        observations
                .observationConfig()
                .observationHandler(new DefaultMeterObservationHandler(meters))
                .observationHandler(new ObservationHandler<Observation.Context>() {
                    @Override
                    public void onStop(Observation.Context context) {
                        var parent = context.getParentObservation();
                        spans.add(context.getName() + " in "
                                + (parent == null
                                        ? "none"
                                        : parent.getContextView().getName()));
                    }

                    @Override
                    public boolean supportsContext(Observation.Context context) {
                        return true;
                    }
                });
        virtual.observer = new MicrometerObserver(observations, meters);
        virtual.retry = RetryPolicy.backoff(2, Duration.ofSeconds(1), Duration.ofSeconds(1));
    }

    private double counter(String name) {
        return meters.get(name).counter().count();
    }

    private long timed(String name, String outcome) {
        var timer = meters.find(name).tag("outcome", outcome).timer();
        return timer == null ? 0 : timer.count();
    }

    @Test
    void a_call_its_attempts_and_its_retries_are_counted_and_timed_by_outcome() {
        virtual.exchange.respond(status(503)).respond(credits("1"));
        virtual.subscribe(virtual.build().balance().flux());
        virtual.advance(Duration.ofSeconds(2));

        assertThat(counter("clickatell.balance.polls")).isEqualTo(1);
        assertThat(counter("clickatell.balance.retries")).isEqualTo(1);
        assertThat(timed("clickatell.balance.poll", "success")).isEqualTo(1);
        assertThat(timed("clickatell.balance.exchange", "http_status")).isEqualTo(1);
        assertThat(timed("clickatell.balance.exchange", "success")).isEqualTo(1);
        assertThat(spans)
                .containsExactly(
                        "clickatell.balance.exchange in clickatell.balance.poll",
                        "clickatell.balance.exchange in clickatell.balance.poll",
                        "clickatell.balance.poll in none");
    }

    @Test
    void each_kind_of_failure_is_an_outcome_of_its_own() {
        virtual.exchange
                .respond(reply(200, "ERR: 001", null))
                .respond(reply(200, "<html>", null))
                .respond(status(404))
                .respond(Mono.error(new IllegalStateException("unforeseen")));
        BalanceClient client = virtual.build();
        for (int i = 0; i < 4; i++) {
            virtual.subscribe(client.balance().flux());
        }

        for (String outcome : List.of("api_error", "malformed", "http_status", "transport")) {
            assertThat(timed("clickatell.balance.poll", outcome)).as(outcome).isEqualTo(1);
        }
    }

    @Test
    void a_cancelled_call_has_the_outcome_cancelled() {
        virtual.exchange.respond(Mono.never());
        virtual.subscribe(virtual.build().balance().flux()).cancel();

        assertThat(timed("clickatell.balance.exchange", "cancelled")).isEqualTo(1);
        assertThat(timed("clickatell.balance.poll", "cancelled")).isEqualTo(1);
    }

    @Test
    void a_call_that_close_ends_has_the_outcome_cancelled() {
        virtual.exchange.respond(Mono.never());
        BalanceClient client = virtual.build();
        virtual.subscribe(client.balance().flux());
        client.close();

        assertThat(timed("clickatell.balance.exchange", "cancelled")).isEqualTo(1);
        assertThat(timed("clickatell.balance.poll", "cancelled")).isEqualTo(1);
    }

    @Test
    void a_call_is_a_child_of_the_observation_in_the_reactor_context() {
        virtual.exchange.respond(credits("1"));
        Observation caller = Observation.start("caller", observations);
        virtual.subscribe(virtual.build()
                .balance()
                .contextWrite(context -> context.put("micrometer.observation", caller))
                .flux());

        assertThat(spans).contains("clickatell.balance.poll in caller");
    }

    /**
     * As in Spring MVC: the observation of the request is that of the thread, and the thread blocks. Once another test has
     * disabled Reactor's automatic context propagation, only this mode finds it again in the same JVM.
     */
    @Test
    void a_blocking_call_is_a_child_of_the_observation_of_its_thread() {
        virtual.exchange.respond(credits("1"));
        Observation caller = Observation.start("caller", observations);
        Hooks.enableAutomaticContextPropagation();
        try {
            caller.scoped(() -> virtual.build().balance().block());
        } finally {
            Hooks.disableAutomaticContextPropagation();
        }

        assertThat(spans)
                .containsExactly(
                        "clickatell.balance.exchange in clickatell.balance.poll", "clickatell.balance.poll in caller");
    }

    @Test
    void ten_thousand_polls_register_no_more_meters_than_two_and_no_meter_contains_account_or_url() {
        virtual.exchange.respond(credits("1")).respond(status(503)).respond(credits("2"));
        BalanceClient client = virtual.build();
        virtual.subscribe(client.balance().flux());
        virtual.subscribe(client.balance().flux());
        virtual.advance(Duration.ofSeconds(2));
        int before = meters.getMeters().size();
        for (int i = 0; i < 10_000; i++) {
            virtual.subscribe(client.balance().flux());
        }

        assertThat(meters.getMeters()).hasSize(before);
        assertThat(meters.getMeters().stream().map(Meter::getId).collect(Collectors.toList()))
                .allMatch(id -> id.getName().startsWith("clickatell.balance."))
                .noneMatch(
                        id -> id.toString().contains("canary") || id.toString().contains("gateway.example"));
    }

    // The feed's gauges

    @Test
    void gauges_have_the_last_known_values_and_cause_no_poll() {
        StubClient client = new StubClient();
        client.outcome(client.credits("12.50")).outcome(StubClient.outage());
        BalanceFeed feed = BalanceFeed.builder(client)
                .interval(Duration.ofSeconds(10))
                .scheduler(client.time)
                .deliverOn(client.time)
                .clock(client.clock)
                .build();
        new BalanceFeedMetrics(feed, Tags.of("account", "main"), client.clock).bindTo(meters);
        assertThat(gauge("clickatell.balance.amount")).isNaN();
        assertThat(gauge("clickatell.balance.age")).isNaN();
        assertThat(gauge("clickatell.balance.subscribers")).isZero();
        assertThat(client.polls()).isZero();

        var subscription = feed.balances().subscribe();
        client.time.advanceTimeBy(Duration.ofSeconds(25));
        assertThat(gauge("clickatell.balance.amount")).as("in an outage, too").isEqualTo(12.5);
        assertThat(gauge("clickatell.balance.age")).as("seconds").isEqualTo(25);
        assertThat(gauge("clickatell.balance.subscribers")).isEqualTo(1);

        subscription.dispose();
        assertThat(gauge("clickatell.balance.subscribers")).isZero();
    }

    @Test
    void gauges_say_for_how_long_a_feed_has_been_stale_or_rejected_and_what_its_interval_is() {
        StubClient client = new StubClient();
        client.outcome(client.credits("12.50"))
                .outcome(StubClient.outage())
                .outcome(client.credits("12.50"))
                .outcome(StubClient.refusal());
        BalanceFeed feed = BalanceFeed.builder(client)
                .interval(Duration.ofSeconds(10))
                .scheduler(client.time)
                .deliverOn(client.time)
                .clock(client.clock)
                .build();
        new BalanceFeedMetrics(feed, Tags.of("account", "main"), client.clock).bindTo(meters);
        assertStates("before the first poll", 0, 0);
        assertThat(gauge("clickatell.balance.interval")).as("seconds").isEqualTo(10);

        feed.start();
        client.time.advanceTimeBy(Duration.ofSeconds(9));
        assertStates("fresh", 0, 0);
        client.time.advanceTimeBy(Duration.ofSeconds(1));
        assertStates("stale from now on", 0.001, 0);
        client.time.advanceTimeBy(Duration.ofSeconds(3));
        assertStates("stale", 3, 0);
        while (client.polls() < 3) {
            client.time.advanceTimeBy(Duration.ofSeconds(1));
        }
        assertStates("fresh again", 0, 0);
        client.time.advanceTimeBy(Duration.ofSeconds(10 + 60));
        assertThat(client.polls()).isEqualTo(4);
        assertThat(gauge("clickatell.balance.stale")).as("rejected").isZero();
        assertThat(gauge("clickatell.balance.rejected")).as("rejected").isBetween(60.0, 61.0);
    }

    private void assertStates(String state, double stale, double rejected) {
        assertThat(gauge("clickatell.balance.stale")).as(state).isEqualTo(stale);
        assertThat(gauge("clickatell.balance.rejected")).as(state).isEqualTo(rejected);
    }

    private double gauge(String name) {
        return meters.get(name).tag("account", "main").gauge().value();
    }

    @Test
    void the_registry_keeps_a_reference_to_the_feed() {
        StubClient client = new StubClient();
        client.outcome(client.credits("12.50"));
        subscribedOnce(client);
        CleanExtension.revealLeaks(); // a garbage collection

        assertThat(gauge("clickatell.balance.amount")).isEqualTo(12.5);
    }

    /** Only the registry has a reference to the feed afterwards. */
    private void subscribedOnce(StubClient client) {
        BalanceFeed feed = BalanceFeed.builder(client)
                .scheduler(client.time)
                .deliverOn(client.time)
                .build();
        new BalanceFeedMetrics(feed, Tags.of("account", "main")).bindTo(meters);
        feed.balances().subscribe().dispose();
        feed.close();
    }
}
