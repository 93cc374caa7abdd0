package io.github.clickatellbalance;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The server answered with an HTTP status that stands for a failure. Transient for 429 and 5xx. */
public class HttpStatusException extends ClickatellException {
    private static final long serialVersionUID = 1L;

    private final int status;

    /**
     * A failure told by the status alone.
     *
     * @param status see {@link #status()}
     * @param excerpt how the body begins: short, printable, without secrets; may be empty
     * @param retryAfter see {@link #retryAfter()}, or null
     */
    public HttpStatusException(int status, String excerpt, @Nullable Duration retryAfter) {
        super(
                "The server answered with HTTP status " + status + (excerpt.isEmpty() ? "" : " and \"" + excerpt + "\"")
                        + ". " + advice(status),
                null,
                status == 429 || isServerError(status),
                retryAfter);
        this.status = status;
    }

    private static boolean isServerError(int status) {
        return status >= 500 && status <= 599;
    }

    private static String advice(int status) {
        if (status >= 300 && status <= 399) {
            return "Redirects are never followed, so that no secret reaches another server: "
                    + "set the base URL to where the API really is";
        }
        if (isServerError(status)) {
            return "The gateway, or a proxy before it, has a problem of its own: try again later";
        }
        return switch (status) {
            case 401, 403 -> "Check the credentials, and whether this machine's IP address may use the account";
            case 404, 405, 410 -> "Nothing answers there: check the base URL";
            case 407 -> "The proxy wants a user name and password: set them on the HTTP client";
            case 429 -> "Too many requests: ask less often";
            default -> "A balance comes with status 200: check the base URL, and what stands between here and there";
        };
    }

    /** {@return the HTTP status code, as the server sent it} */
    public int status() {
        return status;
    }
}
