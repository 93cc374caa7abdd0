package io.github.clickatellbalance;

import java.util.Map;

/**
 * An HTTP request as a value. {@link #toString()} shows only method and path: headers and body contain secrets.
 *
 * @param path the path below the base URL, with a leading slash and without a query
 * @param headers names and values of the headers that the API needs; copied
 * @param body the body in ASCII, empty for none
 */
public record ApiRequest(String method, String path, Map<String, String> headers, String body) {
    public ApiRequest {
        headers = Map.copyOf(headers);
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}
