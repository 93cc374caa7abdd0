package io.github.clickatellbalance.protocol;

import static io.github.clickatellbalance.protocol.ErrorTable.passing;
import static io.github.clickatellbalance.protocol.ErrorTable.permanent;
import static java.util.Map.entry;

import io.github.clickatellbalance.Balance;
import java.util.Map;
import java.util.Set;

/**
 * The balance by the two APIs of the newer portal, Platform and One: an API key in a header, an amount and its currency in
 * JSON back. They differ by their path, and each has errors of its own form and numbers. Which form comes for a balance is
 * documented for neither, so both are understood from both.
 */
public final class PlatformBalance implements ApiCall<Balance> {
    private static final String BALANCE = "/balance";
    private static final String CURRENCY = "/currency";

    private static final String PLATFORM_CODE = "/errorCode";
    private static final String PLATFORM_DESCRIPTION = "/error";
    private static final ErrorTable PLATFORM_ERRORS = new ErrorTable(Map.of(
            108,
            permanent(
                    "Invalid or missing integration API Key.",
                    "The API key is mistyped, or belongs to another account generation: an older account needs "
                            + "BalanceApi.http with user, password and API ID, or BalanceApi.rest with a token.")));

    private static final String ONE_CODE = "/error/code";
    private static final String ONE_DESCRIPTION = "/error/description";
    private static final String ACTIVATE = "Activate it in the vendor's portal.";
    private static final String CHECK_BASE_URL = "No such question is known there: check the base URL.";
    private static final ErrorTable ONE_ERRORS = new ErrorTable(Map.ofEntries(
            entry(1, permanent("Invalid API key", "Check the API key; this is not retried.")),
            entry(2, permanent("Account is not active", ACTIVATE)),
            entry(3, permanent("Integration is not active", ACTIVATE)),
            entry(
                    7,
                    permanent(
                            "IP address is not approved",
                            "Add this machine's public IP address to those that the integration allows.")),
            entry(18, passing("Internal error", "Try again later.")),
            entry(19, passing("Internal error", "The vendor asks to try again later.")),
            entry(41, permanent("Resource does not exist", CHECK_BASE_URL)),
            entry(42, permanent("Method is not supported", CHECK_BASE_URL)),
            entry(43, passing("Rate limit", "Too many requests: ask less often.")),
            entry(46, permanent("Demo has expired", "Buy a plan in the vendor's portal."))));

    private final ApiRequest request;
    private final Secrets secrets;

    private PlatformBalance(String path, String apiKey) {
        // No "Bearer": the key is the whole value.
        this.request = new ApiRequest("GET", path, Map.of("Authorization", apiKey, "Accept", "application/json"), "");
        this.secrets = new Secrets(apiKey);
    }

    /**
     * {@code public-client/balance} of the Platform API.
     *
     * @param apiKey the API key of an integration
     * @return the question
     */
    public static PlatformBalance platform(String apiKey) {
        return new PlatformBalance("/public-client/balance", apiKey);
    }

    /**
     * {@code v1/balance} of the One API.
     *
     * @param apiKey the API key of an integration
     * @return the question
     */
    public static PlatformBalance oneApi(String apiKey) {
        return new PlatformBalance("/v1/balance", apiKey);
    }

    @Override
    public ApiRequest request() {
        return request;
    }

    @Override
    public Balance read(ApiReply reply) {
        JsonReply json = new JsonReply(
                reply,
                secrets,
                Set.of(BALANCE, CURRENCY, PLATFORM_CODE, PLATFORM_DESCRIPTION, ONE_CODE, ONE_DESCRIPTION));
        json.failOnError(PLATFORM_ERRORS, PLATFORM_CODE, PLATFORM_DESCRIPTION);
        json.failOnError(ONE_ERRORS, ONE_CODE, ONE_DESCRIPTION);
        json.failUnlessGood();
        return new Balance(json.number(BALANCE), json.currency(CURRENCY), reply.receivedAt());
    }
}
