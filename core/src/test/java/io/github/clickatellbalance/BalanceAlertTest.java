package io.github.clickatellbalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class BalanceAlertTest {
    private static final Threshold WARNING = threshold("warning", "50", "5");
    private static final Threshold CRITICAL = threshold("critical", "10", "0");

    private static Threshold threshold(String name, String amount, String margin) {
        return new Threshold(name, new BigDecimal(amount), new BigDecimal(margin));
    }

    private static List<String> alerts(Function<Balance, List<BalanceAlert>> tracker, String... amounts) {
        List<String> alerts = new ArrayList<>();
        for (String amount : amounts) {
            Balance balance = new Balance(new BigDecimal(amount), Balance.CREDITS, Instant.EPOCH);
            tracker.apply(balance)
                    .forEach(alert -> alerts.add(alert.kind() + " "
                            + alert.threshold().name() + " " + alert.balance().amount()));
        }
        return alerts;
    }

    @Test
    void a_balance_below_the_amount_raises_one_alert() {
        assertThat(alerts(BalanceAlert.tracker(WARNING), "51", "50", "49.99", "20", "49"))
                .containsExactly("LOW warning 49.99");
    }

    @Test
    void a_first_balance_below_the_amount_raises_an_alert() {
        assertThat(alerts(BalanceAlert.tracker(WARNING), "3")).containsExactly("LOW warning 3");
    }

    @Test
    void a_balance_recovers_once_at_the_amount_plus_the_hysteresis_margin() {
        assertThat(alerts(BalanceAlert.tracker(WARNING), "49", "54.99", "55", "60", "50", "55"))
                .containsExactly("LOW warning 49", "RECOVERED warning 55");
    }

    @Test
    void a_balance_that_moves_around_the_amount_raises_one_alert() {
        assertThat(alerts(BalanceAlert.tracker(WARNING), "49", "51", "49", "52", "48", "54"))
                .containsExactly("LOW warning 49");
    }

    @Test
    void a_balance_that_was_never_low_does_not_recover() {
        assertThat(alerts(BalanceAlert.tracker(WARNING), "100", "52", "100")).isEmpty();
    }

    @Test
    void after_a_recovery_a_balance_can_be_low_again() {
        assertThat(alerts(BalanceAlert.tracker(CRITICAL), "9", "10", "9"))
                .containsExactly("LOW critical 9", "RECOVERED critical 10", "LOW critical 9");
    }

    @Test
    void the_alerts_of_the_lowest_threshold_come_first() {
        for (Function<Balance, List<BalanceAlert>> tracker :
                List.of(BalanceAlert.tracker(WARNING, CRITICAL), BalanceAlert.tracker(CRITICAL, WARNING))) {
            assertThat(alerts(tracker, "5", "60"))
                    .containsExactly(
                            "LOW critical 5", "LOW warning 5", "RECOVERED critical 60", "RECOVERED warning 60");
        }
    }

    @Test
    void amounts_may_be_zero_or_negative() {
        assertThat(alerts(BalanceAlert.tracker(CRITICAL), "0")).containsExactly("LOW critical 0");
        assertThat(alerts(BalanceAlert.tracker(threshold("debt", "0", "0")), "0", "-0.01", "0.00"))
                .containsExactly("LOW debt -0.01", "RECOVERED debt 0.00");
    }

    @Test
    void the_scale_of_an_amount_does_not_matter() {
        assertThat(alerts(BalanceAlert.tracker(CRITICAL), "10.000", "1E+1", "9", "10.0"))
                .containsExactly("LOW critical 9", "RECOVERED critical 10.0");
    }

    @Test
    void invalid_thresholds_are_refused() {
        assertThatThrownBy(BalanceAlert::tracker)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("thresholds must not be empty");
        assertThatThrownBy(() -> BalanceAlert.tracker(WARNING, threshold("warning", "50", "5")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("twice")
                .hasMessageContaining("warning");
        assertThatThrownBy(() -> threshold(" ", "1", "1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("name must not be blank");
        assertThatThrownBy(() -> threshold("x", "1", "-1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("margin must not be negative, but was: -1");
    }
}
