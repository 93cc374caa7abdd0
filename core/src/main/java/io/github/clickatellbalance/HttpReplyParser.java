package io.github.clickatellbalance;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads one reply of the HTTP/S API, in time linear in its length. The grammar, in the notation of RFC 5234 with strings
 * quoted as {@code "case-insensitive"} and {@code %s"case-sensitive"} (RFC 7405):
 *
 * <pre>
 * reply       = *( gap / BOM ) ( credits / session / error ) *( gap / BOM )
 * BOM         = %xEF.BB.BF
 * blank       = SP / HTAB
 * gap         = SP / HTAB / CR / LF
 *
 * credits     = ( "Credits" / "Credit" ) *blank ":" *blank amount
 * amount      = ["-"] 1*DIGIT ["." 1*DIGIT]    ; at most 40 characters
 *
 * session     = %s"OK:" *blank 1*128VCHAR      ; as the reply to a login
 *
 * error       = %s"ERR:" *gap [ number *gap ] [ "," *gap ] [ description ]
 * number      = 1*4DIGIT                       ; not followed by a fifth
 * description = 1*( any byte but CR and LF )   ; commas and colons included
 * </pre>
 *
 * Everything else is malformed, and so is a reply of more than {@link ApiReply#MAX_BODY_BYTES} bytes. The vendor's present
 * pages show {@code Credits: 123.00}, all older specifications and captures {@code Credit: 12.50}; one page shows an error
 * in three lines, hence {@code gap}. {@link BigDecimal#BigDecimal(String)} accepts too much: {@code 1e9}, {@code +5},
 * {@code .5} and the digits of every script. An error with a number counts with every HTTP status. Without one, a status
 * other than 200 is the failure.
 */
final class HttpReplyParser {
    private static final byte[] BOM = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    private static final int MAX_AMOUNT_LENGTH = 40;
    /** Every number of 18 digits fits a long. */
    private static final int MAX_LONG_DIGITS = 18;

    // Possessive quantifiers never backtrack, so matching takes linear time.
    private static final Pattern SESSION = Pattern.compile("OK:[ \\t]*+([!-~]{1,128}+)");
    private static final Pattern ERROR = Pattern.compile("ERR:" + "[ \\t\\r\\n]*+"
            + "(?:([0-9]{1,4}+)(?![0-9])[ \\t\\r\\n]*+)?+"
            + "(?:,[ \\t\\r\\n]*+)?+"
            + "([^\\r\\n]*+)");

    private final ApiReply reply;
    private final Secrets secrets;
    private final boolean mayQuote;
    private final byte[] body;
    private final int start;
    private final int end;

    /** Without {@code mayQuote} a failure shows nothing of the reply but the vendor's description of an error. */
    HttpReplyParser(ApiReply reply, Secrets secrets, boolean mayQuote) {
        this.reply = reply;
        this.secrets = secrets;
        this.mayQuote = mayQuote;
        this.body = reply.body();
        int from = 0;
        int to = Math.min(body.length, ApiReply.MAX_BODY_BYTES);
        while (from < to && (isGap(body[from]) || isByteOrderMark(from, to))) {
            from += isGap(body[from]) ? 1 : BOM.length;
        }
        while (from < to && (isGap(body[to - 1]) || isByteOrderMark(to - BOM.length, to))) {
            to -= isGap(body[to - 1]) ? 1 : BOM.length;
        }
        this.start = from;
        this.end = to;
    }

    /** The balance in the reply; throws if there is none. */
    Balance balance() {
        checkStatusAndLength();
        int amount = amountStart();
        if (amount >= 0) {
            return new Balance(amount(amount), Balance.CREDITS, reply.receivedAt());
        }
        throw failure("\"Credits: <amount>\"");
    }

    /** The session ID in the reply; throws if there is none. */
    String sessionId() {
        checkStatusAndLength();
        Matcher session = SESSION.matcher(reply.text()).region(start, end);
        if (session.matches()) {
            return session.group(1);
        }
        throw failure("\"OK: <session id>\"");
    }

    private void checkStatusAndLength() {
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

    private @Nullable ApiErrorException error() {
        Matcher error = ERROR.matcher(reply.text()).region(start, end);
        if (!error.matches()) {
            return null;
        }
        return HttpApi.ERRORS.error(
                error.group(1), error.group(2), () -> excerpt(error.start(2), Secrets.DESCRIPTION_LENGTH), reply);
    }

    private MalformedReplyException malformed(String reason) {
        return new MalformedReplyException(reason, excerpt());
    }

    /** How the reply begins, without secrets. The end of one that is too long may be half a secret: it is not shown. */
    private String excerpt() {
        int from = body.length > ApiReply.MAX_BODY_BYTES ? 0 : start;
        return mayQuote ? excerpt(from, Secrets.EXCERPT_LENGTH) : "";
    }

    private String excerpt(int from, int limit) {
        return secrets.excerpt(reply.text(), from, end, limit);
    }

    // A balance is read from the bytes, without a regular expression: see ParserBenchmark in examples/benchmarks.

    /** The index of the amount, or -1 if this is not {@code credits}. */
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
            throw malformed("the text after the colon is longer than " + MAX_AMOUNT_LENGTH + " characters");
        }
        int first = from < end && body[from] == '-' ? from + 1 : from;
        int point = end;
        long unscaled = 0; // overflows if there are too many digits, and is not used then
        int at = first;
        for (; at < end; at++) {
            if (body[at] >= '0' && body[at] <= '9') {
                unscaled = unscaled * 10 + (body[at] - '0');
            } else if (body[at] == '.' && point == end) {
                point = at;
            } else {
                break;
            }
        }
        if (at < end || point == first || point == end - 1) {
            throw malformed("the amount is not a plain decimal number");
        }
        // Half the time and memory of BigDecimal(String).
        return end - from <= MAX_LONG_DIGITS
                ? BigDecimal.valueOf(first > from ? -unscaled : unscaled, Math.max(0, end - point - 1))
                : new BigDecimal(reply.text().substring(from, end));
    }

    private int afterBlanks(int from) {
        int at = from;
        while (at < end && isBlank(body[at])) {
            at++;
        }
        return at;
    }

    private boolean isByteOrderMark(int at, int to) {
        return at >= 0 && at + BOM.length <= to && Arrays.equals(body, at, at + BOM.length, BOM, 0, BOM.length);
    }

    private static boolean isBlank(byte character) {
        return character == ' ' || character == '\t';
    }

    private static boolean isGap(byte character) {
        return isBlank(character) || character == '\r' || character == '\n';
    }
}
