package io.github.clickatellbalance;

import java.util.Objects;

/**
 * The user name, password and API ID of an account of Clickatell's HTTP/S API. Immutable. {@link #toString()} is a constant
 * mask; only the request contains the values.
 */
public final class Credentials {
    /** Longer than any real secret; a whole file given by mistake is refused. */
    private static final int MAX_LENGTH = 1024;

    final String user;
    final String password;
    final String apiId;

    private Credentials(String user, String password, String apiId) {
        this.user = user;
        this.password = password;
        this.apiId = apiId;
    }

    /**
     * Checks and keeps the three values. They are sent as UTF-8. The vendor documents no character set, so characters
     * beyond ASCII may not work.
     *
     * @param apiId the API ID. Not always a number: the vendor tells owners of newer accounts to use their API key here
     * @throws IllegalArgumentException if one is blank, longer than 1,024 characters, or contains a control character (most
     *     often the line break at the end of a file). The message names the argument and does not contain the value
     */
    public static Credentials of(String user, String password, String apiId) {
        return new Credentials(checked("user", user), checked("password", password), checked("apiId", apiId));
    }

    private static String checked(String name, String value) {
        Objects.requireNonNull(value, name);
        if (value.isBlank()) {
            throw new IllegalArgumentException(name + " must not be blank");
        }
        if (value.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(name + " must not be longer than " + MAX_LENGTH + " characters, but has "
                    + value.length() + " (is it the right file?)");
        }
        if (value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    name + " must not contain a line break or another control character (was it read from a file?)");
        }
        return value;
    }

    /** Checks a secret that is sent in a header: other characters would end the header, or fail in the HTTP client. */
    static String checkedForHeader(String name, String value) {
        String secret = checked(name, value);
        if (secret.chars().anyMatch(character -> character <= ' ' || character >= 0x7f)) {
            throw new IllegalArgumentException(
                    name + " must be visible ASCII characters without blanks (and without \"Bearer\" before them)");
        }
        return secret;
    }

    /** What must be masked in a reply: HTTP Basic authentication encodes user and password as one string. */
    Secrets secrets() {
        return new Secrets(user, password, apiId, user + ":" + password);
    }

    @Override
    public String toString() {
        return "Credentials[***]";
    }
}
