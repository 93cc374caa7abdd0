package io.github.clickatellbalance.examples.webflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.TransportException;
import java.math.BigDecimal;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** As somebody without Spring uses it. */
class BalanceModuleTest {
    private static final Instant TIME = Instant.parse("2026-11-25T08:30:00Z");

    private final JsonMapper json =
            JsonMapper.builder().addModule(new BalanceModule()).build();

    @ParameterizedTest
    @ValueSource(strings = {"12345678901234567890.123456789", "0.00", "-12.50", "123", "1E+3"})
    void a_balance_survives_the_round_trip_with_every_digit(String amount) {
        Balance balance = new Balance(new BigDecimal(amount), Balance.CREDITS, TIME);
        String text = json.writeValueAsString(balance);

        assertThat(text)
                .isEqualTo("{\"amount\":\"" + balance.amount().toPlainString()
                        + "\",\"unit\":\"credits\",\"retrievedAt\":\"2026-11-25T08:30:00Z\"}");
        assertThat(json.readValue(text, Balance.class).amount()).isEqualByComparingTo(amount);
        if (!amount.contains("E")) {
            assertThat(json.readValue(text, Balance.class)).isEqualTo(balance);
        }
    }

    @Test
    void a_signal_is_flat_and_tells_its_state() {
        Balance balance = new Balance(new BigDecimal("5.00"), "ZAR", TIME);
        TransportException cause = new TransportException("The connection was refused", true, null);

        assertThat(json.writeValueAsString(new BalanceSignal.Fresh(balance)))
                .isEqualTo(
                        "{\"state\":\"fresh\",\"amount\":\"5.00\",\"unit\":\"ZAR\",\"retrievedAt\":\"2026-11-25T08:30:00Z\"}");
        assertThat(json.writeValueAsString(new BalanceSignal.Stale(balance, TIME, cause)))
                .isEqualTo(
                        "{\"state\":\"stale\",\"amount\":\"5.00\",\"unit\":\"ZAR\",\"retrievedAt\":\"2026-11-25T08:30:00Z\","
                                + "\"since\":\"2026-11-25T08:30:00Z\",\"reason\":\"The connection was refused\"}");
        assertThat(json.writeValueAsString(new BalanceSignal.Rejected(null, TIME, cause)))
                .isEqualTo(
                        "{\"state\":\"rejected\",\"since\":\"2026-11-25T08:30:00Z\",\"reason\":\"The connection was refused\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"amount\":\"x\",\"unit\":\"credits\",\"retrievedAt\":\"2026-11-25T08:30:00Z\"}",
                "{\"amount\":\"1\",\"unit\":\"?\",\"retrievedAt\":\"2026-11-25T08:30:00Z\"}",
                "{\"amount\":\"1\",\"unit\":\"credits\",\"retrievedAt\":\"yesterday\"}",
                "{\"amount\":1.5,\"unit\":\"credits\",\"retrievedAt\":\"2026-11-25T08:30:00Z\"}"
            })
    void what_is_no_balance_is_refused(String text) {
        assertThatThrownBy(() -> json.readValue(text, Balance.class)).isInstanceOf(JacksonException.class);
    }
}
