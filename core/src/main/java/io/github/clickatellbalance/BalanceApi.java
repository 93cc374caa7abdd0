package io.github.clickatellbalance;

import io.github.clickatellbalance.protocol.Access;
import io.github.clickatellbalance.protocol.HttpAuth;
import io.github.clickatellbalance.protocol.HttpGetBalance;
import io.github.clickatellbalance.protocol.PlatformBalance;
import io.github.clickatellbalance.protocol.RestBalance;
import java.util.Objects;

/**
 * One of the vendor's APIs, with the secret of an account that it belongs to: the seam between what is said (core) and how
 * it is carried (an adapter). Immutable and thread-safe; prints no secret.
 *
 * @param defaultBaseUrl where the vendor serves this API: scheme and host, no slash at the end
 * @param access how to ask for the balance
 */
public record BalanceApi(String defaultBaseUrl, Access access) {
    private static final String API = "https://api.clickatell.com";
    private static final String PLATFORM = "https://platform.clickatell.com";

    /**
     * The archived HTTP/S API, {@code http/getbalance}.
     *
     * @param credentials the account's
     * @return that API
     * @throws NullPointerException if they are null
     */
    public static BalanceApi http(Credentials credentials) {
        Objects.requireNonNull(credentials, "credentials");
        return new BalanceApi(
                API,
                new Access.Direct(new HttpGetBalance(credentials.user(), credentials.password(), credentials.apiId())));
    }

    /**
     * The archived HTTP/S API by sessions: {@code http/auth} once, then {@code http/getbalance} with the ID of the session.
     * The password travels once a session instead of once a question; the price is a request more at the beginning of each.
     * All calls of a client share one session. It is renewed when the vendor says that it has ended, at most once a call,
     * and when it was not used for 14 minutes, since the vendor ends it after 15.
     *
     * @param credentials the account's
     * @return that API
     * @throws NullPointerException if they are null
     */
    public static BalanceApi httpSession(Credentials credentials) {
        Objects.requireNonNull(credentials, "credentials");
        return new BalanceApi(
                API, new Access.ByLogin(new HttpAuth(credentials.user(), credentials.password(), credentials.apiId())));
    }

    /**
     * The legacy REST API, {@code rest/account/balance}.
     *
     * @param token the token of a REST integration, as it is shown: without {@code Bearer} before it
     * @return that API
     * @throws NullPointerException if it is null
     * @throws IllegalArgumentException if it is empty, or has anything but visible ASCII characters: a blank, a line break.
     *     The message never shows it
     */
    public static BalanceApi rest(String token) {
        return new BalanceApi(API, new Access.Direct(new RestBalance(Credentials.checkedForHeader("token", token))));
    }

    /**
     * The Platform API, {@code public-client/balance}. Its balances are in the currency that the account is billed in.
     *
     * @param apiKey the API key of an integration
     * @return that API
     * @throws NullPointerException if it is null
     * @throws IllegalArgumentException if it is empty, or has anything but visible ASCII characters: a blank, a line break.
     *     The message never shows it
     */
    public static BalanceApi platform(String apiKey) {
        return new BalanceApi(
                PLATFORM, new Access.Direct(PlatformBalance.platform(Credentials.checkedForHeader("apiKey", apiKey))));
    }

    /**
     * The One API, {@code v1/balance}. Its balances are in the currency that the account is billed in.
     *
     * @param apiKey the API key of an integration
     * @return that API
     * @throws NullPointerException if it is null
     * @throws IllegalArgumentException if it is empty, or has anything but visible ASCII characters: a blank, a line break.
     *     The message never shows it
     */
    public static BalanceApi oneApi(String apiKey) {
        return new BalanceApi(
                PLATFORM, new Access.Direct(PlatformBalance.oneApi(Credentials.checkedForHeader("apiKey", apiKey))));
    }
}
