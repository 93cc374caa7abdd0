package io.github.clickatellbalance;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.clickatellbalance.ErrorTable.Row;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * The requests and error codes of the archived HTTP/S API: a form with the credentials or a session ID; the reply is a
 * line of text, with status 200 also for errors.
 */
final class HttpApi {
    /** The vendor ends a session after fifteen minutes without activity (specifications 2.2.7 and 2.3.8). */
    private static final Duration MAX_IDLE = Duration.ofMinutes(14);
    /**
     * 003 and 005 are "Session ID expired" and "Missing session ID". The vendor's page on {@code http/ping} shows {@code
     * 001, Authentication failed} for an expired session.
     */
    private static final Set<String> END_CODES = Set.of("001", "003", "005");

    private static final String GET_BALANCE = "/http/getbalance";

    private static final String CHECK_SECRETS = "Check user, password and API ID; this is not retried.";
    private static final String SESSION =
            "The client renews a session by itself: if this does not go away, ask the vendor.";

    /**
     * The codes that have advice of their own, from all of the vendor's tables: specifications 2.2.7 (2006) and 2.3.8
     * (2009), the README of 2013 and the present archive pages. The texts of real replies differ from these tables, so only
     * the code decides.
     */
    static final ErrorTable ERRORS = new ErrorTable(
            new Row(1, "Authentication failed", CHECK_SECRETS),
            new Row(2, "Unknown username or password", CHECK_SECRETS),
            new Row(3, "Session ID expired", SESSION),
            new Row(4, "Account frozen", "Contact the vendor's support."),
            new Row(5, "Missing session ID", SESSION),
            new Row(
                    7,
                    "IP lockdown violation",
                    "Add this machine's public IP address to the addresses that the account allows."),
            new Row(
                    101,
                    "Invalid or missing parameters",
                    "Check that user, password and API ID are what the account's API page shows."),
            new Row(
                    108,
                    "Invalid or missing API ID",
                    "The API ID is mistyped, or belongs to another account generation: an account of the "
                            + "newer portal needs BalanceApi.platform or BalanceApi.oneApi with an API key."),
            new Row(130, "Maximum MT limit exceeded", "The message quota of the account is used up: see its limits."),
            new Row(301, "No credit left", "Buy credit: messages are not being sent."),
            new Row(901, "Internal error", "The vendor's advice is to try again later.", true));

    private HttpApi() {}

    static ApiCall<Balance> getBalance(Credentials credentials) {
        return new GetBalance(post(GET_BALANCE, form(credentials)), credentials.secrets());
    }

    /**
     * Logs in. The manuals advise to keep a session alive with {@code http/ping}; each balance request does that, too, and
     * a new login costs no more than a ping.
     */
    static ApiCall<Session> auth(Credentials credentials) {
        return new Auth(post("/http/auth", form(credentials)), credentials);
    }

    private record GetBalance(ApiRequest request, Secrets secrets) implements ApiCall<Balance> {
        @Override
        public Balance read(ApiReply reply) {
            return new HttpReplyParser(reply, secrets, true).balance();
        }
    }

    private record Auth(ApiRequest request, Credentials credentials) implements ApiCall<Session> {
        /** An unexpected reply is not quoted in the failure: it may contain a session ID. */
        @Override
        public Session read(ApiReply reply) {
            Secrets secrets = credentials.secrets();
            String id = new HttpReplyParser(reply, secrets, false).sessionId();
            ApiRequest balance = post(GET_BALANCE, field("session_id", id));
            return new Session(new GetBalance(balance, secrets.and(id)), MAX_IDLE, END_CODES);
        }
    }

    /**
     * POST, not the GET that the vendor's documents show first: URLs are logged. Without this content type the vendor
     * replies {@code ERR: 001, Authentication failed} (ifraixedes/node-clickatell-api, lib/http.js).
     */
    private static ApiRequest post(String path, String form) {
        return new ApiRequest("POST", path, Map.of("Content-Type", "application/x-www-form-urlencoded"), form);
    }

    private static String form(Credentials credentials) {
        return field("user", credentials.user) + "&" + field("password", credentials.password) + "&"
                + field("api_id", credentials.apiId);
    }

    private static String field(String name, String value) {
        return name + "=" + URLEncoder.encode(value, UTF_8);
    }
}
