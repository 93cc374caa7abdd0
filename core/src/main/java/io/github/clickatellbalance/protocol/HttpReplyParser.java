package io.github.clickatellbalance.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * Reads one reply of the HTTP/S API, in time linear in its length. The grammar, in the notation of RFC 5234 with strings
 * quoted as {@code "case-insensitive"} and {@code %s"case-sensitive"} (RFC 7405):
 *
 * <pre>
 * reply       = *around ( credits / session / error ) *around
 * around      = blank / break / BOM            ; BOM = %xEF.BB.BF
 * blank       = SP / HTAB
 * break       = CR / LF
 *
 * credits     = ( "Credits" / "Credit" ) *blank ":" *blank amount
 * amount      = ["-"] 1*DIGIT ["." 1*DIGIT]    ; at most 40 characters
 *
 * session     = %s"OK:" *blank 1*128VCHAR      ; where a login was asked for
 *
 * error       = %s"ERR:" *gap [ number *gap ] [ "," *gap ] [ description ]
 * gap         = blank / break
 * number      = 1*4DIGIT                       ; not followed by a fifth
 * description = 1*( any byte but CR and LF )   ; commas and colons included
 * </pre>
 *
 * Whatever else comes is malformed, and so is a reply of more than {@link ApiReply#MAX_BODY_BYTES} bytes. Both forms of
 * the success are real: the vendor's present pages show {@code Credits: 123.00} with a trailing blank, all older
 * specifications and captures {@code Credit: 12.50}. The vendor's documentation has a rendering of the error in three
 * lines, {@code ERR:}, {@code 001} and {@code , Authentication failed}; hence {@code gap}. BigDecimal's own grammar is no
 * help: it takes {@code 1e9}, {@code +5}, {@code .5} and the digits of every script.
 *
 * <p>A numbered error of the vendor's says more than any status, so it counts whatever the status; for the rest, a status
 * other than 200 is the failure.
 */
final class HttpReplyParser {
    private static final int MAX_AMOUNT_LENGTH = 40;
    /** So many digits always fit a long. */
    private static final int MAX_LONG_DIGITS = 18;

    private static final int MAX_NUMBER_DIGITS = 4;
    private static final int MAX_SESSION_ID_LENGTH = 128;

    private final ApiReply reply;
    private final Secrets secrets;
    private final boolean isQuotable;
    private final byte[] body;
    private final int start;
    private final int end;

    /** What is not quotable is never shown, but for the vendor's own words about an error. */
    HttpReplyParser(ApiReply reply, Secrets secrets, boolean isQuotable) {
        this.reply = reply;
        this.secrets = secrets;
        this.isQuotable = isQuotable;
        this.body = reply.body();
        int from = 0;
        int to = Math.min(body.length, ApiReply.MAX_BODY_BYTES);
        for (int next; (next = afterAround(from, to)) > from; ) {
            from = next;
        }
        for (int previous; (previous = beforeAround(from, to)) < to; ) {
            to = previous;
        }
        this.start = from;
        this.end = to;
    }

    /** The balance that the reply tells, or the failure as an exception. */
    Balance balance() {
        checkWhole();
        int amount = amountStart();
        if (amount >= 0) {
            return new Balance(amount(amount), Balance.CREDITS, reply.receivedAt());
        }
        throw failure("\"Credits: <amount>\"");
    }

    /** The ID of the session that the reply tells, or the failure as an exception. */
    String sessionId() {
        checkWhole();
        if (startsWith("OK:")) {
            int from = afterBlanks(start + 3);
            if (end > from && end - from <= MAX_SESSION_ID_LENGTH && afterVisible(from) == end) {
                return text(from, end);
            }
        }
        throw failure("\"OK: <session id>\"");
    }

    private void checkWhole() {
        boolean isTooLong = body.length > ApiReply.MAX_BODY_BYTES;
        if (reply.status() != 200) {
            @Nullable ApiErrorException error = isTooLong ? null : error();
            throw error != null && error.code().isPresent()
                    ? error
                    : new HttpStatusException(reply.status(), excerpt(), reply.retryAfter());
        }
        if (isTooLong) {
            throw malformed("it is longer than " + ApiReply.MAX_BODY_BYTES + " bytes");
        }
        if (start == end) {
            throw malformed("it is empty");
        }
    }

    private ClickatellException failure(String expected) {
        @Nullable ApiErrorException error = error();
        return error != null ? error : malformed("it is neither " + expected + " nor \"ERR: <number>, <description>\"");
    }

    /** How the reply begins, fit to be shown. One that is too long may end with half a secret: its end is never shown. */
    private String excerpt() {
        int from = body.length > ApiReply.MAX_BODY_BYTES ? 0 : start;
        return isQuotable ? excerpt(from, Secrets.EXCERPT_LENGTH) : "";
    }

    /** Where the amount starts, or -1 if this is no {@code credits}. */
    private int amountStart() {
        int at = start;
        for (int i = 0; i < "credit".length(); i++, at++) {
            if (at == end || (body[at] | 0x20) != "credit".charAt(i)) {
                return -1;
            }
        }
        if (at < end && (body[at] | 0x20) == 's') {
            at++;
        }
        at = afterBlanks(at);
        return at < end && body[at] == ':' ? afterBlanks(at + 1) : -1;
    }

    private BigDecimal amount(int from) {
        if (end - from > MAX_AMOUNT_LENGTH) {
            throw malformed("what follows the colon is longer than " + MAX_AMOUNT_LENGTH + " characters");
        }
        int at = from < end && body[from] == '-' ? from + 1 : from;
        int point = afterDigits(at);
        int last = point < end && body[point] == '.' ? afterDigits(point + 1) : point;
        boolean hasDigits = point > at && (last == point || last > point + 1);
        if (!hasDigits || last < end) {
            throw malformed("the amount is not a plain decimal number");
        }
        int scale = last == point ? 0 : last - point - 1;
        return end - from <= MAX_LONG_DIGITS
                ? BigDecimal.valueOf(unscaled(at, from), scale)
                : new BigDecimal(text(from, end));
    }

    /** Half the time and memory of BigDecimal's own way from text (examples/benchmarks). */
    private long unscaled(int firstDigit, int from) {
        long value = 0;
        for (int i = firstDigit; i < end; i++) {
            if (body[i] != '.') {
                value = value * 10 + (body[i] - '0');
            }
        }
        return firstDigit > from ? -value : value;
    }

    private @Nullable ApiErrorException error() {
        if (!startsWith("ERR:")) {
            return null;
        }
        int at = afterGap(start + 4);
        int afterNumber = afterDigits(at);
        @Nullable String number = null;
        if (afterNumber > at && afterNumber - at <= MAX_NUMBER_DIGITS) {
            number = text(at, afterNumber);
            at = afterGap(afterNumber);
        }
        if (at < end && body[at] == ',') {
            at = afterGap(at + 1);
        }
        for (int i = at; i < end; i++) {
            if (isBreak(body[i])) {
                return null;
            }
        }
        int words = at;
        return HttpErrorTable.ERRORS.error(
                number, text(words, end), () -> excerpt(words, Secrets.DESCRIPTION_LENGTH), reply);
    }

    private MalformedReplyException malformed(String reason) {
        return new MalformedReplyException(reason, excerpt());
    }

    private String excerpt(int from, int limit) {
        String text = text(0, Math.min(body.length, ApiReply.MAX_BODY_BYTES));
        return secrets.excerpt(text, from, end, limit);
    }

    private String text(int from, int to) {
        return new String(body, from, to - from, ISO_8859_1);
    }

    private boolean startsWith(String word) {
        return end - start >= word.length()
                && text(start, start + word.length()).equals(word);
    }

    private int afterVisible(int from) {
        int at = from;
        while (at < end && body[at] > ' ' && body[at] < 0x7f) {
            at++;
        }
        return at;
    }

    private int afterBlanks(int from) {
        int at = from;
        while (at < end && isBlank(body[at])) {
            at++;
        }
        return at;
    }

    private int afterGap(int from) {
        int at = from;
        while (at < end && (isBlank(body[at]) || isBreak(body[at]))) {
            at++;
        }
        return at;
    }

    private int afterDigits(int from) {
        int at = from;
        while (at < end && body[at] >= '0' && body[at] <= '9') {
            at++;
        }
        return at;
    }

    private int afterAround(int from, int to) {
        if (from < to && (isBlank(body[from]) || isBreak(body[from]))) {
            return from + 1;
        }
        return to - from >= 3 && isByteOrderMark(from) ? from + 3 : from;
    }

    private int beforeAround(int from, int to) {
        if (from < to && (isBlank(body[to - 1]) || isBreak(body[to - 1]))) {
            return to - 1;
        }
        return to - from >= 3 && isByteOrderMark(to - 3) ? to - 3 : to;
    }

    private boolean isByteOrderMark(int at) {
        return body[at] == (byte) 0xEF && body[at + 1] == (byte) 0xBB && body[at + 2] == (byte) 0xBF;
    }

    private static boolean isBlank(byte character) {
        return character == ' ' || character == '\t';
    }

    private static boolean isBreak(byte character) {
        return character == '\r' || character == '\n';
    }
}
