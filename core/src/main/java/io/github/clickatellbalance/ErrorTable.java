package io.github.clickatellbalance;

import static java.util.Locale.ROOT;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The errors of one API by code: what each means, what to do, and whether a retry makes sense. */
final class ErrorTable {
    /** The meaning is the vendor's; it is empty if the code has no row. The advice ends with a full stop. */
    record Row(int code, String meaning, String advice, boolean isTransient) {
        Row(int code, String meaning, String advice) {
            this(code, meaning, advice, false);
        }
    }

    static final String NOT_FOR_BALANCE =
            "A balance request should not get this error: check the base URL, then ask the vendor what it means. "
                    + "It is not retried, since repeated requests may lock the account.";
    private static final Row OTHER_PERMANENT = new Row(-1, "", NOT_FOR_BALANCE);
    private static final Row OTHER_TRANSIENT =
            new Row(-1, "", "If it does not go away, ask the vendor what it means.", true);

    private final Map<Integer, Row> rows = new HashMap<>();

    ErrorTable(Row... rows) {
        for (Row row : rows) {
            this.rows.put(row.code, row);
        }
    }

    /** This table with some rows replaced. */
    ErrorTable with(Row... others) {
        ErrorTable table = new ErrorTable(others);
        rows.forEach(table.rows::putIfAbsent);
        return table;
    }

    /**
     * The exception for an error in a reply. The HTTP status decides whether a code without a row is transient.
     *
     * @param number one to four digits, or null; {@code 1}, {@code 001} and {@code 0001} are the same
     * @param description the vendor's text, possibly empty
     * @param masked the text without secrets
     */
    ApiErrorException error(@Nullable String number, String description, Supplier<String> masked, ApiReply reply) {
        int code = number == null ? -1 : Integer.parseInt(number);
        Row row = rows.getOrDefault(
                code, HttpStatusException.isTransient(reply.status()) ? OTHER_TRANSIENT : OTHER_PERMANENT);
        // A known text contains no secret, even if a password is one of its words: "Unknown username or password".
        boolean isKnownText = description.equalsIgnoreCase(row.meaning);
        return new ApiErrorException(
                number == null ? null : String.format(ROOT, "%03d", code),
                isKnownText ? description : masked.get(),
                (isKnownText || row.meaning.isEmpty() ? "" : "It means: " + row.meaning + ". ") + row.advice,
                row.isTransient,
                reply.retryAfter());
    }
}
