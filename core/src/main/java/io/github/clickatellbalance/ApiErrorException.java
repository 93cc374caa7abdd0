package io.github.clickatellbalance;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The vendor's API refused the request, as in {@code ERR: 001, Authentication failed}. */
public class ApiErrorException extends ClickatellException {
    private static final long serialVersionUID = 1L;

    private final @Nullable String code;
    private final String description;

    /** An error reply. The advice says what to do, in one or more sentences; the other values are as in the accessors. */
    public ApiErrorException(
            @Nullable String code,
            String description,
            String advice,
            boolean isTransient,
            @Nullable Duration retryAfter) {
        super(
                "Clickatell refused the request with error " + (code == null ? "(no code)" : code)
                        + (description.isEmpty() ? "" : ", \"" + description + "\"") + ". " + advice,
                null,
                isTransient,
                retryAfter);
        this.code = code;
        this.description = description;
    }

    /** {@return the vendor's error code, padded with zeros to three digits ({@code "001"}), if the reply has one} */
    public Optional<String> code() {
        return Optional.ofNullable(code);
    }

    /** {@return the vendor's description, shortened, printable and without secrets; empty if the reply has none} */
    public String description() {
        return description;
    }
}
