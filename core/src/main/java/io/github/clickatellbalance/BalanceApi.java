package io.github.clickatellbalance;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One of the vendor's APIs, with the credentials of one account. Immutable and thread-safe; {@link #toString()} shows no
 * secret. Applications use the factory methods; the constructor is for an API that has none here.
 *
 * @param defaultBaseUrl the vendor's URL for this API: scheme and host, no slash at the end
 * @param balance the balance request, if each request carries the credentials; else null
 * @param login the login, if the balance request needs a session; else null
 */
public record BalanceApi(
        String defaultBaseUrl,
        @Nullable ApiCall<Balance> balance,
        @Nullable ApiCall<Session> login) {
    private static final String API = "https://api.clickatell.com";
    private static final String PLATFORM = "https://platform.clickatell.com";

    /** @throws IllegalArgumentException unless exactly one of balance and login is given */
    public BalanceApi {
        if ((balance == null) == (login == null)) {
            throw new IllegalArgumentException("exactly one of balance and login must be given");
        }
    }

    /** The archived HTTP/S API, {@code http/getbalance}. Balances are in credits. */
    public static BalanceApi http(Credentials credentials) {
        return new BalanceApi(API, HttpApi.getBalance(Objects.requireNonNull(credentials, "credentials")), null);
    }

    /**
     * The archived HTTP/S API by sessions: {@code http/auth} once, then {@code http/getbalance} with the session ID. The
     * password is sent once for each session, not with each balance request. All calls of a client share one session. The
     * client logs in again when the vendor reports that the session has ended, at most once for each call, and when the
     * session was not used for 14 minutes (the vendor ends it after 15).
     */
    public static BalanceApi httpSession(Credentials credentials) {
        return new BalanceApi(API, null, HttpApi.auth(Objects.requireNonNull(credentials, "credentials")));
    }

    /**
     * The legacy REST API, {@code rest/account/balance}. Balances are in credits.
     *
     * @param token the token of a REST integration, without {@code Bearer} before it
     * @throws IllegalArgumentException if the token is empty, longer than 1,024 characters, or has anything but visible
     *     ASCII characters, such as a blank or a line break. The message does not contain it
     */
    public static BalanceApi rest(String token) {
        return new BalanceApi(API, JsonApi.rest(token), null);
    }

    /**
     * The Platform API, {@code public-client/balance}, with the API key of an integration. Balances are in the billing
     * currency of the account.
     *
     * @throws IllegalArgumentException as for {@link #rest}
     */
    public static BalanceApi platform(String apiKey) {
        return new BalanceApi(PLATFORM, JsonApi.portal("/public-client/balance", apiKey), null);
    }

    /**
     * The One API, {@code v1/balance}, with the API key of an integration. Balances are in the account's billing currency.
     *
     * @throws IllegalArgumentException as for {@link #rest}
     */
    public static BalanceApi oneApi(String apiKey) {
        return new BalanceApi(PLATFORM, JsonApi.portal("/v1/balance", apiKey), null);
    }
}
