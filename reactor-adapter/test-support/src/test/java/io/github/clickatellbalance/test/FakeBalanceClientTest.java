package io.github.clickatellbalance.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BurnRate;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.reactor.BurnRates;
import io.github.clickatellbalance.reactor.ClientClosedException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.test.subscriber.TestSubscriber;

/** What a test decides, and the promises of {@code poll(interval)} in virtual time. */
class FakeBalanceClientTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    // Before virtual time is switched on: the scheduler is looked up at each subscription.
    private final FakeBalanceClient client = new FakeBalanceClient();
    private final VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();

    @AfterEach
    void close() {
        client.close();
        VirtualTimeScheduler.reset();
    }

    private static ClickatellException outage() {
        return new HttpStatusException(503, "", null);
    }

    private static ClickatellException refusal() {
        return new ApiErrorException("001", "Authentication failed", "Check user and password.", false, null);
    }

    private <T> TestSubscriber<T> subscribe(Flux<T> flux, long demand) {
        TestSubscriber<T> subscriber =
                TestSubscriber.builder().initialRequest(demand).build();
        flux.subscribe(subscriber);
        advance(Duration.ZERO);
        return subscriber;
    }

    private TestSubscriber<Balance> poll() {
        return subscribe(client.poll(MINUTE), Long.MAX_VALUE);
    }

    private void advance(Duration duration) {
        time.advanceTimeBy(duration);
    }

    private static List<String> amounts(TestSubscriber<Balance> subscriber) {
        return subscriber.getReceivedOnNext().stream()
                .map(balance -> balance.amount().toPlainString())
                .toList();
    }

    private String amount() {
        return String.valueOf(client.balance()
                .map(balance -> balance.amount().toPlainString())
                .block());
    }

    // Outcomes

    @Test
    void before_the_first_outcome_the_balance_is_100() {
        assertThat(amount()).isEqualTo("100.00");
        client.emit("12.50");
        assertThat(amount()).isEqualTo("12.50");
    }

    @Test
    void outcomes_come_in_their_order_and_the_last_one_repeats() {
        client.emit("3.0");
        client.fail(outage());
        client.emit("-2");

        assertThat(amount()).isEqualTo("3.0");
        assertThatThrownBy(this::amount).isInstanceOf(HttpStatusException.class);
        assertThat(amount()).isEqualTo("-2");
        assertThat(amount()).isEqualTo("-2");
        assertThat(client.requests()).isEqualTo(4);
    }

    @Test
    void a_failure_repeats_until_the_next_outcome() {
        ClickatellException failure = refusal();
        client.fail(failure);
        assertThatThrownBy(this::amount).isSameAs(failure);
        assertThatThrownBy(this::amount).isSameAs(failure);
        client.emit("1");

        assertThat(amount()).isEqualTo("1");
    }

    @Test
    void nothing_is_an_outcome_before_a_subscription() {
        client.emit("1");
        client.emit("2");
        assertThat(client.balance()).isNotNull();
        assertThat(client.poll(MINUTE)).isNotNull();

        assertThat(client.requests()).isZero();
        assertThat(amount()).isEqualTo("1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "much", "1,5"})
    void an_amount_that_is_no_number_is_refused(String amount) {
        assertThatThrownBy(() -> client.emit(amount)).isInstanceOf(NumberFormatException.class);
        assertThat(amount()).isEqualTo("100.00");
    }

    @Test
    void a_balance_is_in_credits_and_has_the_virtual_time() {
        advance(Duration.ofHours(3));

        assertThat(client.balance().block())
                .isEqualTo(new Balance(
                        new BigDecimal("100.00"), Balance.CREDITS, Instant.EPOCH.plus(Duration.ofHours(3))));
    }

    @Test
    void without_virtual_time_a_balance_has_the_real_time() {
        VirtualTimeScheduler.reset();

        assertThat(client.balance().map(Balance::retrievedAt).block())
                .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
    }

    @Test
    void a_burn_rate_is_measured_in_virtual_time() {
        for (int left = 100; left > 0; left--) {
            client.emit(String.valueOf(left));
        }
        TestSubscriber<BurnRate> rates =
                subscribe(client.poll(MINUTE).transform(BurnRates.over(Duration.ofMinutes(30))), Long.MAX_VALUE);
        advance(Duration.ofMinutes(40));

        List<BurnRate> received = rates.getReceivedOnNext();
        Optional<BigDecimal> last = received.get(received.size() - 1).perHour();
        assertThat(last).hasValueSatisfying(rate -> assertThat(rate).isEqualByComparingTo("60"));
    }

    // Polls

    @Test
    void the_first_poll_is_at_once_and_each_next_one_after_the_interval() {
        client.emit("1");
        client.emit("2");
        client.emit("3");
        TestSubscriber<Balance> polls = poll();
        assertThat(amounts(polls)).containsExactly("1");
        advance(MINUTE.minusNanos(1));
        assertThat(amounts(polls)).containsExactly("1");
        advance(Duration.ofNanos(1));
        assertThat(amounts(polls)).containsExactly("1", "2");
        advance(MINUTE.multipliedBy(2));

        assertThat(amounts(polls)).containsExactly("1", "2", "3", "3");
    }

    @Test
    void there_is_no_poll_without_demand() {
        TestSubscriber<Balance> polls = subscribe(client.poll(MINUTE), 0);
        advance(Duration.ofHours(1));
        assertThat(client.requests()).isZero();
        polls.request(1);
        advance(Duration.ofHours(1));
        assertThat(client.requests()).isOne();
        client.emit("7");
        polls.request(1);
        advance(Duration.ZERO);

        assertThat(amounts(polls)).containsExactly("100.00", "7");
    }

    @Test
    void after_a_cancel_there_is_no_poll() {
        TestSubscriber<Balance> polls = poll();
        polls.cancel();
        advance(Duration.ofHours(1));

        assertThat(client.requests()).isOne();
    }

    static Stream<ClickatellException> outages() {
        return Stream.of(
                outage(),
                new TransportException("There was no reply", true, null),
                new ApiErrorException("901", "Internal error", "Try again later.", true, null),
                new MalformedReplyException("it is a page", "<html>"),
                new HttpStatusException(302, "", null));
    }

    @ParameterizedTest
    @MethodSource("outages")
    void a_poll_survives_an_outage_with_pauses_that_double_up_to_five_minutes(ClickatellException outage) {
        client.fail(outage);
        TestSubscriber<Balance> polls = poll();
        for (int minutes : new int[] {1, 2, 4, 5, 5}) {
            long before = client.requests();
            advance(Duration.ofMinutes(minutes).minusNanos(1));
            assertThat(client.requests()).isEqualTo(before);
            advance(Duration.ofNanos(1));
            assertThat(client.requests()).isEqualTo(before + 1);
        }
        client.emit("5");
        advance(Duration.ofMinutes(5));
        assertThat(amounts(polls)).containsExactly("5");
        advance(MINUTE);

        assertThat(amounts(polls)).containsExactly("5", "5");
    }

    @Test
    void a_poll_keeps_the_pause_that_the_server_requests() {
        client.fail(new HttpStatusException(429, "", Duration.ofMinutes(3)));
        poll();
        advance(Duration.ofMinutes(3).minusNanos(1));
        assertThat(client.requests()).isOne();
        advance(Duration.ofNanos(1));

        assertThat(client.requests()).isEqualTo(2);
    }

    static Stream<ClickatellException> failures_for_a_person() {
        return Stream.of(
                refusal(),
                new HttpStatusException(403, "", null),
                new TransportException("The server is not trusted", false, null));
    }

    @ParameterizedTest
    @MethodSource("failures_for_a_person")
    void a_poll_ends_with_what_a_person_must_act_on(ClickatellException failure) {
        client.emit("1");
        client.fail(failure);
        TestSubscriber<Balance> polls = poll();
        advance(MINUTE);

        assertThat(amounts(polls)).containsExactly("1");
        assertThat(polls.expectTerminalError()).isSameAs(failure);
    }

    @Test
    void close_completes_polls_and_later_requests_fail() {
        TestSubscriber<Balance> polls = poll();
        client.close();
        client.close();

        assertThat(polls.isTerminatedComplete()).isTrue();
        assertThatThrownBy(this::amount).isInstanceOf(ClientClosedException.class);
        assertThat(poll().expectTerminalError()).isInstanceOf(ClientClosedException.class);
        advance(Duration.ofHours(1));
        assertThat(client.requests()).isOne();
    }

    @Test
    void an_interval_out_of_bounds_is_refused() {
        assertThatThrownBy(() -> client.poll(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
    }

    // Exceptions

    @Test
    void every_exception_can_be_built_by_a_test() throws IOException {
        List<ClickatellException> failures = List.of(
                refusal(),
                outage(),
                new MalformedReplyException("it is a page", "<html>"),
                new TransportException("There was no reply", true, null),
                new ClientClosedException(),
                new ClickatellException("Another failure", null, false, null) {
                    private static final long serialVersionUID = 1L;
                });

        assertThat(failures)
                .extracting(failure -> failure.getClass().isAnonymousClass()
                        ? ClickatellException.class.getSimpleName()
                        : failure.getClass().getSimpleName())
                .containsExactlyInAnyOrderElementsOf(publicExceptions());
        for (ClickatellException failure : failures) {
            client.fail(failure);
            assertThatThrownBy(this::amount).isSameAs(failure);
        }
    }

    private static List<String> publicExceptions() throws IOException {
        Pattern type = Pattern.compile("(?m)^public (?:final |abstract )?class (\\w+Exception) ");
        List<String> names = new ArrayList<>();
        for (String sources : List.of("../../core/src/main", "../src/main")) {
            try (Stream<Path> files = Files.walk(Path.of(sources))) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    type.matcher(Files.readString(file))
                            .results()
                            .map(found -> found.group(1))
                            .forEach(names::add);
                }
            }
        }
        return names;
    }
}
