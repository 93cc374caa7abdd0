package io.github.clickatellbalance.examples.gateway;

/** A reply as a value. */
record Answer(int status, String contentType, String body) {
    /** As captured from the real one: HTML by its header, text by its content, without a character set. */
    static Answer text(String body) {
        return new Answer(200, "text/html", body);
    }

    static Answer json(int status, String body) {
        return new Answer(status, "application/json", body);
    }

    /** A status that says it all. */
    static Answer status(int status) {
        return new Answer(status, "text/plain", "");
    }
}
