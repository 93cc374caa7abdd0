package io.github.clickatellbalance;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The server replied with an HTTP status other than 200. Transient for 408, 425, 429 and 5xx. */
public class HttpStatusException extends ClickatellException {
    private static final long serialVersionUID = 1L;

    private final int status;

    /** The excerpt is how the body begins: short, printable, without secrets; may be empty. */
    public HttpStatusException(int status, String excerpt, @Nullable Duration retryAfter) {
        super(
                "The server replied with HTTP status " + status + (excerpt.isEmpty() ? "" : " and \"" + excerpt + "\"")
                        + ". " + advice(status),
                null,
                isTransient(status),
                retryAfter);
        this.status = status;
    }

    /** {@return whether a retry makes sense after this status of a server or a proxy: 408, 425, 429 or 5xx} */
    public static boolean isTransient(int status) {
        return status == 408 || status == 425 || status == 429 || status / 100 == 5;
    }

    /** {@return true for a permanent status 4xx} */
    @Override
    public boolean needsIntervention() {
        return !isTransient() && status >= 400 && status <= 499;
    }

    private static String advice(int status) {
        if (status / 100 == 3) {
            return "Redirects are never followed, so that no secret is sent to another server: "
                    + "set the base URL to the server of the API";
        }
        if (status / 100 == 5) {
            return "The gateway, or a proxy before it, has a problem: try again later";
        }
        return switch (status) {
            case 401, 403 -> "Check the credentials, and whether the account allows this machine's IP address";
            case 404, 405, 410 -> "The server does not know this path: check the base URL";
            case 407 -> "The proxy needs a user name and password: set them on the HTTP client";
            case 408, 425 -> "The server did not process the request: try again later";
            case 429 -> "Too many requests: send fewer";
            default -> "A balance has status 200: check the base URL and any proxy between here and there";
        };
    }

    /** {@return the HTTP status code, as the server sent it} */
    public int status() {
        return status;
    }
}
