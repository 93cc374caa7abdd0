package io.github.clickatellbalance.protocol;

import static io.github.clickatellbalance.protocol.ErrorTable.permanent;
import static java.util.Map.entry;

import io.github.clickatellbalance.Balance;
import java.util.Map;
import java.util.Set;

/** {@code rest/account/balance} of the legacy REST API: a bearer token in a header, credits in JSON back. */
public final class RestBalance implements ApiCall<Balance> {
    private static final String BALANCE = "/data/balance";
    private static final String CODE = "/error/code";
    private static final String DESCRIPTION = "/error/description";

    private static final String CHECK_TOKEN = "Check the token; this is not retried.";

    /** The numbers of the HTTP/S API, where what they advise about is a token. */
    private static final ErrorTable ERRORS = HttpErrorTable.ERRORS.with(Map.ofEntries(
            entry(1, permanent("Authentication failed", CHECK_TOKEN)),
            entry(2, permanent("Unknown username or password", CHECK_TOKEN)),
            entry(3, permanent("Session ID expired", CHECK_TOKEN)),
            entry(5, permanent("Missing session ID", CHECK_TOKEN)),
            entry(101, permanent("Invalid or missing parameters", HttpErrorTable.NOT_FOR_BALANCE)),
            entry(
                    108,
                    permanent(
                            "Invalid or missing API ID",
                            "The token is none of this API's: an account of the newer portal needs BalanceApi.platform "
                                    + "or BalanceApi.oneApi with an API key."))));

    private final ApiRequest request;
    private final Secrets secrets;

    /**
     * The question of one account.
     *
     * @param token the token of a REST integration
     */
    public RestBalance(String token) {
        this.request = new ApiRequest(
                "GET",
                "/rest/account/balance",
                Map.of("Authorization", "Bearer " + token, "X-Version", "1", "Accept", "application/json"),
                "");
        this.secrets = new Secrets(token);
    }

    @Override
    public ApiRequest request() {
        return request;
    }

    /** {@inheritDoc} The vendor shows the amount as a string; its client for Node is tested with numbers. */
    @Override
    public Balance read(ApiReply reply) {
        JsonReply json = new JsonReply(reply, secrets, Set.of(BALANCE, CODE, DESCRIPTION));
        json.failOnError(ERRORS, CODE, DESCRIPTION);
        json.failUnlessGood();
        return new Balance(json.numberOrText(BALANCE), Balance.CREDITS, reply.receivedAt());
    }
}
