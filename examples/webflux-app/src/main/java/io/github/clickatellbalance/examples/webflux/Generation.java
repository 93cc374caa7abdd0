package io.github.clickatellbalance.examples.webflux;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.Credentials;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** The vendor's APIs by the names that they have in {@code clickatell.api}, each with the properties that hold its secrets. */
enum Generation {
    HTTP,
    HTTP_SESSION,
    REST,
    PLATFORM,
    ONE;

    static final String USER = "clickatell.user";
    static final String PASSWORD = "clickatell.password";
    static final String API_ID = "clickatell.api-id";
    static final String TOKEN = "clickatell.token";
    static final String API_KEY = "clickatell.api-key";

    static Generation named(String name) {
        return Stream.of(values())
                .filter(generation -> generation.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("clickatell.api must be one of "
                        + Stream.of(values()).map(Generation::toString).collect(joining(", ")) + ", but was: " + name));
    }

    List<String> properties() {
        return switch (this) {
            case HTTP, HTTP_SESSION -> List.of(USER, PASSWORD, API_ID);
            case REST -> List.of(TOKEN);
            case PLATFORM, ONE -> List.of(API_KEY);
        };
    }

    /** With the values of all of its {@link #properties()}. */
    BalanceApi api(Map<String, String> secrets) {
        return switch (this) {
            case HTTP -> BalanceApi.http(credentials(secrets));
            case HTTP_SESSION -> BalanceApi.httpSession(credentials(secrets));
            case REST -> BalanceApi.rest(secret(secrets, TOKEN));
            case PLATFORM -> BalanceApi.platform(secret(secrets, API_KEY));
            case ONE -> BalanceApi.oneApi(secret(secrets, API_KEY));
        };
    }

    private static Credentials credentials(Map<String, String> secrets) {
        return Credentials.of(secret(secrets, USER), secret(secrets, PASSWORD), secret(secrets, API_ID));
    }

    private static String secret(Map<String, String> secrets, String name) {
        return requireNonNull(secrets.get(name), name);
    }

    /** Its name in the configuration. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
