package io.github.clickatellbalance.protocol;

import java.util.Map;

/**
 * A request as a value. Prints as method and path: headers and body hold secrets.
 *
 * @param method the HTTP method
 * @param path the path below the base URL, with its leading slash and without a query
 * @param headers names and values of the headers that the API asks for
 * @param body the body, ASCII; empty for none
 */
public record ApiRequest(String method, String path, Map<String, String> headers, String body) {
    /**
     * Takes a copy of the headers.
     *
     * @param method the HTTP method
     * @param path the path
     * @param headers the headers
     * @param body the body
     */
    public ApiRequest {
        headers = Map.copyOf(headers);
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}
