package io.github.clickatellbalance.reactor.redis;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.reactor.redis.Fleet.AlertClaim;
import io.github.clickatellbalance.reactor.redis.Fleet.Permit;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** What each operation of a {@link Fleet} does, the same on Redis and in its in-memory twin. */
abstract class FleetContract {
    static final Duration INTERVAL = Duration.ofMinutes(1);
    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
    static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final Duration MARGIN = Duration.ofMillis(10);

    /** One more connection to the same store. */
    abstract Fleet fleet(Duration interval);

    /** The time by the clock of the store passes, and nothing else. */
    abstract void advance(Duration time);

    /** The outcomes, oldest first, as they are stored. */
    abstract List<Map<String, String>> entries();

    /** Stores an entry as it is. */
    abstract void append(Map<String, String> entry);

    /** How much time may pass by itself within a test. */
    abstract Duration slack();

    private final java.util.function.Supplier<Fleet> one = memoized(INTERVAL);

    private java.util.function.Supplier<Fleet> memoized(Duration interval) {
        List<Fleet> fleets = new ArrayList<>();
        return () -> {
            if (fleets.isEmpty()) {
                fleets.add(fleet(interval));
            }
            return fleets.get(0);
        };
    }

    private Fleet fleet() {
        return one.get();
    }

    private static <T> @Nullable T get(Mono<T> mono) {
        return mono.block(Duration.ofSeconds(10));
    }

    private Permit acquire(String token) {
        return acquire(token, null);
    }

    private Permit acquire(String token, @Nullable Duration instanceAge) {
        return requireNonNull(get(fleet().acquire(token, instanceAge)));
    }

    private @Nullable Duration publish(String token, Outcome outcome) {
        return get(fleet().publish(token, outcome, Duration.ZERO));
    }

    /** Acquires and publishes. */
    private Duration published(String token, Outcome outcome) {
        assertThat(acquire(token)).isEqualTo(new Permit.Poll());
        return requireNonNull(publish(token, outcome));
    }

    private static Outcome credits(String amount) {
        return Outcome.of(new Balance(new BigDecimal(amount), Balance.CREDITS, NOW));
    }

    private static Outcome outage() {
        return Outcome.of(new TransportException("The connection was refused", true, null));
    }

    private static Outcome rejection() {
        return Outcome.of(new ApiErrorException("001", "Authentication failed", "Check it", false, null));
    }

    private void assertClose(Duration actual, Duration expected) {
        assertThat(actual).isBetween(expected.minus(slack()), expected.plus(slack()));
    }

    private Permit.Known known(String token) {
        Permit permit = acquire(token);
        assertThat(permit).isInstanceOf(Permit.Known.class);
        return (Permit.Known) permit;
    }

    private static String amount(Permit.Known known) {
        return requireNonNull(known.outcome().balance()).amount().toPlainString();
    }

    // The claim

    @Test
    void the_first_caller_polls_and_others_wait_for_its_claim() {
        assertThat(acquire("a")).isEqualTo(new Permit.Poll());
        assertThat(acquire("b")).isInstanceOfSatisfying(Permit.Wait.class, wait -> {
            assertThat(wait.holder()).isEqualTo("a");
            assertClose(wait.expiresIn(), Fleet.CLAIM);
        });
        assertThat(acquire("a")).as("sent again").isEqualTo(new Permit.Poll());
        assertThat(acquire("b")).isInstanceOf(Permit.Wait.class);
        assertThat(entries()).isEmpty();
    }

    @Test
    void an_outcome_that_is_published_ends_the_claim_and_is_known_to_all() {
        assertThat(published("a", credits("12.50"))).isEqualTo(INTERVAL);
        advance(Duration.ofSeconds(20));

        Permit.Known known = known("b");
        assertThat(amount(known)).isEqualTo("12.50");
        assertClose(known.dueIn(), Duration.ofSeconds(40));
        Balance balance = requireNonNull(known.outcome().balance());
        assertThat(balance.unit()).isEqualTo(Balance.CREDITS);
        assertClose(Duration.between(balance.retrievedAt(), NOW), Duration.ofSeconds(20));
    }

    @Test
    void a_claim_expires_after_four_seconds() {
        acquire("a");
        advance(Fleet.CLAIM.plus(MARGIN));
        assertThat(acquire("b")).isEqualTo(new Permit.Poll());
    }

    @Test
    void a_renewal_extends_the_claim() {
        acquire("a");
        for (int second = 0; second < 10; second++) {
            advance(Duration.ofSeconds(1));
            assertThat(get(fleet().renew("a"))).isTrue();
        }
        assertThat(acquire("b"))
                .isInstanceOfSatisfying(Permit.Wait.class, wait -> assertClose(wait.expiresIn(), Fleet.CLAIM));
        assertThat(get(fleet().renew("b"))).as("of another one").isFalse();
    }

    @Test
    void a_release_ends_the_claim() {
        acquire("a");
        assertThat(get(fleet().release("b"))).as("of another one").isFalse();
        assertThat(acquire("b")).isInstanceOf(Permit.Wait.class);
        assertThat(get(fleet().release("a"))).isTrue();
        assertThat(acquire("b")).isEqualTo(new Permit.Poll());
        assertThat(get(fleet().release("a"))).as("the next claim stays").isFalse();
        assertThat(acquire("c")).isInstanceOf(Permit.Wait.class);
    }

    @Test
    void a_zombie_changes_nothing() {
        acquire("zombie");
        advance(Fleet.CLAIM.plus(MARGIN));
        assertThat(publish("zombie", credits("1"))).as("nobody has the claim").isNull();
        assertThat(get(fleet().renew("zombie"))).isFalse();
        assertThat(get(fleet().release("zombie"))).isFalse();

        acquire("a");
        assertThat(publish("zombie", credits("1"))).as("another one has it").isNull();
        assertThat(get(fleet().renew("zombie"))).isFalse();
        assertThat(get(fleet().release("zombie"))).isFalse();
        assertThat(publish("a", credits("2"))).isNotNull();

        assertThat(publish("zombie", credits("1")))
                .as("there is a newer outcome")
                .isNull();
        assertThat(amount(known("b"))).isEqualTo("2");
        assertThat(entries()).hasSize(1);
    }

    @Test
    void each_command_executed_twice_has_the_effect_of_one() {
        assertThat(acquire("a")).isEqualTo(acquire("a"));
        assertThat(get(fleet().renew("a"))).isEqualTo(get(fleet().renew("a"))).isTrue();
        assertThat(publish("a", outage())).isEqualTo(INTERVAL);
        assertThat(publish("a", outage())).isNull();
        assertThat(entries()).hasSize(1);
        assertThat(entries().get(0)).containsEntry("failures", "1");

        advance(INTERVAL);
        acquire("b");
        assertThat(get(fleet().release("b"))).isTrue();
        assertThat(get(fleet().release("b"))).isFalse();
        assertThat(acquire("c")).isEqualTo(new Permit.Poll());

        assertThat(claimAlert("a", "low", "LOW")).isEqualTo(AlertClaim.MINE);
        assertThat(claimAlert("a", "low", "LOW")).isEqualTo(AlertClaim.MINE);
        assertThat(confirmAlert("a", "low", "LOW")).isTrue();
        assertThat(confirmAlert("a", "low", "LOW")).isFalse();
        assertThat(claimAlert("b", "low", "LOW")).isEqualTo(AlertClaim.KNOWN);
    }

    // When a poll is due

    @Test
    void a_poll_is_due_after_the_interval() {
        published("a", credits("1"));
        advance(INTERVAL.minus(slack()).minus(MARGIN));
        assertThat(acquire("b")).isInstanceOf(Permit.Known.class);
        advance(slack().plus(MARGIN));
        assertThat(acquire("b")).isEqualTo(new Permit.Poll());
    }

    @Test
    void a_reader_with_a_shorter_interval_polls_earlier_and_one_with_a_longer_one_does_not_poll_later() {
        published("a", credits("1"));
        advance(INTERVAL.dividedBy(2));
        assertThat(get(fleet(INTERVAL.multipliedBy(2)).acquire("longer", null)))
                .isInstanceOfSatisfying(Permit.Known.class, known -> assertClose(known.dueIn(), INTERVAL.dividedBy(2)));
        assertThat(get(fleet(INTERVAL.dividedBy(2)).acquire("shorter", null))).isEqualTo(new Permit.Poll());
    }

    @Test
    void the_time_of_an_outcome_is_that_of_the_reply_and_not_of_the_publication() {
        acquire("a");
        get(fleet().publish("a", credits("1"), Duration.ofSeconds(30)));
        Permit.Known known = known("b");
        assertClose(known.dueIn(), Duration.ofSeconds(30));
        assertClose(
                Duration.between(requireNonNull(known.outcome().balance()).retrievedAt(), NOW), Duration.ofSeconds(30));
    }

    @Test
    void an_outcome_of_the_future_is_due() {
        published("a", credits("1"));
        advance(Duration.ofHours(-1));
        assertThat(acquire("b")).isEqualTo(new Permit.Poll());
        assertThat(get(fleet().recent().collectList())).as("its age is unknown").isEmpty();
        publish("b", credits("2"));
        assertThat(amount(known("c"))).isEqualTo("2");
    }

    @Test
    void an_entry_of_another_format_is_as_none() {
        published("a", rejection());
        Map<String, String> entry = new LinkedHashMap<>(entries().get(0));
        entry.put("v", "2");
        append(entry);
        assertThat(acquire("b")).isEqualTo(new Permit.Poll());
        assertThat(publish("b", outage())).as("a first failure").isEqualTo(INTERVAL);

        published("c", credits("3"), INTERVAL);
        Map<String, String> balance =
                new LinkedHashMap<>(entries().get(entries().size() - 1));
        balance.put("v", "2");
        append(balance);
        assertThat(get(fleet().recent().collectList())).hasSize(1);
    }

    /** The values of fields, null for none. Any other version of this library, or anybody, may have written them. */
    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "amount, none",
                "amount, many",
                "amount, ''",
                "unit, none",
                "unit, euros",
                "kind, none",
                "kind, other",
                "at, none",
                "at, ''",
                "at, now",
                "at, nan",
                "at, inf",
                "at, -1",
                "at, 1.5",
                "at, 1e12",
                "at, 0x10",
                "at, 123456789012345",
                "pause, none",
                "pause, inf",
                "pause, nan",
                "pause, 1e15",
                "pause, 60000.5",
                "pause, 123456789012345678901",
                "failures, none",
                "failures, nan",
            })
    void an_entry_that_cannot_be_read_is_as_none(String field, @Nullable String value) {
        published("a", credits("1"));
        Map<String, String> entry = new LinkedHashMap<>(entries().get(0));
        if (value == null) {
            entry.remove(field);
        } else {
            entry.put(field, value);
        }
        append(entry);
        assertThat(acquire("b")).isEqualTo(new Permit.Poll());
        assertThat(acquire("c")).as("one at a time").isInstanceOf(Permit.Wait.class);
        assertThat(get(fleet().recent().collectList()))
                .extracting(Balance::amount)
                .containsExactly(BigDecimal.ONE);
        assertThat(publish("b", credits("2"))).isEqualTo(INTERVAL);
        assertThat(amount(known("c"))).isEqualTo("2");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {"type, none", "type, other", "message, none", "transient, none", "status, none", "status, x"})
    void a_failure_that_cannot_be_read_is_as_none(String field, @Nullable String value) {
        published("a", busy(Duration.ofSeconds(90)));
        Map<String, String> entry = new LinkedHashMap<>(entries().get(0));
        if (value == null) {
            entry.remove(field);
        } else {
            entry.put(field, value);
        }
        append(entry);
        assertThat(acquire("b")).isEqualTo(new Permit.Poll());
        assertThat(publish("b", credits("2"))).isEqualTo(INTERVAL);
        assertThat(amount(known("c"))).isEqualTo("2");
    }

    private void published(String token, Outcome outcome, Duration later) {
        advance(later);
        published(token, outcome);
    }

    // Failures and their pauses

    @ParameterizedTest
    @CsvSource({
        // interval, pauses in a row
        "PT1S, 1 2 4 8 16 32 64 128 256 300 300",
        "PT1M, 60 120 240 300 300 300",
        "PT10M, 600 600 600",
    })
    void the_pause_in_an_outage_doubles_from_the_interval_to_five_minutes(Duration interval, String seconds) {
        assertPauses(interval, seconds, outage());
    }

    @ParameterizedTest
    @CsvSource({
        "PT1S, 300 600 1200 2400 3600 3600",
        "PT10M, 600 1200 2400 3600 3600",
        "PT2H, 7200 7200",
    })
    void the_pause_after_a_rejection_doubles_from_five_minutes_to_an_hour(Duration interval, String seconds) {
        assertPauses(interval, seconds, rejection());
    }

    private void assertPauses(Duration interval, String seconds, Outcome outcome) {
        Fleet fleet = fleet(interval);
        int i = 0;
        for (String expected : seconds.split(" ", -1)) {
            String token = "t" + i++;
            assertThat(get(fleet.acquire(token, null))).as(token).isEqualTo(new Permit.Poll());
            Duration pause = Duration.ofSeconds(Long.parseLong(expected));
            assertThat(get(fleet.publish(token, outcome, Duration.ZERO))).isEqualTo(pause);
            assertThat(get(fleet.acquire("other", null)))
                    .isInstanceOfSatisfying(Permit.Known.class, known -> assertClose(known.dueIn(), pause));
            advance(pause);
        }
    }

    @Test
    void a_rejection_lasts_until_a_balance() {
        List<String> seconds = new ArrayList<>();
        int i = 0;
        for (Outcome outcome : List.of(
                outage(),
                outage(),
                rejection(),
                outage(),
                rejection(),
                credits("1"),
                outage(),
                outage(),
                rejection())) {
            String token = "t" + i++;
            Duration pause = published(token, outcome);
            seconds.add(outcome.kind() + " " + pause.toSeconds());
            advance(pause);
        }
        assertThat(seconds)
                .containsExactly(
                        "outage 60",
                        "outage 120",
                        "rejected 300",
                        "outage 600",
                        "rejected 1200",
                        "balance 60",
                        "outage 60",
                        "outage 120",
                        "rejected 300");
    }

    @Test
    void a_pause_that_the_gateway_requests_is_kept_up_to_the_ceiling() {
        assertThat(published("a", busy(Duration.ofSeconds(90)))).hasSeconds(90);
        assertClose(known("x").dueIn(), Duration.ofSeconds(90));
        advance(Duration.ofSeconds(90));
        assertThat(published("b", busy(Duration.ofHours(1))))
                .as("up to the ceiling")
                .hasMinutes(5);
        advance(Duration.ofMinutes(5));
        assertThat(published("c", busy(Duration.ofSeconds(1))))
                .as("third in a row")
                .hasSeconds(240);
    }

    private static Outcome busy(Duration retryAfter) {
        return Outcome.of(new HttpStatusException(503, "", retryAfter));
    }

    @Test
    void an_instance_that_was_started_after_a_rejection_may_poll() {
        published("a", rejection());
        advance(Duration.ofSeconds(100));
        assertThat(acquire("b")).as("it has polled").isInstanceOf(Permit.Known.class);
        assertThat(acquire("b", Duration.ofSeconds(200))).as("it is older").isInstanceOf(Permit.Known.class);
        assertThat(acquire("b", Duration.ofSeconds(10))).as("it is younger").isEqualTo(new Permit.Poll());
        assertThat(acquire("c", Duration.ofSeconds(9))).as("one at a time").isInstanceOf(Permit.Wait.class);
        publish("b", rejection());
        assertThat(acquire("c", Duration.ofSeconds(9)))
                .as("older than the next one")
                .isInstanceOf(Permit.Known.class);
    }

    @Test
    void an_instance_that_was_started_after_an_outage_may_not_poll_earlier() {
        published("a", outage());
        advance(Duration.ofSeconds(10));
        assertThat(acquire("b", Duration.ofSeconds(1))).isInstanceOf(Permit.Known.class);
    }

    @Test
    void an_outage_within_a_rejection_does_not_hold_up_a_new_instance() {
        published("a", rejection());
        advance(Duration.ofMinutes(5));
        published("b", outage());
        advance(Duration.ofSeconds(10));
        assertThat(acquire("c", Duration.ofSeconds(1))).isEqualTo(new Permit.Poll());
    }

    static Stream<ClickatellException> failures() {
        return Stream.of(
                new ApiErrorException("001", "Authentication failed", "Check the password.", false, null),
                new ApiErrorException(null, "", "No code, no description.", true, Duration.ofMinutes(2)),
                new ApiErrorException("901", "Internal error", "Retry it.", true, null),
                new HttpStatusException(503, "", Duration.ofMinutes(2)),
                new HttpStatusException(503, "<html>Down for maintenance", null),
                new HttpStatusException(401, "", null),
                new HttpStatusException(302, "", null),
                new MalformedReplyException("it is HTML", ""),
                new MalformedReplyException("it is HTML", "<html>Log in"),
                new TransportException("The connection was refused", true, null),
                new TransportException("TLS failed", false, new IllegalStateException("a cause")));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void a_failure_is_the_same_for_all(ClickatellException failure) {
        published("a", Outcome.of(failure));
        advance(Duration.ofSeconds(20));
        ClickatellException shared = requireNonNull(known("b").outcome().failure());

        assertThat(shared).isExactlyInstanceOf(failure.getClass());
        assertThat(shared.isTransient()).isEqualTo(failure.isTransient());
        assertThat(shared.needsIntervention()).isEqualTo(failure.needsIntervention());
        assertThat(shared.getMessage()).isEqualTo(withoutExcerpt(failure));
        assertThat(shared.retryAfter().isPresent())
                .isEqualTo(failure.retryAfter().isPresent());
        failure.retryAfter().ifPresent(pause -> assertClose(shared.retryAfter().orElseThrow(), pause.minusSeconds(20)));
        if (failure instanceof ApiErrorException error) {
            assertThat(((ApiErrorException) shared).code()).isEqualTo(error.code());
            assertThat(((ApiErrorException) shared).description()).isEqualTo(error.description());
        }
        if (failure instanceof HttpStatusException http) {
            assertThat(((HttpStatusException) shared).status()).isEqualTo(http.status());
        }
    }

    private static @Nullable String withoutExcerpt(ClickatellException failure) {
        if (failure instanceof MalformedReplyException) {
            return new MalformedReplyException("it is HTML", "").getMessage();
        }
        return failure instanceof HttpStatusException http
                ? new HttpStatusException(http.status(), "", null).getMessage()
                : failure.getMessage();
    }

    @Test
    void no_url_and_no_excerpt_of_a_reply_is_stored() {
        List<ClickatellException> failures = List.of(
                new MalformedReplyException("it is HTML", "<a href=\"https://proxy.example/login?user=canary\">"),
                new HttpStatusException(302, "Moved to https://proxy.example/login?user=canary", null),
                new ApiErrorException(
                        "108", "See HTTPS://proxy.example/canary and http://proxy.example", "Read it.", false, null),
                new TransportException("No route to https://proxy.example:8443/canary", true, null));
        int i = 0;
        for (ClickatellException failure : failures) {
            published("t" + i++, Outcome.of(failure));
            advance(Duration.ofHours(2));
        }
        assertThat(entries())
                .hasSize(failures.size())
                .allSatisfy(entry -> assertThat(entry.values())
                        .noneMatch(value ->
                                value.contains("canary") || value.contains("example") || value.contains("://")));
    }

    // The history

    @Test
    void the_history_has_the_balances_oldest_first() {
        assertThat(get(fleet().recent().collectList())).isEmpty();
        published("a", credits("3"));
        published("b", outage(), INTERVAL);
        published("c", credits("2.0"), INTERVAL);
        advance(Duration.ofSeconds(30));
        List<Balance> recent = requireNonNull(get(fleet().recent().collectList()));
        assertThat(recent)
                .extracting(balance -> balance.amount().toPlainString())
                .containsExactly("3", "2.0");
        assertClose(Duration.between(recent.get(0).retrievedAt(), NOW), Duration.ofSeconds(150));
        assertClose(Duration.between(recent.get(1).retrievedAt(), NOW), Duration.ofSeconds(30));
    }

    @Test
    void the_history_has_the_last_512_outcomes() {
        for (int i = 0; i < 520; i++) {
            assertThat(acquire("t" + i)).isEqualTo(new Permit.Poll());
            get(fleet().publish("t" + i, credits(String.valueOf(i)), INTERVAL)); // due at once
        }
        assertThat(entries()).hasSize(512);
        List<Balance> recent = requireNonNull(get(fleet().recent().collectList()));
        assertThat(recent).hasSize(512);
        assertThat(recent.get(0).amount()).isEqualByComparingTo("8");
        assertThat(recent.get(511).amount()).isEqualByComparingTo("519");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-5.20", "0.00", "123456789012345678901234567890.123456789", "1E+3"})
    void any_amount_keeps_its_digits(String amount) {
        published("a", Outcome.of(new Balance(new BigDecimal(amount), "EUR", NOW)));
        Balance balance = requireNonNull(known("b").outcome().balance());
        assertThat(balance.amount()).isEqualTo(new BigDecimal(new BigDecimal(amount).toPlainString()));
        assertThat(balance.unit()).isEqualTo("EUR");
    }

    // Alerts

    private @Nullable AlertClaim claimAlert(String token, String threshold, String kind) {
        return get(fleet().claimAlert(token, threshold, kind, "RECOVERED", NOW));
    }

    private @Nullable Boolean confirmAlert(String token, String threshold, String kind) {
        return get(fleet().confirmAlert(token, threshold, kind, NOW));
    }

    @Test
    void each_change_of_a_threshold_is_claimed_by_one() {
        assertThat(claimAlert("a", "low", "RECOVERED")).as("the first state").isEqualTo(AlertClaim.KNOWN);
        assertThat(claimAlert("a", "low", "LOW")).isEqualTo(AlertClaim.MINE);
        assertThat(claimAlert("b", "low", "LOW")).isEqualTo(AlertClaim.OTHER);
        assertThat(claimAlert("b", "very low", "LOW")).as("another threshold").isEqualTo(AlertClaim.MINE);
        assertThat(confirmAlert("b", "low", "LOW")).as("the claim of another").isFalse();
        assertThat(confirmAlert("a", "low", "LOW")).isTrue();
        assertThat(claimAlert("b", "low", "LOW")).isEqualTo(AlertClaim.KNOWN);
        assertThat(claimAlert("b", "low", "RECOVERED")).isEqualTo(AlertClaim.MINE);
        assertThat(claimAlert("a", "low", "RECOVERED")).isEqualTo(AlertClaim.OTHER);
        assertThat(confirmAlert("b", "low", "RECOVERED")).isTrue();
        assertThat(claimAlert("a", "low", "RECOVERED")).isEqualTo(AlertClaim.KNOWN);
    }

    @Test
    void an_alert_whose_claim_was_not_confirmed_is_claimed_again() {
        assertThat(claimAlert("a", "low", "LOW")).isEqualTo(AlertClaim.MINE);
        advance(Duration.ofSeconds(31));
        assertThat(claimAlert("b", "low", "LOW")).isEqualTo(AlertClaim.MINE);
        assertThat(confirmAlert("a", "low", "LOW")).as("too late").isFalse();
        assertThat(claimAlert("a", "low", "LOW")).isEqualTo(AlertClaim.OTHER);
        assertThat(confirmAlert("b", "low", "LOW")).isTrue();
    }

    /** Of an instance that was stopped with it. */
    @Test
    void a_balance_that_is_older_than_the_last_change_claims_nothing() {
        assertThat(claimAlert("a", "low", "LOW")).isEqualTo(AlertClaim.MINE);
        assertThat(confirmAlert("a", "low", "LOW")).isTrue();
        advance(Duration.ofMinutes(1));
        assertThat(claimAlert("a", "low", "RECOVERED")).isEqualTo(AlertClaim.MINE);
        assertThat(confirmAlert("a", "low", "RECOVERED")).isTrue();
        advance(Duration.ofMinutes(1));

        assertThat(claimAlert("b", "low", "LOW", Duration.ofSeconds(90)))
                .as("of before the recovery")
                .isEqualTo(AlertClaim.OTHER);
        assertThat(claimAlert("b", "low", "RECOVERED", Duration.ofSeconds(90)))
                .as("the last kind")
                .isEqualTo(AlertClaim.KNOWN);
        assertThat(claimAlert("b", "very low", "LOW", Duration.ofSeconds(90)))
                .as("another threshold")
                .isEqualTo(AlertClaim.MINE);
        assertThat(claimAlert("b", "low", "LOW", Duration.ofSeconds(30)))
                .as("of after the recovery")
                .isEqualTo(AlertClaim.MINE);
    }

    @Test
    void the_time_of_a_change_is_that_of_the_balance() {
        assertThat(claimAlert("a", "low", "LOW", Duration.ofSeconds(90))).isEqualTo(AlertClaim.MINE);
        assertThat(get(fleet().confirmAlert("a", "low", "LOW", NOW.minusSeconds(90))))
                .isTrue();
        assertThat(claimAlert("b", "low", "RECOVERED", Duration.ofSeconds(30))).isEqualTo(AlertClaim.MINE);
    }

    @Test
    void a_balance_of_the_future_is_of_now() {
        assertThat(claimAlert("a", "low", "LOW", Duration.ofHours(-1))).isEqualTo(AlertClaim.MINE);
        assertThat(get(fleet().confirmAlert("a", "low", "LOW", NOW.plusSeconds(3600))))
                .isTrue();
        advance(Duration.ofMinutes(1));
        assertThat(claimAlert("b", "low", "RECOVERED")).isEqualTo(AlertClaim.MINE);
    }

    /** A failover to a server with another clock. */
    @Test
    void changes_and_claims_of_the_future_count_for_nothing() {
        assertThat(claimAlert("a", "low", "LOW")).isEqualTo(AlertClaim.MINE);
        assertThat(confirmAlert("a", "low", "LOW")).isTrue();
        assertThat(claimAlert("a", "very low", "LOW")).isEqualTo(AlertClaim.MINE);
        advance(Duration.ofHours(-1));
        assertThat(claimAlert("b", "low", "RECOVERED", Duration.ofSeconds(30))).isEqualTo(AlertClaim.MINE);
        assertThat(claimAlert("b", "very low", "LOW")).isEqualTo(AlertClaim.MINE);
    }

    private @Nullable AlertClaim claimAlert(String token, String threshold, String kind, Duration age) {
        return get(fleet().claimAlert(token, threshold, kind, "RECOVERED", NOW.minus(age)));
    }

    @Test
    void what_the_caller_knows_counts_if_the_store_knows_nothing() {
        assertThat(get(fleet().claimAlert("a", "low", "RECOVERED", "LOW", NOW))).isEqualTo(AlertClaim.MINE);
        assertThat(confirmAlert("a", "low", "RECOVERED")).isTrue();
        assertThat(get(fleet().claimAlert("b", "low", "RECOVERED", "LOW", NOW))).isEqualTo(AlertClaim.KNOWN);
    }

    @Test
    void names_of_thresholds_do_not_mix_with_claims() {
        assertThat(claimAlert("a", "low", "LOW")).isEqualTo(AlertClaim.MINE);
        assertThat(claimAlert("a", "low claim", "LOW")).isEqualTo(AlertClaim.MINE);
        assertThat(confirmAlert("a", "low claim", "LOW")).isTrue();
        assertThat(confirmAlert("a", "low", "LOW")).isTrue();
        assertThat(claimAlert("b", "low claim", "LOW")).isEqualTo(AlertClaim.KNOWN);
        assertThat(claimAlert("b", "low", "LOW")).isEqualTo(AlertClaim.KNOWN);
    }

    // The probe

    @Test
    void a_probe_leaves_no_outcome_and_no_claim() {
        assertThat(get(fleet().probe("a"))).isTrue();
        assertThat(get(fleet().probe("a"))).isTrue();
        assertThat(get(fleet().probe("b"))).isTrue();
        assertThat(entries()).isEmpty();
        assertThat(acquire("c")).isEqualTo(new Permit.Poll());
    }
}
