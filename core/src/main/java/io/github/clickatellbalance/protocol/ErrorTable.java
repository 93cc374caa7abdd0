package io.github.clickatellbalance.protocol;

import static java.util.Locale.ROOT;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.HttpStatusException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One API's errors by number: what each means, what a person should do, and whether it passes by itself. */
final class ErrorTable {
    /** The advice ends with a full stop. */
    record Row(String meaning, String advice, boolean isTransient) {}

    private static final String UNKNOWN = "an error that the vendor's tables do not list";
    private static final Row LASTS =
            permanent(UNKNOWN, "Ask the vendor what it means; it is not tried again, since it may be a lock.");
    private static final Row PASSES = passing(UNKNOWN, "Ask the vendor what it means, if it stays.");

    private final Map<Integer, Row> rows;

    ErrorTable(Map<Integer, Row> rows) {
        this.rows = Map.copyOf(rows);
    }

    static Row permanent(String meaning, String advice) {
        return new Row(meaning, advice, false);
    }

    static Row passing(String meaning, String advice) {
        return new Row(meaning, advice, true);
    }

    /** The same table, but for these rows. */
    ErrorTable with(Map<Integer, Row> others) {
        Map<Integer, Row> merged = new HashMap<>(rows);
        merged.putAll(others);
        return new ErrorTable(merged);
    }

    /**
     * The error that a reply tells. One that the table does not have passes if its HTTP status says so.
     *
     * @param number its one to four digits, or null; {@code 1}, {@code 001} and {@code 0001} are the same
     * @param description its words, possibly none
     * @param shown the words made fit to be shown
     */
    ApiErrorException error(@Nullable String number, String description, Supplier<String> shown, ApiReply reply) {
        int code = number == null ? -1 : Integer.parseInt(number);
        boolean statusPasses = new HttpStatusException(reply.status(), "", null).isTransient();
        Row row = rows.getOrDefault(code, statusPasses ? PASSES : LASTS);
        // The vendor's own words hold no secret, also where a password is one of them: "Unknown username or password".
        boolean vendorsWords = description.equalsIgnoreCase(row.meaning);
        return new ApiErrorException(
                number == null ? null : String.format(ROOT, "%03d", code),
                vendorsWords ? description : shown.get(),
                (vendorsWords ? "" : "It means: " + row.meaning + ". ") + row.advice,
                row.isTransient,
                reply.retryAfter());
    }
}
