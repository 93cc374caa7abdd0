package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.reactor.BalanceClient;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.StringUtils;

/**
 * The account of the properties under {@code clickatell}; checked at start, with messages that name the property.
 *
 * @param api the API that the account uses
 * @param user the API user name, for the APIs http and http-session
 * @param password the API password, for the APIs http and http-session
 * @param apiId the API ID, for the APIs http and http-session
 * @param token the token, for the API rest
 * @param apiKey the API key, for the APIs platform and one
 * @param baseUrl the URL of the API's server; the vendor's by default
 */
@ConfigurationProperties("clickatell")
record ClickatellAccount(
        Api api,
        @Nullable String user,
        @Nullable String password,
        @Nullable String apiId,
        @Nullable String token,
        @Nullable String apiKey,
        @Nullable String baseUrl) {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{[A-Za-z0-9._-]+}");

    /** The APIs by their names in a configuration. */
    enum Api {
        HTTP,
        HTTP_SESSION,
        REST,
        PLATFORM,
        ONE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    ClickatellAccount(
            @DefaultValue("http") Api api,
            @Nullable String user,
            @Nullable String password,
            @Nullable String apiId,
            @Nullable String token,
            @Nullable String apiKey,
            @Nullable String baseUrl) {
        this.api = api;
        this.user = user;
        this.password = password;
        this.apiId = apiId;
        this.token = token;
        this.apiKey = apiKey;
        this.baseUrl = StringUtils.hasText(baseUrl) ? baseUrl : null;
        try {
            check();
        } catch (IllegalArgumentException e) { // the message begins with the name of the argument
            String message = String.valueOf(e.getMessage())
                    .replaceFirst("^apiId", "api-id")
                    .replaceFirst("^apiKey", "api-key")
                    .replaceFirst("^baseUrl", "base-url");
            // Without the cause: Spring Boot's report shows the message of the innermost exception only.
            throw new IllegalArgumentException("clickatell." + message);
        }
    }

    private void check() {
        BalanceClient.Builder builder = BalanceClient.builder(balanceApi());
        if (baseUrl != null) {
            builder.baseUrl(baseUrl);
        }
    }

    BalanceApi balanceApi() {
        return switch (api) {
            case HTTP -> BalanceApi.http(credentials());
            case HTTP_SESSION -> BalanceApi.httpSession(credentials());
            case REST -> BalanceApi.rest(given("token", token));
            case PLATFORM -> BalanceApi.platform(given("api-key", apiKey));
            case ONE -> BalanceApi.oneApi(given("api-key", apiKey));
        };
    }

    private Credentials credentials() {
        return Credentials.of(given("user", user), given("password", password), given("api-id", apiId));
    }

    private String given(String property, @Nullable String value) {
        if (!StringUtils.hasText(value)) {
            throw new IllegalArgumentException(property + " must be set, since clickatell.api is " + api);
        }
        if (PLACEHOLDER.matcher(value).matches()) { // Spring Boot leaves it as it is
            throw new IllegalArgumentException(
                    property + " is " + value + ": there is no property or variable of this name");
        }
        return value;
    }

    /** Without the secrets. */
    @Override
    public String toString() {
        return "ClickatellAccount[api=" + api + ", baseUrl=" + baseUrl + ", ***]";
    }
}
