package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BalanceSignal.Rejected;
import io.github.clickatellbalance.BalanceSignal.Stale;
import io.github.clickatellbalance.BurnRate;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Values as JSON objects, in the form of maps that any JSON library can write. An amount is a string: a number would lose digits
 * in a browser. It has no exponent and keeps its scale. No exception is written, only its message.
 */
final class BalanceJson {
    private BalanceJson() {}

    static Map<String, Object> of(Balance balance) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("amount", balance.amount().toPlainString());
        json.put("unit", balance.unit());
        json.put("retrievedAt", balance.retrievedAt().toString());
        return json;
    }

    static Map<String, Object> of(BalanceSignal signal) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("state", state(signal));
        signal.lastKnown().ifPresent(balance -> json.putAll(of(balance)));
        if (signal instanceof Stale stale) {
            json.put("since", stale.since().toString());
        } else if (signal instanceof Rejected rejected) {
            json.put("since", rejected.since().toString());
        }
        signal.reason().ifPresent(reason -> json.put("reason", reason));
        return json;
    }

    /** {@code fresh}, {@code stale} or {@code rejected}. */
    static String state(BalanceSignal signal) {
        return signal instanceof Stale ? "stale" : signal instanceof Rejected ? "rejected" : "fresh";
    }

    static Map<String, Object> of(BalanceAlert alert) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("threshold", alert.threshold().name());
        json.put("limit", alert.threshold().amount().toPlainString());
        json.putAll(of(alert.balance()));
        return json;
    }

    static Map<String, Object> of(BurnRate burnRate) {
        Map<String, Object> json = new LinkedHashMap<>();
        burnRate.perHour().map(BigDecimal::toPlainString).ifPresent(rate -> json.put("perHour", rate));
        burnRate.timeToEmpty().map(Duration::toSeconds).ifPresent(seconds -> json.put("secondsToEmpty", seconds));
        return json;
    }
}
