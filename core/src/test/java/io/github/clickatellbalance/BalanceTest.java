package io.github.clickatellbalance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.math.BigDecimal;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BalanceTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    @ParameterizedTest
    @ValueSource(strings = {"ZAR", "EUR", "AAA", "ZZZ"})
    void a_unit_may_be_a_currency_code(String unit) {
        assertThat(new Balance(BigDecimal.ONE, unit, NOW).unit()).isEqualTo(unit);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "zar", "Zar", "EU", "EURO", "ZA@", "ZA[", "CREDITS", "credit", " EUR", "\u00c4UR"})
    void any_other_unit_is_refused(String unit) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Balance(BigDecimal.ONE, unit, NOW))
                .withMessage(
                        "unit must be \"credits\" or an ISO 4217 code of three capital letters, but was: %s", unit);
    }

    @Test
    @SuppressWarnings("NullAway")
    void null_is_refused() {
        assertThatNullPointerException()
                .isThrownBy(() -> new Balance(null, "credits", NOW))
                .withMessage("amount");
        assertThatNullPointerException()
                .isThrownBy(() -> new Balance(BigDecimal.ONE, null, NOW))
                .withMessage("unit");
        assertThatNullPointerException()
                .isThrownBy(() -> new Balance(BigDecimal.ONE, "credits", null))
                .withMessage("retrievedAt");
    }

    @Test
    void balances_of_different_scale_are_not_equal() {
        assertThat(new Balance(new BigDecimal("1.0"), "credits", NOW))
                .isEqualTo(new Balance(new BigDecimal("1.0"), "credits", NOW))
                .isNotEqualTo(new Balance(new BigDecimal("1.00"), "credits", NOW));
    }
}
