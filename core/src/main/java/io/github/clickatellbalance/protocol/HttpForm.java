package io.github.clickatellbalance.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.Map;

/** The one kind of request that the HTTP/S API gets from here: a form. */
final class HttpForm {
    private HttpForm() {}

    static ApiRequest post(String path, String fields) {
        // POST, not the GET that the vendor shows first: URLs end up in logs. Without this content type the vendor
        // answers "ERR: 001, Authentication failed" (ifraixedes/node-clickatell-api, lib/http.js).
        return new ApiRequest("POST", path, Map.of("Content-Type", "application/x-www-form-urlencoded"), fields);
    }

    static String credentials(String user, String password, String apiId) {
        return field("user", user) + "&" + field("password", password) + "&" + field("api_id", apiId);
    }

    static String session(String id) {
        return field("session_id", id);
    }

    private static String field(String name, String value) {
        return name + "=" + URLEncoder.encode(value, UTF_8);
    }
}
