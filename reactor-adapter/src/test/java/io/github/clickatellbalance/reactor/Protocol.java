package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.Credentials;
import java.util.Locale;

/**
 * The requests and replies of the vendor's five APIs. The promises of a client are the same over each API. Every secret begins with {@link CanaryWatch#WORD}.
 */
@SuppressWarnings("ImmutableEnumChecker") // two numbers are immutable
enum Protocol {
    HTTP("POST", "/http/getbalance", "Credits: %s", "ERR: %03d, %s", 200, new Code(200, 1), new Code(200, 901)),
    /** 001 would be the end of the session. */
    HTTP_SESSION("POST", "/http/getbalance", "Credits: %s", "ERR: %03d, %s", 200, new Code(200, 2), new Code(200, 901)),
    REST(
            "GET",
            "/rest/account/balance",
            "{\"data\":{\"balance\":\"%s\"}}",
            "{\"error\":{\"code\":\"%03d\",\"description\":\"%s\"}}",
            400,
            new Code(401, 1),
            new Code(503, 901)),
    PLATFORM(
            "GET",
            "/public-client/balance",
            "{\"balance\":%s,\"currency\":\"ZAR\"}",
            "{\"messages\":[],\"errorCode\":%d,\"error\":\"%s\",\"errorDescription\":\"\"}",
            400,
            new Code(401, 108),
            new Code(503, 999)),
    ONE(
            "GET",
            "/v1/balance",
            "{\"balance\":%s,\"currency\":\"ZAR\"}",
            "{\"error\":{\"code\":%d,\"description\":\"%s\"}}",
            400,
            new Code(401, 1),
            new Code(400, 43));

    /** The password, token or key. It has characters that are escaped in a form, in HTML and in JSON. */
    static final String SECRET = "canary-p@ss/w\"rd";

    static final String LOGIN_PATH = "/http/auth";

    /** An error's number, and the status it comes with. */
    private record Code(int status, int number) {}

    record Reply(int status, String body) {}

    private final String method;
    private final String path;
    private final String balance;
    private final String error;
    private final int errorStatus;
    private final Code wrongSecret;
    private final Code transientError;

    Protocol(
            String method,
            String path,
            String balance,
            String error,
            int errorStatus,
            Code wrongSecret,
            Code transientError) {
        this.method = method;
        this.path = path;
        this.balance = balance;
        this.error = error;
        this.errorStatus = errorStatus;
        this.wrongSecret = wrongSecret;
        this.transientError = transientError;
    }

    /** The name of the API in the configuration of the example programs. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    BalanceApi api() {
        return switch (this) {
            case HTTP -> BalanceApi.http(credentials());
            case HTTP_SESSION -> BalanceApi.httpSession(credentials());
            case REST -> BalanceApi.rest(SECRET);
            case PLATFORM -> BalanceApi.platform(SECRET);
            case ONE -> BalanceApi.oneApi(SECRET);
        };
    }

    private static Credentials credentials() {
        return Credentials.of("canary-user", SECRET, "canary-api-id");
    }

    /** The secrets that a server of this API receives, and may echo. */
    String secrets() {
        return switch (this) {
            case HTTP -> SECRET + " canary-user canary-api-id";
            case HTTP_SESSION -> SECRET + " canary-user canary-api-id " + sessionId(1);
            case REST, PLATFORM, ONE -> SECRET;
        };
    }

    /** The session ID of the n-th login. */
    static String sessionId(int login) {
        return "canary-of-session-" + login;
    }

    static String loginReply(int login) {
        return "OK: " + sessionId(login);
    }

    String method() {
        return method;
    }

    String path() {
        return path;
    }

    /** The unit of its balances. */
    String unit() {
        return this == PLATFORM || this == ONE ? "ZAR" : "credits";
    }

    /** The body of a reply with a balance. */
    String balance(String amount) {
        return String.format(Locale.ROOT, balance, amount);
    }

    Reply error(int number, String words) {
        return reply(new Code(errorStatus, number), words);
    }

    /** The password, token or key is wrong. */
    Reply wrongSecret(String words) {
        return reply(wrongSecret, words);
    }

    String wrongSecretCode() {
        return String.format(Locale.ROOT, "%03d", wrongSecret.number);
    }

    /** An error for which a retry makes sense. */
    Reply transientError(String words) {
        return reply(transientError, words);
    }

    String transientErrorCode() {
        return String.format(Locale.ROOT, "%03d", transientError.number);
    }

    private Reply reply(Code code, String words) {
        boolean isJson = error.startsWith("{");
        String shown = isJson ? words.replace("\\", "\\\\").replace("\"", "\\\"") : words;
        return new Reply(code.status, String.format(Locale.ROOT, error, code.number, shown));
    }
}
