package io.github.clickatellbalance.test;

/** A reply as a value. */
record Reply(int status, String contentType, String body) {
    /** Text with the content type of the real gateway: HTML without a character set. */
    static Reply text(String body) {
        return new Reply(200, "text/html", body);
    }

    static Reply json(int status, String body) {
        return new Reply(status, "application/json", body);
    }

    /** A status without a body. */
    static Reply status(int status) {
        return new Reply(status, "text/plain", "");
    }
}
