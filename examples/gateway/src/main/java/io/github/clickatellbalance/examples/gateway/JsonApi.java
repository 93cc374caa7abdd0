package io.github.clickatellbalance.examples.gateway;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An API that wants a secret in a header and answers in JSON.
 *
 * @param path where it is asked
 * @param headers what it wants
 * @param body what it answers, with {@code %s} for the amount
 * @param wrongSecret the body of its refusal
 * @param internalError its error that asks to try again
 * @param rateLimit its error for too many questions
 */
record JsonApi(
        String path,
        Map<String, String> headers,
        String body,
        String wrongSecret,
        Answer internalError,
        Answer rateLimit)
        implements BalanceQuestion {
    /** Its amount is a string. */
    private static final JsonApi REST = new JsonApi(
            "/rest/account/balance",
            Map.of("Authorization", "Bearer " + StandInGateway.TOKEN, "X-Version", "1"),
            "{\"data\":{\"balance\":\"%s\"}}",
            "{\"error\":{\"code\":\"001\",\"description\":\"Authentication failed\","
                    + "\"documentation\":\"http://www.clickatell.com/help/apidocs/error/001.htm\"}}",
            Answer.json(503, "{\"error\":{\"code\":\"901\",\"description\":\"Internal error\"}}"),
            Answer.status(429));

    /** Which errors it has besides 108 is not documented. */
    private static final JsonApi PLATFORM = new JsonApi(
            "/public-client/balance",
            Map.of("Authorization", StandInGateway.API_KEY),
            "{\"balance\":%s,\"currency\":\"ZAR\"}",
            "{\"messages\":[],\"errorCode\":108,\"error\":\"Invalid or missing integration API Key.\","
                    + "\"errorDescription\":\"The integration API key is either incorrect or has not been included in the API"
                    + " call.\"}",
            Answer.status(500),
            Answer.status(429));

    private static final JsonApi ONE = new JsonApi(
            "/v1/balance",
            Map.of("Authorization", StandInGateway.API_KEY),
            "{\"balance\":%s,\"currency\":\"ZAR\"}",
            "{\"error\":{\"code\":1,\"description\":\"Invalid API key\"}}",
            Answer.json(503, "{\"error\":{\"code\":19,\"description\":\"Internal error, please retry\"}}"),
            Answer.json(400, "{\"error\":{\"code\":43,\"description\":\"Rate limit\"}}"));

    static final List<JsonApi> ALL = List.of(REST, PLATFORM, ONE);

    @Override
    public @Nullable Answer refusal(Question question) {
        boolean isRight =
                headers.entrySet().stream().allMatch(header -> question.hasHeader(header.getKey(), header.getValue()));
        return isRight ? null : Answer.json(401, wrongSecret);
    }

    @Override
    public Answer balance(BigDecimal amount) {
        return Answer.json(200, body.replace("%s", amount.toPlainString()));
    }
}
