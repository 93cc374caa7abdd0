package io.github.clickatellbalance.test;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** The archived HTTP/S API: the request has parameters; the reply is a line of text with status 200, also for errors. */
final class HttpEndpoint implements BalanceEndpoint {
    private final Sessions sessions;

    HttpEndpoint(Sessions sessions) {
        this.sessions = sessions;
    }

    /** {@code http/auth} */
    Reply auth(Request request) {
        Reply refusal = refusedCredentials(request);
        return refusal == null ? Reply.text("OK: " + sessions.begin()) : refusal;
    }

    /** {@code http/ping} */
    Reply ping(Request request) {
        Reply refusal = refusedSession(request);
        return refusal == null ? Reply.text("OK: " + request.parameter("session_id")) : refusal;
    }

    @Override
    public @Nullable Reply refusal(Request request) {
        return request.parameters().containsKey("session_id") ? refusedSession(request) : refusedCredentials(request);
    }

    private @Nullable Reply refusedSession(Request request) {
        String id = request.parameter("session_id");
        if (id == null || id.isEmpty()) {
            return Reply.text("ERR: 005, Missing session ID");
        }
        return sessions.use(id) ? null : Reply.text("ERR: 003, Session ID expired");
    }

    private @Nullable Reply refusedCredentials(Request request) {
        if (!request.hasParameter("user", StandInGateway.USER)
                || !request.hasParameter("password", StandInGateway.PASSWORD)) {
            return wrongCredentials();
        }
        return request.hasParameter("api_id", StandInGateway.API_ID)
                ? null
                : Reply.text("ERR: 108, Invalid or missing api_id");
    }

    @Override
    public Reply balance(BigDecimal amount) {
        return Reply.text("Credits: " + amount.toPlainString() + " ");
    }

    @Override
    public Reply wrongCredentials() {
        return Reply.text("ERR: 001, Authentication failed");
    }

    @Override
    public Reply internalError() {
        return Reply.text("ERR: 901, Internal error");
    }

    @Override
    public Reply rateLimit() {
        return Reply.status(429);
    }
}
