package io.github.clickatellbalance.examples.quickstart;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.Credentials;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The vendor's APIs by the names that they have in the environment, each with the variables that hold its secrets. */
enum Generation {
    HTTP,
    HTTP_SESSION,
    REST,
    PLATFORM,
    ONE;

    private static final String USER = "CLICKATELL_USER";
    private static final String PASSWORD = "CLICKATELL_PASSWORD";
    private static final String API_ID = "CLICKATELL_API_ID";
    private static final String TOKEN = "CLICKATELL_TOKEN";
    private static final String API_KEY = "CLICKATELL_API_KEY";

    static Optional<Generation> named(String name) {
        return Stream.of(values())
                .filter(generation -> generation.toString().equals(name))
                .findFirst();
    }

    static String names() {
        return Stream.of(values()).map(Generation::toString).collect(joining(", "));
    }

    List<String> variables() {
        return switch (this) {
            case HTTP, HTTP_SESSION -> List.of(USER, PASSWORD, API_ID);
            case REST -> List.of(TOKEN);
            case PLATFORM, ONE -> List.of(API_KEY);
        };
    }

    /** With the values of all of its {@link #variables()}. */
    BalanceApi api(Map<String, String> values) {
        return switch (this) {
            case HTTP -> BalanceApi.http(credentials(values));
            case HTTP_SESSION -> BalanceApi.httpSession(credentials(values));
            case REST -> BalanceApi.rest(value(values, TOKEN));
            case PLATFORM -> BalanceApi.platform(value(values, API_KEY));
            case ONE -> BalanceApi.oneApi(value(values, API_KEY));
        };
    }

    private static Credentials credentials(Map<String, String> values) {
        return Credentials.of(value(values, USER), value(values, PASSWORD), value(values, API_ID));
    }

    private static String value(Map<String, String> values, String name) {
        return requireNonNull(values.get(name), name);
    }

    /** Its name in the environment. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
