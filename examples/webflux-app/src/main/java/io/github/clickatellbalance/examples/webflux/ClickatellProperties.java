package io.github.clickatellbalance.examples.webflux;

import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.Threshold;
import io.github.clickatellbalance.reactor.BalanceClient;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What is configured under {@code clickatell}; checked at start, with messages that name the property.
 *
 * @param user the API user name; without user, password and API ID the stand-in gateway is asked
 * @param password the API password
 * @param apiId the API ID
 * @param baseUrl where the API is served; the vendor's host by default
 * @param interval the pause between two polls
 * @param burnRateWindow how far back the burn rate looks; sixty intervals by default
 * @param thresholds amounts to be warned at, by name, {@code low=50} and {@code critical=25} by default
 * @param margin how far above a threshold a balance has recovered
 */
@ConfigurationProperties("clickatell")
record ClickatellProperties(
        @Nullable String user,
        @Nullable String password,
        @Nullable String apiId,
        @Nullable String baseUrl,
        @DefaultValue("1m") Duration interval,
        @Nullable Duration burnRateWindow,
        @Nullable Map<String, BigDecimal> thresholds,
        @DefaultValue("5") BigDecimal margin) {
    private static final Map<String, BigDecimal> DEFAULT_THRESHOLDS =
            Map.of("low", new BigDecimal("50"), "critical", new BigDecimal("25"));
    private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(100);
    private static final Duration LONGEST_INTERVAL = Duration.ofDays(1);
    private static final Duration LONGEST_WINDOW = Duration.ofDays(365);

    ClickatellProperties {
        long given = Stream.of(user, password, apiId)
                .filter(ClickatellProperties::isGiven)
                .count();
        require(
                given == 0 || given == 3,
                "clickatell.user, clickatell.password and clickatell.api-id must all be set, or none of them to run on the "
                        + "stand-in gateway; missing: "
                        + (isGiven(user) ? "" : "clickatell.user ")
                        + (isGiven(password) ? "" : "clickatell.password ")
                        + (isGiven(apiId) ? "" : "clickatell.api-id"));
        require(
                given == 3 || !isGiven(baseUrl),
                "clickatell.base-url needs credentials: set clickatell.user and the others");
        require(
                interval.compareTo(SHORTEST_INTERVAL) >= 0 && interval.compareTo(LONGEST_INTERVAL) <= 0,
                "clickatell.interval must be from 100ms to 1d, but was: " + interval);
        require(
                burnRateWindow == null
                        || (burnRateWindow.compareTo(interval) > 0 && burnRateWindow.compareTo(LONGEST_WINDOW) <= 0),
                "clickatell.burn-rate-window must be longer than clickatell.interval and at most 365d, but was: "
                        + burnRateWindow);
        require(
                thresholds == null || thresholds.keySet().stream().noneMatch(String::isBlank),
                "clickatell.thresholds must have names, as in clickatell.thresholds.low=50");
        if (given == 3) {
            client(user, password, apiId, baseUrl).close(); // the library says what is wrong with them
        }
        require(margin.signum() >= 0, "clickatell.margin must not be negative, but was: " + margin);
    }

    private static boolean isGiven(@Nullable String value) {
        return value != null && !value.isBlank();
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    private static BalanceClient client(
            @Nullable String user, @Nullable String password, @Nullable String apiId, @Nullable String baseUrl) {
        try {
            return builder(user, password, apiId, baseUrl).build();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "clickatell.user, clickatell.password, clickatell.api-id or clickatell.base-url is wrong: "
                            + e.getMessage(),
                    e);
        }
    }

    private static BalanceClient.Builder builder(
            @Nullable String user, @Nullable String password, @Nullable String apiId, @Nullable String baseUrl) {
        Credentials credentials = Credentials.of(
                Objects.requireNonNull(user), Objects.requireNonNull(password), Objects.requireNonNull(apiId));
        BalanceClient.Builder builder = BalanceClient.builder(credentials);
        return isGiven(baseUrl) ? builder.baseUrl(Objects.requireNonNull(baseUrl)) : builder;
    }

    /** Only with {@linkplain #hasCredentials() credentials}. */
    BalanceClient.Builder client() {
        return builder(user, password, apiId, baseUrl);
    }

    boolean hasCredentials() {
        return isGiven(user);
    }

    Duration burnRateWindowOrDefault() {
        return burnRateWindow == null ? interval.multipliedBy(60) : burnRateWindow;
    }

    /** Lowest first. */
    List<Threshold> thresholdsOrDefault() {
        Map<String, BigDecimal> amounts = thresholds == null || thresholds.isEmpty() ? DEFAULT_THRESHOLDS : thresholds;
        return amounts.entrySet().stream()
                .map(entry -> new Threshold(entry.getKey(), entry.getValue(), margin))
                .sorted(Comparator.comparing(Threshold::amount))
                .toList();
    }

    /** Without the secrets. */
    @Override
    public String toString() {
        return "ClickatellProperties[interval=" + interval + ", thresholds=" + thresholds + ", ***]";
    }
}
