package io.github.clickatellbalance.reactor.redis;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.BalanceSignal.Rejected;
import io.github.clickatellbalance.BalanceSignal.Stale;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.Threshold;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.ClientClosedException;
import io.github.clickatellbalance.reactor.redis.MemoryFleet.Way;
import io.github.clickatellbalance.reactor.redis.Simulation.Instance;
import io.github.clickatellbalance.reactor.redis.Simulation.Reply;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.subscriber.TestSubscriber;

/** The rules of the client, in virtual time over the twin of Redis. */
class RedisBalanceClientTest {
    private static final Duration INTERVAL = ofMinutes(1);
    private static final Threshold LOW = new Threshold("low", new BigDecimal(100), new BigDecimal(10));

    private final Simulation simulation = new Simulation();
    private final Simulation.Gateway gateway = simulation.gateway;
    private final Instance one = simulation.instance(INTERVAL);
    private final Instance two = simulation.instance(INTERVAL);

    @AfterEach
    void close() {
        simulation.close();
    }

    private void advance(Duration duration) {
        simulation.advance(duration);
    }

    private static List<String> amounts(List<Balance> balances) {
        return balances.stream()
                .map(balance -> balance.amount().toPlainString())
                .toList();
    }

    private static List<String> amounts(TestSubscriber<Balance> call) {
        return amounts(call.getReceivedOnNext());
    }

    /** The due time of a feed is by the clock of this machine: if it pauses, the feed polls too early, and has a balance again. */
    private static List<BigDecimal> distinct(List<Balance> balances) {
        return balances.stream().map(Balance::amount).distinct().toList();
    }

    private static ApiErrorException refusal() {
        return new ApiErrorException("001", "Authentication failed", "Check it.", false, null);
    }

    private static TransportException outage() {
        return new TransportException("The connection was refused", true, null);
    }

    // What a call gives

    @Test
    void nothing_happens_before_a_subscription() {
        Mono<Balance> balance = one.client.balance();
        advance(INTERVAL);
        assertThat(one.fleet.commands()).isEmpty();
        assertThat(gateway.requests()).isZero();
        balance.subscribe();
        assertThat(gateway.requests()).isEqualTo(1);
    }

    @Test
    void a_balance_that_is_younger_than_the_interval_is_that_of_all() {
        assertThat(amounts(one.call())).containsExactly("1");
        advance(INTERVAL.minusMillis(1));
        TestSubscriber<Balance> call = two.call();
        assertThat(amounts(call)).containsExactly("1");
        assertThat(two.age(call.getReceivedOnNext().get(0)))
                .as("right by the clock of this host")
                .isEqualTo(INTERVAL.minusMillis(1));
        assertThat(gateway.requests()).isEqualTo(1);

        advance(ofMillis(1));
        assertThat(amounts(two.call())).containsExactly("2");
        assertThat(amounts(one.call())).containsExactly("2");
        assertThat(gateway.requests()).isEqualTo(2);
    }

    @Test
    void a_reply_that_was_there_while_the_process_was_stopped_is_not_used() {
        one.call();
        advance(ofSeconds(30));
        two.fleet.way(Way.slow(ofMillis(100)));
        TestSubscriber<Balance> call = two.call();
        advance(ofMillis(60));
        two.process.stop();
        advance(ofMinutes(10));
        two.process.resume();
        advance(ofSeconds(1));
        assertThat(amounts(call)).containsExactly("2");
        assertThat(gateway.requests()).isEqualTo(2);
    }

    @Test
    void a_claim_whose_reply_was_there_while_the_process_was_stopped_is_not_used() {
        one.fleet.way(Way.slow(ofMillis(100)));
        TestSubscriber<Balance> call = one.call();
        advance(ofMillis(60));
        one.process.stop();
        advance(ofSeconds(10));
        assertThat(amounts(two.call())).containsExactly("1");
        one.process.resume();
        advance(ofSeconds(1));
        assertThat(amounts(call)).containsExactly("1");
        assertThat(gateway.requests()).isEqualTo(1);
    }

    @Test
    void calls_during_a_poll_wait_for_its_outcome() {
        gateway.latency(ofSeconds(3));
        TestSubscriber<Balance> first = one.call();
        List<TestSubscriber<Balance>> others = IntStream.range(0, 20)
                .mapToObj(i -> (i % 2 == 0 ? one : two).call())
                .toList();
        advance(ofSeconds(3));
        assertThat(amounts(first)).containsExactly("1");
        advance(ofSeconds(2));
        assertThat(others).allSatisfy(call -> assertThat(amounts(call)).containsExactly("1"));
        assertThat(gateway.requests()).isEqualTo(1);
    }

    @Test
    void a_call_sends_no_more_commands_than_it_needs() {
        one.call();
        assertThat(one.fleet.commands()).containsExactly("acquire", "publish");
        two.call();
        assertThat(two.fleet.commands()).containsExactly("acquire");
        advance(INTERVAL);
        gateway.latency(ofMillis(1_200));
        one.call();
        two.call();
        advance(ofSeconds(2));
        assertThat(one.fleet.commands()).containsExactly("acquire", "publish", "acquire", "renew", "publish");
        assertThat(two.fleet.commands()).containsExactly("acquire", "acquire", "acquire", "acquire", "acquire");
    }

    @Test
    void each_subscription_is_a_call() {
        Mono<Balance> balance = one.client.balance();
        balance.subscribe();
        advance(INTERVAL);
        TestSubscriber<Balance> call = TestSubscriber.create();
        balance.subscribe(call);
        assertThat(amounts(call)).containsExactly("2");
    }

    @Test
    void any_outcome_is_one_balance_or_one_exception_of_this_library() {
        AtomicReference<Mono<Balance>> outcome = new AtomicReference<>(Mono.empty());
        RedisBalanceClient client = around(new Outcomes(() -> requireNonNull(outcome.get())));
        assertFailure(client, TransportException.class);
        outcome.set(Mono.error(new IllegalStateException("no ClickatellException")));
        assertFailure(client, TransportException.class);
        outcome.set(Mono.error(refusal()));
        assertFailure(client, ApiErrorException.class);
        outcome.set(Mono.error(new ClientClosedException()));
        assertFailure(client, ClientClosedException.class);
        outcome.set(Mono.defer(() -> {
            throw new IllegalArgumentException();
        }));
        assertFailure(client, TransportException.class);
    }

    private void assertFailure(RedisBalanceClient client, Class<? extends Throwable> type) {
        simulation.store.flush();
        TestSubscriber<Balance> call = TestSubscriber.create();
        client.balance().subscribe(call);
        assertThat(call.getReceivedOnNext()).isEmpty();
        assertThat(call.expectTerminalError()).isExactlyInstanceOf(type);
        assertThat(simulation.store.isClaimed()).isFalse();
    }

    private record Outcomes(Supplier<Mono<Balance>> outcome) implements BalanceClient {
        @Override
        public Mono<Balance> balance() {
            return outcome.get();
        }

        @Override
        public void close() {
            throw new UnsupportedOperationException("It belongs to the application");
        }
    }

    private RedisBalanceClient around(BalanceClient upstream) {
        return new RedisBalanceClient(
                upstream,
                one.fleet,
                INTERVAL,
                ofSeconds(1),
                () -> one.process,
                Schedulers::immediate,
                () -> simulation.time.now(TimeUnit.NANOSECONDS));
    }

    @Test
    void a_scheduler_that_was_shut_down_ends_no_call_with_another_exception_and_causes_no_loop() {
        Scheduler timers = Schedulers.newSingle("shut-down");
        timers.dispose();
        RedisBalanceClient client = new RedisBalanceClient(
                one.upstream, one.fleet, INTERVAL, ofSeconds(1), () -> timers, Schedulers::immediate, System::nanoTime);
        TestSubscriber<Balance> call = TestSubscriber.create();
        client.balance().subscribe(call);
        assertThat(amounts(call)).containsExactly("1");
    }

    // The claim

    @ParameterizedTest
    @ValueSource(longs = {1, 5, 59, 119, 3600})
    void a_call_of_any_length_is_not_overlapped_while_its_holder_runs(long seconds) {
        gateway.latency(ofSeconds(seconds));
        TestSubscriber<Balance> first = one.call();
        List<TestSubscriber<Balance>> calls = new ArrayList<>(List.of(two.call()));
        for (long second = 0; second < seconds; second++) {
            advance(ofSeconds(1));
            if (second % 30 == 0) {
                calls.add(two.call());
            }
        }
        advance(ofSeconds(3));
        assertThat(amounts(first)).containsExactly("1");
        assertThat(calls).allSatisfy(call -> assertThat(amounts(call)).containsExactly("1"));
        assertThat(gateway.mostInFlight()).isEqualTo(1);
        assertThat(gateway.requests()).isEqualTo(1);
        assertThat(simulation.store.expired()).isZero();
        assertThat(one.commands("renew")).isBetween(seconds - 1, seconds);
    }

    @Test
    void a_holder_that_dies_costs_at_most_five_seconds() {
        for (long millis = 0; millis < 8_000; millis += 130) {
            try (Simulation each = new Simulation()) {
                each.gateway.latency(ofMinutes(1));
                Instance holder = each.instance(INTERVAL);
                Instance other = each.instance(INTERVAL);
                holder.call();
                TestSubscriber<Balance> call = other.call();
                each.advance(ofMillis(millis));
                holder.process.kill();
                Duration killed = each.now();
                each.gateway.latency(Duration.ZERO);
                each.advance(ofSeconds(5));
                assertThat(amounts(call)).as("killed at %s", killed).containsExactly("1");
                assertThat(each.gateway.repliedAt(BigDecimal.ONE).minus(killed)).isLessThan(ofMillis(4_010));
            }
        }
    }

    @Test
    void a_holder_that_dies_after_another_one_costs_no_more() {
        gateway.latency(ofMinutes(1));
        Instance three = simulation.instance(INTERVAL);
        one.call();
        two.call();
        TestSubscriber<Balance> call = three.call();
        advance(ofSeconds(10));
        one.process.kill();
        advance(ofSeconds(5));
        assertThat(gateway.requests()).isEqualTo(2);
        Instance holder = gateway.exchanges().get(1).instance();
        holder.process.kill();
        gateway.latency(Duration.ZERO);
        advance(ofSeconds(5));
        assertThat(gateway.requests()).isEqualTo(3);
        assertThat(holder == three ? amounts(two.call()) : amounts(call)).containsExactly("1");
    }

    @Test
    void a_holder_that_is_cancelled_releases_at_once() {
        gateway.latency(ofMinutes(1));
        TestSubscriber<Balance> call = one.call();
        advance(ofSeconds(2));
        call.cancel();
        assertThat(gateway.inFlight()).isZero();
        assertThat(simulation.store.isClaimed()).isFalse();
        gateway.latency(Duration.ZERO);
        assertThat(amounts(two.call())).containsExactly("1");
        long commands = one.fleet.commands().size();
        advance(ofMinutes(10));
        assertThat(one.fleet.commands()).as("no more renewals").hasSize(Math.toIntExact(commands));
    }

    @Test
    void a_holder_that_is_closed_releases_at_once_and_shares_no_failure() {
        gateway.latency(ofMinutes(1));
        TestSubscriber<Balance> call = one.call();
        TestSubscriber<Balance> waiting = two.call();
        advance(ofSeconds(2));
        one.client.close();
        one.client.close();
        assertThat(call.expectTerminalError()).isInstanceOf(ClientClosedException.class);
        assertThat(gateway.inFlight()).isZero();
        assertThat(simulation.store.isClaimed()).isFalse();
        assertThat(simulation.store.entries()).isEmpty();

        gateway.latency(Duration.ZERO);
        advance(ofSeconds(2));
        assertThat(amounts(waiting)).containsExactly("1");
    }

    @Test
    void a_closed_client_sends_nothing() {
        one.client.close();
        assertThat(one.call().expectTerminalError()).isInstanceOf(ClientClosedException.class);
        assertThat(one.call().expectTerminalError()).isInstanceOf(ClientClosedException.class);
        assertThat(simulation.store.isClaimed()).isFalse();
        assertThat(gateway.requests()).isZero();
    }

    @Test
    void polls_of_a_closed_client_fail_and_running_ones_complete() {
        TestSubscriber<Balance> running = TestSubscriber.create();
        one.client.poll(INTERVAL).subscribe(running);
        one.client.close();
        assertThat(running.isTerminatedComplete()).isTrue();
        TestSubscriber<Balance> later = TestSubscriber.create();
        one.client.poll(INTERVAL).subscribe(later);
        assertThat(later.expectTerminalError()).isInstanceOf(ClientClosedException.class);
        assertThatThrownBy(() -> one.client.poll(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_call_that_waits_ends_when_the_client_is_closed() {
        gateway.latency(ofMinutes(1));
        one.call();
        TestSubscriber<Balance> call = two.call();
        two.client.close();
        assertThat(call.expectTerminalError()).isInstanceOf(ClientClosedException.class);
        int commands = two.fleet.commands().size();
        advance(ofMinutes(5));
        assertThat(two.fleet.commands()).hasSize(commands);
    }

    @Test
    void an_upstream_client_that_is_closed_is_no_failure_of_all() {
        AtomicReference<Mono<Balance>> outcome = new AtomicReference<>(Mono.error(new ClientClosedException()));
        RedisBalanceClient closed = around(new Outcomes(() -> requireNonNull(outcome.get())));
        TestSubscriber<Balance> call = TestSubscriber.create();
        closed.balance().subscribe(call);
        assertThat(call.expectTerminalError()).isInstanceOf(ClientClosedException.class);
        assertThat(simulation.store.entries()).isEmpty();
        assertThat(amounts(two.call())).containsExactly("1");
    }

    @Test
    void a_stopped_holder_that_wakes_publishes_nothing_and_gives_the_newer_balance() {
        gateway.latency(ofSeconds(1));
        TestSubscriber<Balance> stopped = one.call();
        advance(ofMillis(500));
        one.process.stop();
        advance(ofSeconds(1)); // the reply is there, but nobody reads it
        TestSubscriber<Balance> other = two.call();
        advance(ofSeconds(10));
        assertThat(amounts(other)).containsExactly("2");

        one.process.resume();
        advance(ofSeconds(1));
        assertThat(amounts(stopped)).containsExactly("2");
        assertThat(simulation.store.entries()).hasSize(1);
        assertThat(gateway.requests()).as("no burst").isEqualTo(2);
    }

    /** Its first claim is lost by the flush, its second one while it is stopped. */
    @Test
    void a_stopped_holder_that_has_lost_a_claim_before_gives_the_newer_balance_too() {
        gateway.latency(ofSeconds(2));
        TestSubscriber<Balance> stopped = one.call();
        advance(ofSeconds(1));
        simulation.store.flush();
        advance(ofMillis(1_500));
        assertThat(gateway.requests()).isEqualTo(2);
        one.process.stop();
        advance(ofSeconds(10));
        gateway.latency(ofSeconds(1));
        TestSubscriber<Balance> other = two.call();
        advance(ofSeconds(30));
        one.process.resume();
        advance(ofSeconds(1));
        assertThat(amounts(other)).containsExactly("3");
        assertThat(amounts(stopped)).as("not 2, which is older").containsExactly("3");
    }

    /** Otherwise requests would follow each other without a pause. */
    @Test
    void a_call_that_loses_each_claim_sends_two_requests() {
        gateway.replies(() -> {
            simulation.store.flush();
            return Reply.balance(Duration.ZERO);
        });
        assertThat(amounts(one.call())).containsExactly("2");
        assertThat(gateway.requests()).isEqualTo(2);
        assertThat(simulation.store.entries()).isEmpty();
    }

    @Test
    void a_stopped_holder_that_wakes_in_the_claim_of_another_one_waits_for_it() {
        gateway.latency(ofSeconds(1));
        TestSubscriber<Balance> stopped = one.call();
        one.process.stop();
        advance(ofSeconds(2));
        gateway.latency(ofSeconds(10));
        TestSubscriber<Balance> other = two.call();
        advance(ofSeconds(5));
        one.process.resume();
        advance(ofSeconds(1));
        assertThat(stopped.getReceivedOnNext()).isEmpty();
        advance(ofSeconds(10));
        assertThat(amounts(stopped)).containsExactly("2");
        assertThat(amounts(other)).containsExactly("2");
        assertThat(gateway.requests()).isEqualTo(2);
    }

    // Failures

    @Test
    void an_outage_costs_one_request_for_all_and_its_pause_is_that_of_all() {
        gateway.fails(RedisBalanceClientTest::outage);
        simulation.instances.forEach(Instance::startFeed);
        advance(ofMinutes(1 + 2 + 4 + 5 + 5).plusSeconds(2));
        assertThat(starts()).containsExactly(0L, 60L, 180L, 420L, 720L, 1020L);
        for (Instance instance : simulation.instances) {
            assertThat(instance.feed().latest())
                    .get()
                    .isInstanceOfSatisfying(
                            Stale.class,
                            stale -> assertThat(stale.cause())
                                    .isExactlyInstanceOf(TransportException.class)
                                    .hasMessage("The connection was refused"));
        }
        gateway.latency(Duration.ZERO);
        advance(ofMinutes(5).plusSeconds(2));
        assertThat(simulation.instances)
                .allSatisfy(instance -> assertThat(instance.fresh()).isPresent());
        advance(ofMinutes(10));
        assertThat(gateway.requests()).isEqualTo(6 + 1 + 10);
    }

    @Test
    void a_rejection_costs_one_request_for_all() {
        gateway.fails(RedisBalanceClientTest::refusal);
        simulation.instances.forEach(Instance::startFeed);
        advance(ofMinutes(5 + 10 + 20 + 40).plusSeconds(2));
        assertThat(starts()).containsExactly(0L, 300L, 900L, 2100L, 4500L);
        for (Instance instance : simulation.instances) {
            assertThat(instance.feed().latest())
                    .get()
                    .isInstanceOfSatisfying(
                            Rejected.class,
                            rejected -> assertThat(rejected.cause())
                                    .isInstanceOfSatisfying(
                                            ApiErrorException.class,
                                            error -> assertThat(error.code()).hasValue("001")));
        }
    }

    @Test
    void an_instance_that_is_started_after_a_rejection_tries_once() {
        gateway.fails(RedisBalanceClientTest::refusal);
        simulation.instances.forEach(Instance::startFeed);
        advance(ofSeconds(30));
        Instance wrong = simulation.instance(INTERVAL).startFeed();
        assertThat(gateway.requests()).isEqualTo(2);
        assertThat(wrong.feed().latest()).get().isInstanceOf(Rejected.class);
        advance(ofMinutes(5));
        assertThat(gateway.requests()).as("once").isEqualTo(2);

        gateway.latency(Duration.ZERO);
        Instance right = simulation.instance(INTERVAL).startFeed();
        assertThat(right.fresh()).isPresent();
        advance(INTERVAL.plusSeconds(1));
        assertThat(simulation.instances)
                .allSatisfy(instance -> assertThat(instance.fresh()).isPresent());
    }

    @Test
    void an_instance_whose_first_poll_after_a_rejection_was_cancelled_still_tries_once() {
        gateway.fails(RedisBalanceClientTest::refusal);
        one.call();
        advance(ofSeconds(30));
        Instance right = simulation.instance(INTERVAL);
        gateway.latency(ofSeconds(3));
        TestSubscriber<Balance> impatient = right.call();
        assertThat(gateway.inFlight()).isEqualTo(1);
        impatient.cancel();
        advance(ofSeconds(1));
        TestSubscriber<Balance> call = right.call();
        advance(ofSeconds(5));
        assertThat(amounts(call)).hasSize(1);
    }

    @Test
    void twenty_instances_that_are_started_after_a_rejection_send_one_request() {
        gateway.fails(RedisBalanceClientTest::refusal);
        one.call();
        advance(ofSeconds(30));
        gateway.replies(() -> new Reply(ofMillis(300), refusal()));
        List<TestSubscriber<Balance>> calls = IntStream.range(0, 20)
                .mapToObj(i -> simulation.instance(INTERVAL).call())
                .toList();
        advance(ofSeconds(5));
        assertThat(gateway.requests()).isEqualTo(2);
        assertThat(calls)
                .allSatisfy(call -> assertThat(call.expectTerminalError()).isInstanceOf(ApiErrorException.class));
    }

    @Test
    void a_pause_that_the_gateway_requests_is_that_of_all() {
        gateway.fails(() -> new HttpStatusException(429, "", ofSeconds(150)));
        simulation.instances.forEach(Instance::startFeed);
        advance(ofSeconds(50));
        assertThat(two.call().expectTerminalError()).isInstanceOfSatisfying(HttpStatusException.class, failure -> {
            assertThat(failure.status()).isEqualTo(429);
            assertThat(failure.retryAfter()).hasValue(ofSeconds(100));
        });
        advance(ofSeconds(102));
        assertThat(starts()).containsExactly(0L, 150L);
    }

    /** In seconds. */
    private List<Long> starts() {
        return gateway.exchanges().stream()
                .map(exchange -> exchange.start().toSeconds())
                .toList();
    }

    // Redis unavailable

    @Test
    void without_redis_each_instance_polls_by_itself() {
        simulation.instances.forEach(instance -> instance.fleet.way(Way.REFUSED));
        simulation.instances.forEach(Instance::startFeed);
        assertThat(simulation.instances)
                .allSatisfy(instance -> assertThat(instance.fresh()).isPresent());
        advance(ofMinutes(10));
        assertThat(gateway.requests()).isBetween(2 * 10, 2 * 11);
        assertThat(gateway.exchanges().stream()
                        .skip(4)
                        .map(exchange -> exchange.start().toMillis()))
                .as("with jitter")
                .doesNotHaveDuplicates();
        assertThat(one.client.isShared()).isFalse();
    }

    @Test
    void a_command_without_a_reply_costs_one_second_once() {
        one.fleet.way(Way.SWALLOWED);
        TestSubscriber<Balance> first = one.call();
        advance(ofMillis(999));
        assertThat(first.getReceivedOnNext()).isEmpty();
        advance(ofMillis(1));
        assertThat(amounts(first)).containsExactly("1");
        advance(INTERVAL.multipliedBy(2));
        assertThat(amounts(one.call())).as("at once while it is unavailable").containsExactly("2");
        assertThat(one.client.isShared()).isFalse();
    }

    @Test
    void without_redis_failures_have_the_pauses_of_a_fleet() {
        one.fleet.way(Way.REFUSED);
        gateway.fails(RedisBalanceClientTest::refusal);
        for (int second = 0; second < 299; second++) {
            assertThat(one.call().expectTerminalError()).isInstanceOf(ApiErrorException.class);
            advance(ofSeconds(1));
        }
        assertThat(gateway.requests()).isEqualTo(1);
        gateway.latency(Duration.ZERO);
        advance(ofSeconds(32));
        assertThat(amounts(one.call())).containsExactly("2");
        assertThat(gateway.requests()).isEqualTo(2);
    }

    @Test
    void without_redis_calls_of_one_instance_share_a_poll_that_is_in_flight() {
        simulation.instances.forEach(instance -> instance.fleet.way(Way.REFUSED));
        gateway.latency(ofSeconds(3));
        TestSubscriber<Balance> first = one.call();
        List<TestSubscriber<Balance>> others =
                IntStream.range(0, 20).mapToObj(i -> one.call()).toList();
        TestSubscriber<Balance> elsewhere = two.call();
        assertThat(gateway.requests()).isEqualTo(2);
        advance(ofSeconds(1));
        first.cancel();
        advance(ofSeconds(2));
        assertThat(first.getReceivedOnNext()).isEmpty();
        assertThat(others).allSatisfy(call -> assertThat(amounts(call)).containsExactly("1"));
        assertThat(amounts(elsewhere)).containsExactly("2");
        assertThat(gateway.requests()).isEqualTo(2);
    }

    /** The first call has the claim. A poll is never published with the claim of a later call, so it is not shared. */
    @Test
    void calls_after_redis_has_become_unavailable_share_one_poll_beside_the_one_in_flight() {
        gateway.latency(ofSeconds(10));
        TestSubscriber<Balance> first = one.call();
        advance(ofSeconds(3));
        one.fleet.way(Way.REFUSED);
        List<TestSubscriber<Balance>> later =
                IntStream.range(0, 3).mapToObj(i -> one.call()).toList();
        advance(ofSeconds(10));
        assertThat(amounts(first)).containsExactly("1");
        assertThat(later).allSatisfy(call -> assertThat(amounts(call)).containsExactly("2"));
        assertThat(gateway.requests()).isEqualTo(2);
    }

    @Test
    void without_redis_a_poll_is_cancelled_with_the_last_call_that_waits_for_it() {
        one.fleet.way(Way.REFUSED);
        gateway.latency(ofSeconds(3));
        List<TestSubscriber<Balance>> calls =
                IntStream.range(0, 3).mapToObj(i -> one.call()).toList();
        calls.get(0).cancel();
        calls.get(1).cancel();
        assertThat(gateway.inFlight()).isEqualTo(1);
        calls.get(2).cancel();
        assertThat(gateway.inFlight()).isZero();
        gateway.latency(Duration.ZERO);
        assertThat(one.call().getReceivedOnNext()).hasSize(1);
        assertThat(gateway.requests()).isEqualTo(2);
    }

    @Test
    void without_redis_calls_that_share_a_poll_have_the_same_failure() {
        one.fleet.way(Way.REFUSED);
        gateway.replies(() -> new Reply(ofSeconds(1), refusal()));
        List<TestSubscriber<Balance>> calls =
                IntStream.range(0, 3).mapToObj(i -> one.call()).toList();
        advance(ofSeconds(1));
        assertThat(calls)
                .allSatisfy(call -> assertThat(call.expectTerminalError()).isInstanceOf(ApiErrorException.class));
        assertThat(gateway.requests()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void without_redis_a_balance_that_is_younger_than_the_interval_is_that_of_each_call(boolean isFromRedis) {
        one.fleet.way(isFromRedis ? Way.NORMAL : Way.REFUSED);
        assertThat(amounts(one.call())).containsExactly("1");
        one.fleet.way(Way.REFUSED);
        advance(INTERVAL.minusMillis(1));
        TestSubscriber<Balance> call = one.call();
        assertThat(amounts(call)).containsExactly("1");
        assertThat(one.age(call.getReceivedOnNext().get(0))).isEqualTo(INTERVAL.minusMillis(1));
        advance(ofMillis(1));
        assertThat(amounts(one.call())).containsExactly("2");
        assertThat(gateway.requests()).isEqualTo(2);
    }

    @Test
    void without_redis_a_feed_gets_a_balance_of_a_call_once_and_polls_when_that_is_as_old_as_the_interval() {
        one.fleet.way(Way.REFUSED);
        one.call();
        advance(ofSeconds(30));
        one.startFeed();
        assertThat(amounts(one.shown)).containsExactly("1");
        for (int second = 30; second < 30 * 60; second++) {
            advance(ofSeconds(1));
            assertThat(one.freshAge().orElseThrow()).isLessThan(INTERVAL.plusSeconds(7));
        }
        assertThat(distinct(one.shown)).isSorted().hasSizeBetween(27, 30).hasSize(gateway.requests());
    }

    @Test
    void without_redis_two_instances_with_the_same_balance_do_not_poll_at_the_same_time() {
        simulation.instances.forEach(Instance::startFeed);
        advance(ofSeconds(30));
        simulation.instances.forEach(instance -> instance.fleet.way(Way.REFUSED));
        simulation.instances.forEach(Instance::call); // each notices that Redis is unavailable
        advance(ofMinutes(2));
        List<Duration> starts = gateway.exchanges().stream()
                .skip(1)
                .map(Simulation.Exchange::start)
                .toList();
        assertThat(starts).hasSizeGreaterThanOrEqualTo(2).doesNotHaveDuplicates();
    }

    @Test
    void an_outage_of_redis_and_of_the_gateway_ends_for_all_when_both_are_back() {
        simulation.instances.forEach(Instance::startFeed);
        simulation.instances.forEach(instance -> instance.fleet.way(Way.REFUSED));
        gateway.fails(RedisBalanceClientTest::outage);
        advance(ofMinutes(60));
        assertThat(gateway.requests()).as("with pauses up to five minutes").isBetween(1 + 2 * 12, 1 + 2 * 17);
        simulation.instances.forEach(instance -> instance.fleet.way(Way.NORMAL));
        gateway.latency(Duration.ZERO);
        int before = gateway.requests();
        advance(INTERVAL.multipliedBy(2));
        assertThat(simulation.instances)
                .allSatisfy(instance -> assertThat(instance.fresh()).isPresent());
        assertThat(gateway.requests() - before).isLessThanOrEqualTo(2);
    }

    @Test
    void a_slow_command_counts_as_none() {
        one.fleet.way(Way.slow(ofMillis(900)));
        TestSubscriber<Balance> call = one.call();
        advance(ofMillis(1800));
        assertThat(amounts(call)).containsExactly("1");
        assertThat(one.client.isShared()).isTrue();

        advance(INTERVAL.plusSeconds(1));
        one.fleet.way(Way.slow(ofMillis(1100)));
        call = one.call();
        advance(ofSeconds(1));
        assertThat(amounts(call)).containsExactly("2");
        assertThat(one.client.isShared()).isFalse();
    }

    @Test
    void a_probe_restores_and_each_change_is_logged_once() {
        simulation.instances.forEach(Instance::startFeed);
        simulation.instances.forEach(instance -> instance.fleet.way(Way.REFUSED));
        advance(ofMinutes(10));
        assertThat(simulation.log()).hasSize(2).allMatch(line -> line.startsWith("WARN Redis does not reply"));
        assertThat(one.client.isShared()).isFalse();

        simulation.instances.forEach(instance -> instance.fleet.way(Way.NORMAL));
        advance(ofSeconds(1));
        assertThat(one.client.isShared()).isTrue();
        assertThat(simulation.log()).hasSize(4);
        assertThat(simulation.log().subList(2, 4)).allMatch(line -> line.startsWith("INFO Redis replies again"));

        int before = gateway.requests();
        advance(INTERVAL.multipliedBy(2));
        assertThat(gateway.requests() - before).isLessThanOrEqualTo(2);
        advance(INTERVAL.multipliedBy(10));
        assertThat(gateway.requests() - before).isLessThanOrEqualTo(12);
        assertThat(simulation.log()).hasSize(4);
    }

    @Test
    void a_probe_ends_with_the_client() {
        one.fleet.way(Way.REFUSED);
        one.call();
        one.client.close();
        int commands = one.fleet.commands().size();
        advance(ofMinutes(1));
        assertThat(one.fleet.commands()).hasSize(commands);
    }

    @Test
    void a_call_that_waits_goes_on_alone_when_redis_becomes_unavailable() {
        gateway.latency(ofSeconds(30));
        one.call();
        TestSubscriber<Balance> call = two.call();
        advance(ofSeconds(2));
        two.fleet.way(Way.REFUSED);
        gateway.latency(Duration.ZERO);
        advance(ofSeconds(2));
        assertThat(amounts(call)).containsExactly("1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"REFUSED", "LOST_REPLY", "NO_REPLY", "SWALLOWED"})
    void a_failed_publication_still_gives_the_balance(String way) {
        one.fleet.ways(name -> name.equals("publish") ? way(way) : Way.NORMAL);
        TestSubscriber<Balance> call = one.call();
        advance(ofSeconds(1));
        assertThat(amounts(call)).containsExactly("1");
        TestSubscriber<Balance> other = two.call();
        advance(ofMillis(50));
        assertThat(other.getReceivedOnNext())
                .as("nobody waits for a claim that has no use")
                .hasSize(1);
    }

    private static Way way(String name) {
        return switch (name) {
            case "REFUSED" -> Way.REFUSED;
            case "LOST_REPLY" -> Way.LOST_REPLY;
            case "NO_REPLY" -> Way.NO_REPLY;
            default -> Way.SWALLOWED;
        };
    }

    @Test
    void a_publication_that_was_sent_twice_gives_the_balance_that_was_published() {
        one.fleet.ways(name -> name.equals("publish") ? Way.TWICE : Way.NORMAL);
        assertThat(amounts(one.call())).containsExactly("1");
        assertThat(simulation.store.entries()).hasSize(1);
        assertThat(gateway.requests()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"LOST_REPLY", "NO_REPLY"})
    void a_claim_whose_reply_was_lost_is_released_behind_it(String way) {
        one.fleet.ways(name -> name.equals("acquire") ? way(way) : Way.NORMAL);
        TestSubscriber<Balance> call = one.call();
        advance(ofSeconds(1));
        assertThat(amounts(call)).containsExactly("1");
        assertThat(simulation.store.granted()).isEqualTo(1);
        assertThat(simulation.store.isClaimed()).isFalse();
        assertThat(amounts(two.call())).containsExactly("2");
    }

    @Test
    void a_claim_that_a_hanging_redis_gives_late_is_released_behind_it() {
        one.fleet.ways(name -> name.equals("acquire") ? Way.hanging(ofSeconds(20)) : Way.NORMAL);
        TestSubscriber<Balance> call = one.call();
        advance(ofSeconds(19));
        assertThat(amounts(call)).containsExactly("1");
        assertThat(simulation.store.granted()).isZero();
        advance(ofSeconds(1));
        assertThat(simulation.store.granted()).isEqualTo(1);
        assertThat(simulation.store.isClaimed()).isFalse();
    }

    @Test
    void a_call_that_is_cancelled_while_it_acquires_leaves_no_claim() {
        one.fleet.way(Way.slow(ofMillis(500)));
        TestSubscriber<Balance> call = one.call();
        advance(ofMillis(100));
        call.cancel();
        advance(ofSeconds(5));
        assertThat(simulation.store.granted()).isEqualTo(1);
        assertThat(simulation.store.isClaimed()).isFalse();
        assertThat(simulation.store.expired()).isZero();
        assertThat(gateway.requests()).isZero();
    }

    @Test
    void renewals_that_fail_lose_the_claim_but_not_the_call() {
        gateway.latency(ofSeconds(20));
        TestSubscriber<Balance> call = one.call();
        one.fleet.ways(name -> name.equals("renew") ? Way.SWALLOWED : Way.NORMAL);
        advance(ofSeconds(5));
        gateway.latency(Duration.ZERO);
        assertThat(amounts(two.call())).containsExactly("1");
        advance(ofSeconds(16));
        assertThat(amounts(call)).as("the newer one").containsExactly("1");
        assertThat(simulation.store.entries()).hasSize(1);
    }

    // A feed on top

    @Test
    void twenty_feeds_poll_as_one_and_stay_aligned() {
        gateway.latency(ofMillis(300));
        List<Instance> fleet = new ArrayList<>(List.of(one, two));
        one.startFeed();
        two.startFeed();
        for (int i = 2; i < 20; i++) {
            advance(ofMillis(2_700)); // they start at different times
            fleet.add(simulation.instance(INTERVAL).startFeed());
        }
        advance(ofMinutes(3));
        int before = gateway.requests();
        List<Long> ages = new ArrayList<>();
        int minutes = 30;
        for (int second = 0; second < minutes * 60; second++) {
            advance(ofSeconds(1));
            for (Instance instance : fleet) {
                ages.add(instance.freshAge().orElseThrow().toMillis());
            }
        }
        ages.sort(null);
        long median = ages.get(ages.size() / 2);
        long oldest = ages.get(ages.size() - 1);
        System.out.printf(
                "20 feeds, interval 60 s: shown balances are %d ms old in the median, %d ms at most; %d requests in %d min%n",
                median, oldest, gateway.requests() - before, minutes);
        assertThat(gateway.requests() - before).isBetween(minutes - 1, minutes);
        assertThat(ofMillis(median)).isLessThanOrEqualTo(INTERVAL.dividedBy(2).plusSeconds(1));
        assertThat(ofMillis(oldest)).isLessThanOrEqualTo(INTERVAL.plusSeconds(2));
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 60, 600})
    void the_interval_of_the_client_is_that_of_its_feeds(long feedSeconds) {
        one.startFeed(ofSeconds(feedSeconds));
        two.startFeed(ofSeconds(feedSeconds));
        advance(ofMinutes(10).plusSeconds(1));
        assertThat(gateway.requests()).isEqualTo(11);
        assertThat(distinct(one.shown)).hasSize(11);
        assertThat(distinct(two.shown)).hasSize(11);
    }

    @Test
    void with_different_intervals_the_shortest_one_counts_for_all_requests_and_each_feed_keeps_its_own() {
        Instance slow = simulation.instance(ofMinutes(5));
        slow.startFeed();
        one.startFeed();
        advance(ofMinutes(20).plusSeconds(1));
        assertThat(gateway.requests()).isEqualTo(21);
        assertThat(distinct(one.shown)).hasSize(21);
        assertThat(slow.freshAge().orElseThrow()).isLessThan(ofMinutes(5).plusSeconds(5));
    }

    @Test
    void feeds_show_only_newer_balances() {
        gateway.latency(ofMillis(200));
        simulation.instances.forEach(Instance::startFeed);
        advance(ofMinutes(10).plusSeconds(5));
        assertThat(distinct(one.shown)).hasSize(11).isSorted();
        assertThat(distinct(two.shown)).hasSize(11).isSorted();
    }

    @Test
    void a_feed_that_waits_for_a_dead_holder_is_fresh_again_within_five_seconds() {
        simulation.instances.forEach(Instance::startFeed);
        gateway.latency(ofSeconds(10));
        advance(INTERVAL.plusSeconds(2));
        Instance holder = gateway.exchanges().get(1).instance();
        Instance other = holder == one ? two : one;
        holder.process.kill();
        gateway.latency(Duration.ZERO);
        advance(ofSeconds(5));
        assertThat(other.freshAge().orElseThrow()).isLessThanOrEqualTo(ofSeconds(5));
        assertThat(gateway.requests()).isEqualTo(3);
    }

    @Test
    void a_feed_on_a_closed_client_completes() {
        one.startFeed();
        TestSubscriber<Balance> balances = TestSubscriber.create();
        one.feed().balances().subscribe(balances);
        one.client.close();
        advance(INTERVAL.plusSeconds(1));
        assertThat(balances.isTerminatedComplete()).isTrue();
    }

    // The history

    @Test
    void the_history_is_there_at_once() {
        simulation.instances.forEach(Instance::startFeed);
        advance(ofMinutes(3).plusSeconds(1));
        Instance restarted = simulation.instance(INTERVAL);
        TestSubscriber<Balance> recent = TestSubscriber.create();
        restarted.client.recent().subscribe(recent);
        assertThat(amounts(recent)).containsExactly("1", "2", "3", "4");
        assertThat(recent.isTerminatedComplete()).isTrue();
        assertThat(restarted.age(recent.getReceivedOnNext().get(0))).isBetween(ofSeconds(180), ofSeconds(182));
        assertThat(gateway.requests()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"REFUSED", "LOST_REPLY", "NO_REPLY", "SWALLOWED"})
    void the_history_is_empty_while_redis_is_unavailable(String way) {
        one.call();
        two.fleet.way(way(way));
        for (int i = 0; i < 2; i++) {
            TestSubscriber<Balance> recent = TestSubscriber.create();
            two.client.recent().subscribe(recent);
            advance(ofSeconds(1));
            assertThat(recent.getReceivedOnNext()).isEmpty();
            assertThat(recent.isTerminatedComplete()).isTrue();
        }
    }

    // Alerts

    /** The alerts of one instance, and the balances that it has. */
    private final class Alerted {
        final Sinks.Many<Balance> balances = Sinks.many().unicast().onBackpressureBuffer();
        final List<String> alerts;
        private final Instance instance;

        Alerted(Instance instance, Threshold... thresholds) {
            this(instance, new ArrayList<>(), thresholds);
        }

        Alerted(Instance instance, List<String> alerts, Threshold... thresholds) {
            this.alerts = alerts;
            this.instance = instance;
            simulation.replaceSchedulers();
            balances.asFlux().transform(instance.client.alerts(thresholds)).subscribe(alert -> alerts.add(text(alert)));
        }

        private String text(BalanceAlert alert) {
            return alert.kind() + " " + alert.threshold().name() + " "
                    + alert.balance().amount().toPlainString();
        }

        void balance(String amount) {
            balances.tryEmitNext(new Balance(new BigDecimal(amount), Balance.CREDITS, instance.time()))
                    .orThrow();
        }
    }

    private static void all(List<Alerted> instances, String amount) {
        instances.forEach(instance -> instance.balance(amount));
    }

    @Test
    void each_change_gives_one_alert_among_all_instances() {
        List<String> alerts = new ArrayList<>();
        List<Alerted> fleet = IntStream.range(0, 10)
                .mapToObj(i -> new Alerted(simulation.instance(INTERVAL), alerts, LOW))
                .toList();
        all(fleet, "150");
        assertThat(alerts).isEmpty();
        all(fleet, "99");
        all(fleet, "98");
        all(fleet, "105");
        assertThat(alerts).containsExactly("LOW low 99");
        all(fleet, "110");
        all(fleet, "150");
        all(fleet, "50");
        all(fleet, "40");
        assertThat(alerts).containsExactly("LOW low 99", "RECOVERED low 110", "LOW low 50");
    }

    @Test
    void two_subscriptions_of_one_instance_share_alerts_too() {
        List<String> alerts = new ArrayList<>();
        one.fleet.ways(name -> name.equals("confirmAlert") ? Way.hanging(ofMillis(500)) : Way.NORMAL);
        List<Alerted> both = List.of(new Alerted(one, alerts, LOW), new Alerted(one, alerts, LOW));
        all(both, "99");
        advance(ofSeconds(1));
        all(both, "98");
        advance(ofSeconds(1));
        assertThat(alerts).containsExactly("LOW low 99");
    }

    @Test
    void several_thresholds_have_alerts_of_their_own() {
        Threshold veryLow = new Threshold("very low", new BigDecimal(10), BigDecimal.ZERO);
        Alerted alerted = new Alerted(one, LOW, veryLow);
        Alerted other = new Alerted(two, LOW, veryLow);
        all(List.of(alerted, other), "5");
        all(List.of(alerted, other), "10");
        all(List.of(alerted, other), "200");
        assertThat(alerted.alerts)
                .containsExactlyInAnyOrder("LOW low 5", "LOW very low 5", "RECOVERED very low 10", "RECOVERED low 200");
        assertThat(other.alerts).isEmpty();
    }

    @Test
    void a_restart_gives_no_alert_again() {
        Alerted before = new Alerted(one, LOW);
        before.balance("50");
        assertThat(before.alerts).hasSize(1);
        one.process.kill();
        Alerted restarted = new Alerted(simulation.instance(INTERVAL), LOW);
        restarted.balance("50");
        restarted.balance("40");
        assertThat(restarted.alerts).isEmpty();
        restarted.balance("150");
        assertThat(restarted.alerts).containsExactly("RECOVERED low 150");
    }

    @Test
    void an_instance_that_dies_before_it_confirms_leaves_the_alert_to_another_one() {
        one.fleet.ways(name -> {
            if (name.equals("confirmAlert")) {
                one.process.kill();
                return Way.SWALLOWED;
            }
            return Way.NORMAL;
        });
        Alerted dying = new Alerted(one, LOW);
        Alerted other = new Alerted(two, LOW);
        all(List.of(dying, other), "50");
        assertThat(other.alerts).isEmpty();
        advance(ofSeconds(31));
        other.balance("49");
        other.balance("48");
        assertThat(other.alerts).containsExactly("LOW low 49");
    }

    @Test
    void an_alert_whose_confirmation_failed_is_not_published_twice_by_the_same_instance() {
        Alerted alerted = new Alerted(one, LOW);
        one.fleet.ways(name -> name.equals("confirmAlert") ? Way.REFUSED : Way.NORMAL);
        alerted.balance("50");
        one.fleet.way(Way.NORMAL);
        advance(ofSeconds(2));
        alerted.balance("49");
        assertThat(alerted.alerts).containsExactly("LOW low 50");
        assertThat(simulation.store.alerts()).containsEntry("low", "LOW");
        alerted.balance("200");
        alerted.balance("20");
        assertThat(alerted.alerts).containsExactly("LOW low 50", "RECOVERED low 200", "LOW low 20");
    }

    @Test
    void without_redis_each_instance_has_its_own_alerts_and_none_of_them_again_when_it_is_back() {
        List<Alerted> both = List.of(new Alerted(one, LOW), new Alerted(two, LOW));
        all(both, "150");
        simulation.instances.forEach(instance -> instance.fleet.way(Way.REFUSED));
        all(both, "50");
        all(both, "49");
        assertThat(both).allSatisfy(instance -> assertThat(instance.alerts).containsExactly("LOW low 50"));
        simulation.instances.forEach(instance -> instance.fleet.way(Way.NORMAL));
        advance(ofSeconds(2));
        assertThat(one.client.isShared()).isTrue();
        all(both, "48");
        all(both, "47");
        assertThat(both).allSatisfy(instance -> assertThat(instance.alerts).hasSize(1));
        assertThat(simulation.store.alerts()).containsEntry("low", "LOW");
        all(both, "200");
        assertThat(both.get(0).alerts.size() + both.get(1).alerts.size()).isEqualTo(3);
    }

    @Test
    void a_recovery_after_a_flush_is_published() {
        List<String> alerts = new ArrayList<>();
        List<Alerted> both = List.of(new Alerted(one, alerts, LOW), new Alerted(two, alerts, LOW));
        all(both, "50");
        simulation.store.flush();
        all(both, "49");
        all(both, "200");
        assertThat(alerts).containsExactly("LOW low 50", "RECOVERED low 200");
    }

    @Test
    void bad_thresholds_are_refused_at_once() {
        Threshold sameName = new Threshold("low", BigDecimal.ONE, BigDecimal.ZERO);
        assertThatThrownBy(() -> one.client.alerts()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> one.client.alerts(LOW, LOW)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> one.client.alerts(LOW, sameName))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("low");
    }
}
