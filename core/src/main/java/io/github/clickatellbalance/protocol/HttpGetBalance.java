package io.github.clickatellbalance.protocol;

import io.github.clickatellbalance.Balance;

/**
 * {@code http/getbalance} of the archived HTTP/S API: user name, password and API ID in a form, or the ID of a session; a
 * line of text back. The vendor's errors come with status 200.
 */
public final class HttpGetBalance implements ApiCall<Balance> {
    private final ApiRequest request;
    private final Secrets secrets;

    private HttpGetBalance(String form, Secrets secrets) {
        this.request = HttpForm.post("/http/getbalance", form);
        this.secrets = secrets;
    }

    /**
     * The question of one account.
     *
     * @param user the API user name
     * @param password the API password
     * @param apiId the API ID
     */
    public HttpGetBalance(String user, String password, String apiId) {
        this(HttpForm.credentials(user, password, apiId), new Secrets(user, password, apiId));
    }

    static HttpGetBalance within(String sessionId, Secrets secrets) {
        return new HttpGetBalance(HttpForm.session(sessionId), secrets);
    }

    @Override
    public ApiRequest request() {
        return request;
    }

    @Override
    public Balance read(ApiReply reply) {
        return new HttpReplyParser(reply, secrets, true).balance();
    }
}
