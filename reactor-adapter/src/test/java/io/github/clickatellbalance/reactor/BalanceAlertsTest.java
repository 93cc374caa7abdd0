package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.BurnRate;
import io.github.clickatellbalance.Threshold;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.test.subscriber.TestSubscriber;

/** Alerts and burn rates as operators; what they reckon is tested in core. */
class BalanceAlertsTest {
    private static final Threshold WARNING = new Threshold("warning", new BigDecimal("50"), new BigDecimal("5"));
    private static final Threshold CRITICAL = new Threshold("critical", new BigDecimal("10"), BigDecimal.ZERO);

    private static Balance balance(String amount) {
        return new Balance(new BigDecimal(amount), Balance.CREDITS, Instant.EPOCH);
    }

    private static Flux<Balance> balances(String... amounts) {
        return Flux.fromStream(() -> Stream.of(amounts).map(BalanceAlertsTest::balance));
    }

    private static String text(BalanceAlert alert) {
        return alert.kind() + " " + alert.threshold().name() + " "
                + alert.balance().amount();
    }

    @Test
    void alerts_come_once_for_each_crossing_and_lowest_first() {
        balances("60", "49", "9", "0", "54", "55")
                .transform(BalanceAlerts.on(WARNING, CRITICAL))
                .map(BalanceAlertsTest::text)
                .as(StepVerifier::create)
                .expectNext("LOW warning 49", "LOW critical 9", "RECOVERED critical 54", "RECOVERED warning 55")
                .verifyComplete();
    }

    @Test
    void one_balance_may_raise_several_alerts_and_none_is_dropped_for_lack_of_demand() {
        TestSubscriber<BalanceAlert> subscriber =
                TestSubscriber.builder().initialRequest(1).build();
        balances("5", "60").transform(BalanceAlerts.on(WARNING, CRITICAL)).subscribe(subscriber);
        assertThat(subscriber.getReceivedOnNext()).map(BalanceAlertsTest::text).containsExactly("LOW critical 5");

        subscriber.request(10);
        assertThat(subscriber.getReceivedOnNext())
                .map(BalanceAlertsTest::text)
                .containsExactly("LOW critical 5", "LOW warning 5", "RECOVERED critical 60", "RECOVERED warning 60");
    }

    @Test
    void each_subscription_begins_anew() {
        Flux<String> alerts =
                balances("5").transform(BalanceAlerts.on(CRITICAL)).map(BalanceAlertsTest::text);

        assertThat(alerts.collectList().block())
                .isEqualTo(alerts.collectList().block())
                .containsExactly("LOW critical 5");
    }

    @Test
    void a_failure_and_a_cancel_pass_through() {
        TestPublisher<Balance> source = TestPublisher.create();
        TestSubscriber<BalanceAlert> subscriber = TestSubscriber.create();
        source.flux().transform(BalanceAlerts.on(CRITICAL)).subscribe(subscriber);
        subscriber.cancel();
        source.assertCancelled();

        Flux.<Balance>error(new ClientClosedException())
                .transform(BalanceAlerts.on(CRITICAL))
                .as(StepVerifier::create)
                .verifyError(ClientClosedException.class);
    }

    @Test
    void what_makes_no_sense_is_refused_when_the_operator_is_made() {
        assertThatThrownBy(BalanceAlerts::on).hasMessageContaining("thresholds must not be empty");
        assertThatThrownBy(() -> BalanceAlerts.on(WARNING, WARNING)).hasMessageContaining("twice");
        assertThatThrownBy(() -> BurnRates.over(Duration.ZERO)).hasMessageContaining("window");
    }

    @Test
    void there_is_one_burn_rate_for_each_balance_and_demand_is_passed_on() {
        Flux<Balance> hourly = Flux.range(0, 12)
                .map(hour -> new Balance(
                        BigDecimal.valueOf(100 - 2L * hour), Balance.CREDITS, Instant.EPOCH.plusSeconds(3600L * hour)));
        TestSubscriber<BurnRate> subscriber =
                TestSubscriber.builder().initialRequest(3).build();
        hourly.transform(BurnRates.over(Duration.ofDays(1))).subscribe(subscriber);
        assertThat(subscriber.getReceivedOnNext()).hasSize(3);
        assertThat(subscriber.getReceivedOnNext().get(2).perHour()).isEmpty();

        subscriber.request(100);
        List<BurnRate> rates = subscriber.getReceivedOnNext();
        assertThat(rates).hasSize(12);
        assertThat(rates.get(11).perHour().orElseThrow()).isEqualByComparingTo("2");
        assertThat(rates.get(11).timeToEmpty()).contains(Duration.ofHours(39));
    }
}
