package io.github.clickatellbalance;

import io.github.clickatellbalance.ErrorTable.Row;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The balance request of the APIs that reply in JSON: legacy REST, Platform and One. Each sends its token or API key in the
 * {@code Authorization} header.
 *
 * @param amount the JSON pointer (RFC 6901) to the amount
 * @param currency the JSON pointer to the currency, or null if the amount is in credits
 * @param errors the forms in which this API reports errors
 */
record JsonApi(
        ApiRequest request,
        Secrets secrets,
        String amount,
        @Nullable String currency,
        List<ErrorForm> errors) implements ApiCall<Balance> {
    /** JSON pointers to the code and the description of an error, and the meaning of the codes. */
    record ErrorForm(String code, String description, ErrorTable table) {}

    private static final String CHECK_TOKEN = "Check the token; this is not retried.";
    private static final String ACTIVATE = "Activate it in the vendor's portal.";
    private static final String CHECK_BASE_URL = "The server does not know this request: check the base URL.";

    /** The codes of the HTTP/S API, with advice on tokens. */
    private static final ErrorTable REST_ERRORS = HttpApi.ERRORS.with(
            new Row(1, "Authentication failed", CHECK_TOKEN),
            new Row(2, "Unknown username or password", CHECK_TOKEN),
            new Row(3, "Session ID expired", CHECK_TOKEN),
            new Row(5, "Missing session ID", CHECK_TOKEN),
            new Row(101, "Invalid or missing parameters", ErrorTable.NOT_FOR_BALANCE),
            new Row(
                    108,
                    "Invalid or missing API ID",
                    "The token does not belong to this API: an account of the newer portal needs BalanceApi.platform or "
                            + "BalanceApi.oneApi with an API key."));

    private static final ErrorTable PLATFORM_ERRORS = new ErrorTable(new Row(
            108,
            "Invalid or missing integration API Key.",
            "The API key is mistyped, or belongs to another account generation: an older account needs "
                    + "BalanceApi.http with user, password and API ID, or BalanceApi.rest with a token."));

    private static final ErrorTable ONE_ERRORS = new ErrorTable(
            new Row(1, "Invalid API key", "Check the API key; this is not retried."),
            new Row(2, "Account is not active", ACTIVATE),
            new Row(3, "Integration is not active", ACTIVATE),
            new Row(7, "IP address is not approved", "Allow this machine's public IP address for the integration."),
            new Row(18, "Internal error", "Try again later.", true),
            new Row(19, "Internal error", "The vendor's advice is to try again later.", true),
            new Row(41, "Resource does not exist", CHECK_BASE_URL),
            new Row(42, "Method is not supported", CHECK_BASE_URL),
            new Row(43, "Rate limit", "Too many requests: send fewer.", true),
            new Row(46, "Demo has expired", "Buy a plan in the vendor's portal."));

    /** The vendor documents neither form for the balance path, so both APIs of the portal accept both. */
    private static final List<ErrorForm> PORTAL = List.of(
            new ErrorForm("/errorCode", "/error", PLATFORM_ERRORS),
            new ErrorForm("/error/code", "/error/description", ONE_ERRORS));

    private static final List<ErrorForm> REST =
            List.of(new ErrorForm("/error/code", "/error/description", REST_ERRORS));

    /** Every value that one of these APIs may send. */
    private static final Set<String> POINTERS = Set.of(
            "/data/balance", "/balance", "/currency", "/errorCode", "/error", "/error/code", "/error/description");

    private static final String ACCEPT = "application/json";

    static JsonApi rest(String token) {
        String secret = Credentials.checkedForHeader("token", token);
        Map<String, String> headers = Map.of("Authorization", "Bearer " + secret, "X-Version", "1", "Accept", ACCEPT);
        return new JsonApi(
                new ApiRequest("GET", "/rest/account/balance", headers, ""),
                new Secrets(secret),
                "/data/balance",
                null,
                REST);
    }

    /** The Platform and the One API differ only in the path. */
    static JsonApi portal(String path, String apiKey) {
        String secret = Credentials.checkedForHeader("apiKey", apiKey);
        // Without "Bearer": the key is the whole value.
        Map<String, String> headers = Map.of("Authorization", secret, "Accept", ACCEPT);
        return new JsonApi(
                new ApiRequest("GET", path, headers, ""), new Secrets(secret), "/balance", "/currency", PORTAL);
    }

    @Override
    public Balance read(ApiReply reply) {
        JsonReply json = new JsonReply(reply, secrets, POINTERS);
        errors.forEach(json::throwIfError);
        json.throwUnlessObject();
        String unit = currency == null ? Balance.CREDITS : json.currency(currency);
        return new Balance(json.amount(amount), unit, reply.receivedAt());
    }
}
