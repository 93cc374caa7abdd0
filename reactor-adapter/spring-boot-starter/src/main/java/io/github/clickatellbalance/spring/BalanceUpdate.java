package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BurnRate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The state of the account at one moment.
 *
 * @param version unique, also among several runs
 * @param signal the signal of the feed
 * @param low the names of the thresholds above the last known balance, lowest first; without the margin of alerts
 * @param burnRate the burn rate, or null before the first balance
 */
record BalanceUpdate(
        String version,
        BalanceSignal signal,
        List<String> low,
        @Nullable BurnRate burnRate) {
    /** For any JSON library. */
    Map<String, Object> json() {
        Map<String, Object> json = BalanceJson.of(signal);
        json.put("version", version);
        json.put("sentAt", Instant.now().toString()); // for clients whose clock is wrong
        json.put("low", low);
        if (burnRate != null) {
            json.putAll(BalanceJson.of(burnRate));
        }
        return json;
    }
}
