package io.github.clickatellbalance;

import io.github.clickatellbalance.protocol.ApiReply;
import io.github.clickatellbalance.protocol.ApiRequest;
import io.github.clickatellbalance.protocol.HttpGetBalance;

/**
 * One of the vendor's APIs, with the credentials to use it: how to ask for the balance, and how to read the answer. The
 * seam between what is said (core) and how it is carried (an adapter). Implementations are immutable, thread-safe and do
 * no I/O.
 */
public interface BalanceApi {
    /**
     * The archived HTTP/S API, {@code http/getbalance}.
     *
     * @param credentials the account's
     * @return that API
     */
    static BalanceApi http(Credentials credentials) {
        return new HttpGetBalance(credentials.user(), credentials.password(), credentials.apiId());
    }

    /** {@return where the vendor serves this API: scheme and host, no slash at the end} */
    String defaultBaseUrl();

    /** {@return the request that asks for the balance; it holds secrets} */
    ApiRequest request();

    /**
     * Reads the answer to {@link #request()}.
     *
     * @param reply what came back
     * @return the balance
     * @throws ClickatellException if the reply is anything but a balance; it holds no secret, even where the reply does
     */
    Balance read(ApiReply reply);
}
