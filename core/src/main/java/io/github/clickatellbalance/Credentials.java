package io.github.clickatellbalance;

import java.util.Objects;

/**
 * The user name, password and API ID of an account of Clickatell's HTTP/S API. Immutable; prints as a constant mask, and
 * gives its secrets to nobody but the request that carries them.
 */
public final class Credentials {
    private final String user;
    private final String password;
    private final String apiId;

    private Credentials(String user, String password, String apiId) {
        this.user = user;
        this.password = password;
        this.apiId = apiId;
    }

    /**
     * Holds the three secrets. They are sent as UTF-8; the vendor documents no character set, so anything beyond ASCII is
     * at the caller's risk.
     *
     * @param user the API user name
     * @param password the API password
     * @param apiId the API ID. Not always a number: owners of newer accounts are told to put their API key here
     * @return the credentials
     * @throws NullPointerException if one is null
     * @throws IllegalArgumentException if one is blank, or contains a control character (the line break at the end of a
     *     file that holds a secret, most often). The message names the argument, never the value
     */
    public static Credentials of(String user, String password, String apiId) {
        return new Credentials(checked("user", user), checked("password", password), checked("apiId", apiId));
    }

    private static String checked(String name, String value) {
        Objects.requireNonNull(value, name);
        if (value.isBlank()) {
            throw new IllegalArgumentException(name + " must not be blank");
        }
        if (value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    name + " must not contain a line break or another control character (was it read from a file?)");
        }
        return value;
    }

    /** A secret that travels in a header: what is no token there would end it, or fail far from here. */
    static String checkedForHeader(String name, String value) {
        String secret = checked(name, value);
        if (secret.chars().anyMatch(character -> character <= ' ' || character >= 0x7f)) {
            throw new IllegalArgumentException(
                    name + " must be visible ASCII characters without blanks (and without \"Bearer\" before them)");
        }
        return secret;
    }

    String user() {
        return user;
    }

    String password() {
        return password;
    }

    String apiId() {
        return apiId;
    }

    /** {@return a constant: neither a secret nor its length} */
    @Override
    public String toString() {
        return "Credentials[***]";
    }
}
