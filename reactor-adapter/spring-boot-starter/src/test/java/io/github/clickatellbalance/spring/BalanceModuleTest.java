package io.github.clickatellbalance.spring;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BurnRate;
import io.github.clickatellbalance.Threshold;
import io.github.clickatellbalance.TransportException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** As an application without Spring uses it. */
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
    void a_signal_is_flat_and_has_its_state() {
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

    @Test
    void a_failure_is_its_message_only() {
        TransportException cause = new TransportException("The connection was refused", true, new Throwable("nested"));
        String text = json.writeValueAsString(new BalanceSignal.Stale(null, TIME, cause));

        assertThat(text).hasSizeLessThan(1_000).doesNotContain("nested", "Exception", "stackTrace");
    }

    @Test
    void an_alert_and_a_burn_rate_are_flat_too() {
        Balance balance = new Balance(new BigDecimal("49.50"), Balance.CREDITS, TIME);
        Threshold low = new Threshold("low", new BigDecimal("5E+1"), BigDecimal.ONE);

        assertThat(json.writeValueAsString(new BalanceAlert(BalanceAlert.Kind.LOW, low, balance)))
                .isEqualTo("{\"threshold\":\"low\",\"limit\":\"50\",\"amount\":\"49.50\",\"unit\":\"credits\","
                        + "\"retrievedAt\":\"2026-11-25T08:30:00Z\"}");
        assertThat(json.writeValueAsString(new BurnRate(balance, Optional.of(new BigDecimal("99")))))
                .isEqualTo("{\"perHour\":\"99\",\"secondsToEmpty\":1800}");
        assertThat(json.writeValueAsString(new BurnRate(balance, Optional.empty())))
                .isEqualTo("{}");
    }

    /** The bytes of a class name every class that it uses. */
    @Test
    void module_and_json_use_nothing_of_spring() throws IOException {
        for (Class<?> type : List.of(BalanceModule.class, BalanceJson.class)) {
            try (InputStream file = Objects.requireNonNull(type.getResourceAsStream(type.getSimpleName() + ".class"))) {
                assertThat(new String(file.readAllBytes(), ISO_8859_1)).doesNotContain("org/springframework");
            }
        }
    }

    /** A few bytes with an exponent would become gigabytes when they are written again. */
    @Test
    void an_amount_with_an_exponent_or_very_many_digits_is_refused_with_a_message() {
        for (String amount : List.of("1E+3", "1e9", "1E+999999999", "1".repeat(100), "0." + "1".repeat(100))) {
            assertThatThrownBy(() -> json.readValue(
                            "{\"amount\":\"" + amount
                                    + "\",\"unit\":\"credits\",\"retrievedAt\":\"2026-11-25T08:30:00Z\"}",
                            Balance.class))
                    .as(amount)
                    .isInstanceOf(JacksonException.class)
                    .hasMessageContaining("amount must be a decimal number of at most 40 digits, without an exponent");
        }
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
