package io.github.clickatellbalance.protocol;

import java.time.Duration;
import java.util.Set;

/**
 * {@code http/auth} of the archived HTTP/S API: user name, password and API ID in a form, the ID of a session back. Other
 * than the vendor's manuals advise, nobody pings: each question keeps the session alive, and a new login costs no more than
 * a ping.
 */
public final class HttpAuth implements ApiCall<Session> {
    /** A minute less than the vendor's fifteen without activity (specifications 2.2.7 and 2.3.8). */
    private static final Duration MAX_IDLE = Duration.ofMinutes(14);
    /**
     * Session ID expired, and missing; but the vendor's page on {@code http/ping} shows {@code 001, Authentication failed}
     * for one that has expired.
     */
    private static final Set<String> END_CODES = Set.of("001", "003", "005");

    private final String user;
    private final String password;
    private final String apiId;
    private final ApiRequest request;

    /**
     * The login of one account.
     *
     * @param user the API user name
     * @param password the API password
     * @param apiId the API ID
     */
    public HttpAuth(String user, String password, String apiId) {
        this.user = user;
        this.password = password;
        this.apiId = apiId;
        this.request = HttpForm.post("/http/auth", HttpForm.credentials(user, password, apiId));
    }

    @Override
    public ApiRequest request() {
        return request;
    }

    /** {@inheritDoc} No part of a reply that is not understood is ever shown: it may hold the ID of a session. */
    @Override
    public Session read(ApiReply reply) {
        String id = new HttpReplyParser(reply, new Secrets(user, password, apiId), false).sessionId();
        Secrets secrets = new Secrets(user, password, apiId, id);
        return new Session(HttpGetBalance.within(id, secrets), MAX_IDLE, END_CODES);
    }
}
