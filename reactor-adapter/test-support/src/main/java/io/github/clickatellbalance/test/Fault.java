package io.github.clickatellbalance.test;

/** A fault of balance requests, in each API; logins and pings always work. */
public enum Fault {
    /** Nothing. */
    NONE,
    /** Every fourth request fails, in turn with {@link #UNAVAILABLE}, {@link #INTERNAL_ERROR} and {@link #RESET}. */
    EVERY_FOURTH,
    /** Status 503 with {@code Retry-After: 1}. */
    UNAVAILABLE,
    /** The API's own error whose advice is to try again. */
    INTERNAL_ERROR,
    /** The API's error for wrong credentials, although they are right. */
    REFUSED,
    /** Too many requests: status 429, but 400 with the error 43 in the One API. */
    RATE_LIMIT,
    /** The login page of a proxy, with status 200. */
    LOGIN_PAGE,
    /** The connection is reset after the request. */
    RESET,
    /** There is never a reply. */
    SILENCE;

    private static final int REQUESTS_PER_FAILURE = 4;

    /** The fault of the n-th request. */
    Fault at(long number) {
        if (this != EVERY_FOURTH) {
            return this;
        }
        if (number % REQUESTS_PER_FAILURE != 0) {
            return NONE;
        }
        return switch ((int) (number / REQUESTS_PER_FAILURE % 3)) {
            case 1 -> UNAVAILABLE;
            case 2 -> INTERNAL_ERROR;
            default -> RESET;
        };
    }
}
