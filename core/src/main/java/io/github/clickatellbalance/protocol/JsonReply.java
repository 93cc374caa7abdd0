package io.github.clickatellbalance.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads one reply of the JSON APIs: some values of an object, named by their JSON pointers (RFC 6901); whatever else it has
 * is skipped. What no two readers need agree on is refused: a name twice, anything after the object, a character set other
 * than UTF-8 (RFC 8259, sections 4 and 8.1).
 */
final class JsonReply {
    private static final int MAX_NUMBER_LENGTH = 40;
    private static final int MAX_DEPTH = 16;
    private static final String BOM = "\uFEFF";

    /**
     * The exponent is what Java's own double becomes from ten million on. It is short, since a short text can be a number
     * of two thousand million digits.
     */
    private static final Pattern AMOUNT = Pattern.compile("-?+[0-9]++(?:\\.[0-9]++)?+(?:[eE][+-]?+[0-9]{1,2}+)?+");

    private static final Pattern ERROR_NUMBER = Pattern.compile("[0-9]{1,4}");
    private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxDocumentLength(ApiReply.MAX_BODY_BYTES)
                    .maxStringLength(ApiReply.MAX_BODY_BYTES)
                    .maxNameLength(ApiReply.MAX_BODY_BYTES)
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER_LENGTH)
                    .build())
            .build();

    private record Value(JsonToken type, String text) {}

    private final ApiReply reply;
    private final Secrets secrets;
    private final Map<String, Value> values = new HashMap<>();
    /** What is wrong with the reply as a whole, if anything; it then has no values. */
    private final @Nullable String defect;

    /** Null is no value: it counts as if its name were missing. */
    JsonReply(ApiReply reply, Secrets secrets, Set<String> pointers) {
        this.reply = reply;
        this.secrets = secrets;
        this.defect = read(reply.body(), pointers);
        if (defect != null) {
            values.clear();
        }
    }

    private @Nullable String read(byte[] body, Set<String> pointers) {
        if (body.length > ApiReply.MAX_BODY_BYTES) {
            return "it is longer than " + ApiReply.MAX_BODY_BYTES + " bytes";
        }
        String text;
        try {
            // Not by Jackson, which takes UTF-16 and UTF-32 as well, and lets overlong forms and lone surrogates pass.
            text = UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            return "it is not UTF-8";
        }
        try (JsonParser json =
                JSON.createParser(ObjectReadContext.empty(), text.startsWith(BOM) ? text.substring(1) : text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return "it is not a JSON object";
            }
            do {
                JsonToken token = json.nextToken();
                if (token.isScalarValue() && token != JsonToken.VALUE_NULL) {
                    String pointer = json.streamReadContext().pathAsPointer().toString();
                    if (pointers.contains(pointer)) {
                        values.put(pointer, new Value(token, json.getString()));
                    }
                }
            } while (!json.streamReadContext().inRoot());
            return json.nextToken() == null ? null : "something follows the JSON object";
        } catch (JacksonException e) {
            // Not as a cause: Jackson's messages quote what they could not read, and a server may echo a secret.
            return "it is not JSON as it should be, with each name once";
        }
    }

    /** Fails if the reply tells an error of the vendor's: by its number, whatever the status, or else by its words alone. */
    void failOnError(ErrorTable errors, String number, String description) {
        @Nullable String told = text(number);
        @Nullable String words = text(description);
        @Nullable String code = told != null && ERROR_NUMBER.matcher(told).matches() ? told : null;
        if (code != null || (reply.status() == 200 && (told != null || words != null))) {
            String text = words == null ? "" : words;
            throw errors.error(
                    code, text, () -> secrets.excerpt(text, 0, text.length(), Secrets.DESCRIPTION_LENGTH), reply);
        }
    }

    private @Nullable String text(String pointer) {
        @Nullable Value value = values.get(pointer);
        return value == null ? null : value.text;
    }

    /** Fails if there is nothing to look for in this reply. */
    void failUnlessGood() {
        if (reply.status() != 200) {
            throw new HttpStatusException(reply.status(), excerpt(), reply.retryAfter());
        }
        if (defect != null) {
            throw malformed(defect);
        }
    }

    /** The amount there, a JSON number. */
    BigDecimal number(String pointer) {
        Value value = value(pointer);
        if (value.type == JsonToken.VALUE_STRING) {
            throw malformed(pointer + " is not a number");
        }
        return amount(pointer, value);
    }

    /** The amount there, a JSON number or a string that holds one. */
    BigDecimal numberOrText(String pointer) {
        return amount(pointer, value(pointer));
    }

    private BigDecimal amount(String pointer, Value value) {
        if (value.text.length() > MAX_NUMBER_LENGTH
                || !AMOUNT.matcher(value.text).matches()) {
            throw malformed(pointer + " is not a decimal number of at most " + MAX_NUMBER_LENGTH + " characters");
        }
        BigDecimal amount = new BigDecimal(value.text);
        return amount.scale() < 0 ? amount.setScale(0) : amount;
    }

    /** The ISO 4217 code there. */
    String currency(String pointer) {
        Value value = value(pointer);
        if (value.type != JsonToken.VALUE_STRING
                || !CURRENCY.matcher(value.text).matches()) {
            throw malformed(pointer + " is not a currency code of three capital letters");
        }
        return value.text;
    }

    private Value value(String pointer) {
        @Nullable Value value = values.get(pointer);
        if (value == null) {
            throw malformed("it has no " + pointer);
        }
        return value;
    }

    private MalformedReplyException malformed(String reason) {
        return new MalformedReplyException(reason, excerpt());
    }

    private String excerpt() {
        int end = Math.min(reply.body().length, ApiReply.MAX_BODY_BYTES);
        return secrets.excerpt(new String(reply.body(), 0, end, ISO_8859_1), 0, end, Secrets.EXCERPT_LENGTH);
    }
}
