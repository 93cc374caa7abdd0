package io.github.clickatellbalance.examples.gateway;

/** What goes wrong with the questions for a balance, in whichever API they come; logins and pings always work. */
public enum Fault {
    /** Nothing. */
    NONE,
    /** Every fourth question fails, by turns with {@link #UNAVAILABLE}, {@link #INTERNAL_ERROR} and {@link #RESET}. */
    EVERY_FOURTH,
    /** Status 503 with {@code Retry-After: 1}. */
    UNAVAILABLE,
    /** The API's own error that asks to try again. */
    INTERNAL_ERROR,
    /** Too many questions: status 429, but 400 with the error 43 in the One API. */
    RATE_LIMIT,
    /** The page of a proxy that wants somebody to log in, with status 200. */
    LOGIN_PAGE,
    /** The connection breaks after the question. */
    RESET,
    /** The question is never answered. */
    SILENCE;

    private static final int QUESTIONS_BETWEEN_FAILURES = 4;

    /** What happens to the n-th question. */
    Fault at(long number) {
        if (this != EVERY_FOURTH) {
            return this;
        }
        if (number % QUESTIONS_BETWEEN_FAILURES != 0) {
            return NONE;
        }
        return switch ((int) (number / QUESTIONS_BETWEEN_FAILURES % 3)) {
            case 1 -> UNAVAILABLE;
            case 2 -> INTERNAL_ERROR;
            default -> RESET;
        };
    }
}
