package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.Threshold;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.StringUtils;

/**
 * The properties under {@code clickatell} but for those of the account; checked at start, with messages that name the property.
 *
 * @param enabled false to switch everything off
 * @param interval the pause between two polls, from 100ms to 1d
 * @param thresholds the amounts below which there is an alert, by name
 * @param margin how far the balance must be above a threshold again for the end of its alert
 * @param burnRateWindow the window of the burn rate; sixty intervals by default
 * @param stream the streams over HTTP
 * @param fleet the instances of the application that share one poll
 */
@ConfigurationProperties("clickatell")
record ClickatellProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("1m") Duration interval,
        @DefaultValue Map<String, BigDecimal> thresholds,
        @DefaultValue("5") BigDecimal margin,
        @Nullable Duration burnRateWindow,
        @DefaultValue Stream stream,
        @DefaultValue Fleet fleet) {
    private static final Duration MIN_INTERVAL = Duration.ofMillis(100);
    private static final Duration MAX_INTERVAL = Duration.ofDays(1);
    private static final Duration MAX_WINDOW = Duration.ofDays(365);
    private static final int WINDOW_IN_INTERVALS = 60;

    /**
     * The streams over HTTP.
     *
     * @param path the path of the balance as JSON, with its streams below it; none by default, since there is no
     *     authentication in it. Only for WebFlux
     */
    record Stream(@Nullable String path) {
        Stream {
            path = StringUtils.hasText(path) ? path : null;
            require(
                    path == null || path.matches("(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+"),
                    "clickatell.stream.path must be a path such as /api/balance, but was: " + path);
        }
    }

    /**
     * The instances of the application that share one poll.
     *
     * @param account a name for the account, the same in all instances: they share one poll on the application's Redis. None by
     *     default: each instance polls by itself
     */
    record Fleet(@Nullable String account) {
        Fleet {
            account = StringUtils.hasText(account) ? account : null;
            require(
                    account == null || account.matches("[A-Za-z0-9._-]{1,64}"),
                    "clickatell.fleet.account must be 1 to 64 letters, digits, dots, underscores or hyphens, but was: "
                            + account);
        }
    }

    ClickatellProperties {
        require(
                interval.compareTo(MIN_INTERVAL) >= 0 && interval.compareTo(MAX_INTERVAL) <= 0,
                "clickatell.interval must be from 100ms to 1d, but was: " + interval);
        require(
                burnRateWindow == null
                        || (burnRateWindow.compareTo(interval) > 0 && burnRateWindow.compareTo(MAX_WINDOW) <= 0),
                "clickatell.burn-rate-window must be longer than clickatell.interval and at most 365d, but was: "
                        + burnRateWindow);
        require(
                thresholds.keySet().stream().noneMatch(String::isBlank),
                "clickatell.thresholds must have names, as in clickatell.thresholds.low=50");
        require(margin.signum() >= 0, "clickatell.margin must not be negative, but was: " + margin);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    Duration window() {
        return burnRateWindow == null ? interval.multipliedBy(WINDOW_IN_INTERVALS) : burnRateWindow;
    }

    /** Lowest first. */
    List<Threshold> alertThresholds() {
        return thresholds.entrySet().stream()
                .map(entry -> new Threshold(entry.getKey(), entry.getValue(), margin))
                .sorted(Comparator.comparing(Threshold::amount))
                .toList();
    }
}
