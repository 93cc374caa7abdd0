package io.github.clickatellbalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.clickatellbalance.BalanceSignal.Fresh;
import io.github.clickatellbalance.BalanceSignal.Rejected;
import io.github.clickatellbalance.BalanceSignal.Stale;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class BalanceSignalTest {
    private static final Balance BALANCE = new Balance(BigDecimal.TEN, Balance.CREDITS, Instant.EPOCH);
    private final ClickatellException cause = new TransportException("The connection was refused", true, null);

    @Test
    void each_signal_has_the_last_known_balance_and_its_age() {
        Instant now = Instant.EPOCH.plusSeconds(7);
        for (BalanceSignal signal :
                List.of(new Fresh(BALANCE), new Stale(BALANCE, now, cause), new Rejected(BALANCE, now, cause))) {
            assertThat(signal.lastKnown()).contains(BALANCE);
            assertThat(signal.age(now)).contains(Duration.ofSeconds(7));
        }
    }

    @Test
    void without_a_balance_there_is_no_age() {
        for (BalanceSignal signal :
                List.of(new Stale(null, Instant.EPOCH, cause), new Rejected(null, Instant.EPOCH, cause))) {
            assertThat(signal.lastKnown()).isEmpty();
            assertThat(signal.age(Instant.EPOCH)).isEmpty();
        }
    }

    @Test
    void the_reason_is_the_message_of_the_failure() {
        assertThat(new Fresh(BALANCE).reason()).isEmpty();
        assertThat(new Stale(BALANCE, Instant.EPOCH, cause).reason()).contains("The connection was refused");
        assertThat(new Rejected(null, Instant.EPOCH, cause).reason()).contains("The connection was refused");
    }

    @Test
    void an_age_is_never_negative() {
        assertThat(new Fresh(BALANCE).age(Instant.EPOCH.minusSeconds(1))).contains(Duration.ZERO);
    }

    @Test
    @SuppressWarnings("NullAway") // a caller may have no null checks
    void null_is_refused() {
        assertThatThrownBy(() -> new Fresh(null)).hasMessage("balance");
        assertThatThrownBy(() -> new Stale(null, null, cause)).hasMessage("since");
        assertThatThrownBy(() -> new Stale(null, Instant.EPOCH, null)).hasMessage("cause");
        assertThatThrownBy(() -> new Rejected(null, null, cause)).hasMessage("since");
        assertThatThrownBy(() -> new Rejected(null, Instant.EPOCH, null)).hasMessage("cause");
        assertThatThrownBy(() -> new BalanceAlert(BalanceAlert.Kind.LOW, null, BALANCE))
                .hasMessage("threshold");
    }
}
