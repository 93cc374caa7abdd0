package io.github.clickatellbalance.examples.gateway;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** The archived HTTP/S API: parameters in, a line of text with status 200 back, whatever it says. */
final class HttpApi implements BalanceQuestion {
    private final Sessions sessions;

    HttpApi(Sessions sessions) {
        this.sessions = sessions;
    }

    /** {@code http/auth} */
    Answer auth(Question question) {
        Answer refusal = wrongCredentials(question);
        return refusal == null ? Answer.text("OK: " + sessions.begin()) : refusal;
    }

    /** {@code http/ping} */
    Answer ping(Question question) {
        Answer refusal = wrongSession(question);
        return refusal == null ? Answer.text("OK: " + question.parameter("session_id")) : refusal;
    }

    @Override
    public @Nullable Answer refusal(Question question) {
        return question.parameters().containsKey("session_id") ? wrongSession(question) : wrongCredentials(question);
    }

    private @Nullable Answer wrongSession(Question question) {
        String id = question.parameter("session_id");
        if (id == null || id.isEmpty()) {
            return Answer.text("ERR: 005, Missing session ID");
        }
        return sessions.use(id) ? null : Answer.text("ERR: 003, Session ID expired");
    }

    private static @Nullable Answer wrongCredentials(Question question) {
        if (!question.hasParameter("user", StandInGateway.USER)
                || !question.hasParameter("password", StandInGateway.PASSWORD)) {
            return Answer.text("ERR: 001, Authentication failed");
        }
        return question.hasParameter("api_id", StandInGateway.API_ID)
                ? null
                : Answer.text("ERR: 108, Invalid or missing api_id");
    }

    @Override
    public Answer balance(BigDecimal amount) {
        return Answer.text("Credits: " + amount.toPlainString() + " ");
    }

    @Override
    public Answer internalError() {
        return Answer.text("ERR: 901, Internal error");
    }

    @Override
    public Answer rateLimit() {
        return Answer.status(429);
    }
}
