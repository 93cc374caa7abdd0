package io.github.clickatellbalance.test;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An API with a token or API key in a header and a reply in JSON.
 *
 * @param path the path of the balance request
 * @param headers the required headers
 * @param body the reply, with {@code %s} for the amount
 * @param wrongSecret the body of the error for a wrong secret
 * @param internalError the error whose advice is to try again
 * @param rateLimit the error for too many requests
 */
record JsonEndpoint(
        String path, Map<String, String> headers, String body, String wrongSecret, Reply internalError, Reply rateLimit)
        implements BalanceEndpoint {
    /** The amount is a string. */
    private static final JsonEndpoint REST = new JsonEndpoint(
            "/rest/account/balance",
            Map.of("Authorization", "Bearer " + StandInGateway.TOKEN, "X-Version", "1"),
            "{\"data\":{\"balance\":\"%s\"}}",
            "{\"error\":{\"code\":\"001\",\"description\":\"Authentication failed\","
                    + "\"documentation\":\"http://www.clickatell.com/help/apidocs/error/001.htm\"}}",
            Reply.json(503, "{\"error\":{\"code\":\"901\",\"description\":\"Internal error\"}}"),
            Reply.status(429));

    /** Other errors than 108 are not documented. */
    private static final JsonEndpoint PLATFORM = new JsonEndpoint(
            "/public-client/balance",
            Map.of("Authorization", StandInGateway.API_KEY),
            "{\"balance\":%s,\"currency\":\"ZAR\"}",
            "{\"messages\":[],\"errorCode\":108,\"error\":\"Invalid or missing integration API Key.\","
                    + "\"errorDescription\":\"The integration API key is either incorrect or has not been included in the API"
                    + " call.\"}",
            Reply.status(500),
            Reply.status(429));

    private static final JsonEndpoint ONE = new JsonEndpoint(
            "/v1/balance",
            Map.of("Authorization", StandInGateway.API_KEY),
            "{\"balance\":%s,\"currency\":\"ZAR\"}",
            "{\"error\":{\"code\":1,\"description\":\"Invalid API key\"}}",
            Reply.json(503, "{\"error\":{\"code\":19,\"description\":\"Internal error, please retry\"}}"),
            Reply.json(400, "{\"error\":{\"code\":43,\"description\":\"Rate limit\"}}"));

    static final List<JsonEndpoint> ALL = List.of(REST, PLATFORM, ONE);

    @Override
    public @Nullable Reply refusal(Request request) {
        boolean isRight =
                headers.entrySet().stream().allMatch(header -> request.hasHeader(header.getKey(), header.getValue()));
        return isRight ? null : wrongCredentials();
    }

    @Override
    public Reply balance(BigDecimal amount) {
        return Reply.json(200, body.replace("%s", amount.toPlainString()));
    }

    @Override
    public Reply wrongCredentials() {
        return Reply.json(401, wrongSecret);
    }
}
