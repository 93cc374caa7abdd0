package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.Credentials;
import java.util.Locale;

/**
 * The vendor's five APIs as a server speaks them. The promises of a client are the same over each; their tests take from
 * here what only a server of that API would say. Every secret begins with {@link CanaryWatch#WORD}.
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

    /** Password, token and key alike: with characters that are escaped in a form, in HTML and in JSON. */
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
    private final Code passing;

    Protocol(
            String method, String path, String balance, String error, int errorStatus, Code wrongSecret, Code passing) {
        this.method = method;
        this.path = path;
        this.balance = balance;
        this.error = error;
        this.errorStatus = errorStatus;
        this.wrongSecret = wrongSecret;
        this.passing = passing;
    }

    /** As an example program has it in its configuration. */
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

    /** All that a server of this API knows, and may echo. */
    String secrets() {
        return switch (this) {
            case HTTP -> SECRET + " canary-user canary-api-id";
            case HTTP_SESSION -> SECRET + " canary-user canary-api-id " + sessionId(1);
            case REST, PLATFORM, ONE -> SECRET;
        };
    }

    /** What the n-th login yields. */
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

    /** The body that tells a balance. */
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

    /** Something that may be over when asked again. */
    Reply passing(String words) {
        return reply(passing, words);
    }

    String passingCode() {
        return String.format(Locale.ROOT, "%03d", passing.number);
    }

    private Reply reply(Code code, String words) {
        boolean isJson = error.startsWith("{");
        String shown = isJson ? words.replace("\\", "\\\\").replace("\"", "\\\"") : words;
        return new Reply(code.status, String.format(Locale.ROOT, error, code.number, shown));
    }
}
