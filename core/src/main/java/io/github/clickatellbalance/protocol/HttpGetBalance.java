package io.github.clickatellbalance.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.HttpStatusException;
import java.net.URLEncoder;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code http/getbalance} of the archived HTTP/S API: user name, password and API ID in a form, a line of text back. The
 * vendor's errors come with status 200.
 */
public final class HttpGetBalance implements ApiCall<Balance> {
    private final ApiRequest request;
    private final Secrets secrets;

    /**
     * This API for one account; applications use {@link io.github.clickatellbalance.BalanceApi#http}.
     *
     * @param user the API user name
     * @param password the API password
     * @param apiId the API ID
     */
    public HttpGetBalance(String user, String password, String apiId) {
        // POST, not the GET that the vendor shows first: URLs end up in logs. Without this content type the vendor
        // answers "ERR: 001, Authentication failed" (ifraixedes/node-clickatell-api, lib/http.js).
        this.request = new ApiRequest(
                "POST",
                "/http/getbalance",
                Map.of("Content-Type", "application/x-www-form-urlencoded"),
                "user=" + encode(user) + "&password=" + encode(password) + "&api_id=" + encode(apiId));
        this.secrets = new Secrets(user, password, apiId);
    }

    private static String encode(String value) {
        return URLEncoder.encode(value, UTF_8);
    }

    @Override
    public ApiRequest request() {
        return request;
    }

    /**
     * {@inheritDoc} A numbered error of the vendor's says more than any status, so it counts whatever the status; for the
     * rest, a status other than 200 is the failure.
     */
    @Override
    public Balance read(ApiReply reply) {
        HttpReplyParser parser = new HttpReplyParser(reply, secrets);
        if (reply.status() == 200) {
            return parser.balance();
        }
        @Nullable RuntimeException numbered = parser.numberedError();
        throw numbered != null
                ? numbered
                : new HttpStatusException(reply.status(), parser.excerpt(), reply.retryAfter());
    }
}
