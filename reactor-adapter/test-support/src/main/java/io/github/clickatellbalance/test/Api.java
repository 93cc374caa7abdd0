package io.github.clickatellbalance.test;

import static java.util.stream.Collectors.joining;

import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.Credentials;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** The five APIs by their names in a configuration, with the keys of their secrets. */
@SuppressWarnings("ImmutableEnumChecker") // the list is immutable
public enum Api {
    /** {@link BalanceApi#http}. */
    HTTP("user", "password", "api-id"),
    /** {@link BalanceApi#httpSession}. */
    HTTP_SESSION("user", "password", "api-id"),
    /** {@link BalanceApi#rest}. */
    REST("token"),
    /** {@link BalanceApi#platform}. */
    PLATFORM("api-key"),
    /** {@link BalanceApi#oneApi}. */
    ONE("api-key");

    private final List<String> keys;

    Api(String... keys) {
        this.keys = List.of(keys);
    }

    /**
     * The API of a name.
     *
     * @param name such as {@code http-session}
     * @return the API
     * @throws IllegalArgumentException if there is none; the message has all names
     */
    public static Api named(String name) {
        return Stream.of(values())
                .filter(api -> api.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("must be one of "
                        + Stream.of(values()).map(Api::toString).collect(joining(", ")) + ", but was: " + name));
    }

    /** {@return the keys of its secrets: {@code user}, {@code password}, {@code api-id}, {@code token}, {@code api-key}} */
    public List<String> keys() {
        return keys;
    }

    /**
     * The API with its secrets.
     *
     * @param secrets from each of the {@link #keys()} to its value
     * @return the API
     */
    public BalanceApi with(UnaryOperator<String> secrets) {
        return switch (this) {
            case HTTP -> BalanceApi.http(credentials(secrets));
            case HTTP_SESSION -> BalanceApi.httpSession(credentials(secrets));
            case REST -> BalanceApi.rest(secrets.apply("token"));
            case PLATFORM -> BalanceApi.platform(secrets.apply("api-key"));
            case ONE -> BalanceApi.oneApi(secrets.apply("api-key"));
        };
    }

    /** {@return the API with the secrets of the stand-in gateway} */
    public BalanceApi ofStandIn() {
        return with(key -> switch (key) {
            case "user" -> StandInGateway.USER;
            case "password" -> StandInGateway.PASSWORD;
            case "api-id" -> StandInGateway.API_ID;
            case "token" -> StandInGateway.TOKEN;
            default -> StandInGateway.API_KEY;
        });
    }

    private static Credentials credentials(UnaryOperator<String> secrets) {
        return Credentials.of(secrets.apply("user"), secrets.apply("password"), secrets.apply("api-id"));
    }

    /** {@return its name in a configuration, such as {@code http-session}} */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
