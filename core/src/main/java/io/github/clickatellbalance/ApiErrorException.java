package io.github.clickatellbalance;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The vendor's API understood the request and refused it, as in {@code ERR: 001, Authentication failed}. */
public class ApiErrorException extends ClickatellException {
    private static final long serialVersionUID = 1L;

    private final @Nullable String code;
    private final String description;

    /**
     * An error reply.
     *
     * @param code see {@link #code()}, or null
     * @param description see {@link #description()}
     * @param advice a sentence or more that tells a person what to do
     * @param isTransient see {@link #isTransient()}
     * @param retryAfter see {@link #retryAfter()}, or null
     */
    public ApiErrorException(
            @Nullable String code,
            String description,
            String advice,
            boolean isTransient,
            @Nullable Duration retryAfter) {
        super(message(code, description, advice), null, isTransient, retryAfter);
        this.code = code;
        this.description = description;
    }

    private static String message(@Nullable String code, String description, String advice) {
        return "Clickatell refused the request with error " + (code == null ? "(no number)" : code)
                + (description.isEmpty() ? "" : ", \"" + description + "\"") + ". " + advice;
    }

    /** {@return the vendor's number, padded with zeros to three digits ({@code "001"}), if the reply had one} */
    public Optional<String> code() {
        return Optional.ofNullable(code);
    }

    /** {@return the vendor's words, shortened, printable and without secrets; empty if the reply had none} */
    public String description() {
        return description;
    }
}
