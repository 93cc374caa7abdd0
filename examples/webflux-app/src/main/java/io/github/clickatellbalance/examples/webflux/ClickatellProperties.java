package io.github.clickatellbalance.examples.webflux;

import io.github.clickatellbalance.Threshold;
import io.github.clickatellbalance.reactor.BalanceClient;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What is configured under {@code clickatell}; checked at start, with messages that name the property.
 *
 * @param api which of the vendor's APIs the account belongs to, {@code http} by default; without its secrets the stand-in
 *     gateway is asked
 * @param user the API user name, for {@code http} and {@code http-session}
 * @param password the API password, for the same
 * @param apiId the API ID, for the same
 * @param token the token, for {@code rest}
 * @param apiKey the API key, for {@code platform} and {@code one}
 * @param baseUrl where the API is served; the vendor's host by default
 * @param interval the pause between two polls
 * @param burnRateWindow how far back the burn rate looks; sixty intervals by default
 * @param thresholds amounts to be warned at, by name, {@code low=50} and {@code critical=25} by default
 * @param margin how far above a threshold a balance has recovered
 */
@ConfigurationProperties("clickatell")
record ClickatellProperties(
        @DefaultValue("http") String api,
        @Nullable String user,
        @Nullable String password,
        @Nullable String apiId,
        @Nullable String token,
        @Nullable String apiKey,
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
        List<String> needed = Generation.named(api).properties();
        Map<String, String> secrets = given(user, password, apiId, token, apiKey);
        boolean isComplete = secrets.keySet().containsAll(needed);
        require(
                isComplete || secrets.isEmpty(),
                "clickatell.api=" + api + " needs all of " + needed
                        + ", or no secret at all to run on the stand-in gateway;" + " set so far: " + secrets.keySet());
        require(isComplete || !isGiven(baseUrl), "clickatell.base-url needs an account: set " + needed);
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
        if (isComplete) {
            check(Generation.named(api), secrets, baseUrl);
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

    private static Map<String, String> given(
            @Nullable String user,
            @Nullable String password,
            @Nullable String apiId,
            @Nullable String token,
            @Nullable String apiKey) {
        Map<String, String> secrets = new TreeMap<>();
        putIfGiven(secrets, Generation.USER, user);
        putIfGiven(secrets, Generation.PASSWORD, password);
        putIfGiven(secrets, Generation.API_ID, apiId);
        putIfGiven(secrets, Generation.TOKEN, token);
        putIfGiven(secrets, Generation.API_KEY, apiKey);
        return secrets;
    }

    private static void putIfGiven(Map<String, String> secrets, String name, @Nullable String value) {
        if (value != null && isGiven(value)) {
            secrets.put(name, value);
        }
    }

    /** The library says what is wrong with them. */
    private static void check(Generation generation, Map<String, String> secrets, @Nullable String baseUrl) {
        try {
            builder(generation, secrets, baseUrl).build().close();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "One of " + generation.properties() + " or clickatell.base-url is wrong: " + e.getMessage(), e);
        }
    }

    private static BalanceClient.Builder builder(
            Generation generation, Map<String, String> secrets, @Nullable String baseUrl) {
        BalanceClient.Builder builder = BalanceClient.builder(generation.api(secrets));
        return baseUrl != null && isGiven(baseUrl) ? builder.baseUrl(baseUrl) : builder;
    }

    Generation generation() {
        return Generation.named(api);
    }

    boolean hasSecrets() {
        return given(user, password, apiId, token, apiKey)
                .keySet()
                .containsAll(generation().properties());
    }

    /** Only {@linkplain #hasSecrets() with secrets}. */
    BalanceClient.Builder client() {
        return builder(generation(), given(user, password, apiId, token, apiKey), baseUrl);
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
        return "ClickatellProperties[api=" + api + ", interval=" + interval + ", thresholds=" + thresholds + ", ***]";
    }
}
