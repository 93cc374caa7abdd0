package io.github.clickatellbalance;

import static java.nio.charset.StandardCharsets.UTF_8;

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
 * Reads some values, named by their JSON pointers (RFC 6901), from the JSON object in a reply, and skips the rest. Input
 * on which two parsers may disagree is refused: a duplicate name, text after the object, a character set other than UTF-8
 * (RFC 8259, sections 4 and 8.1).
 */
final class JsonReply {
    private static final int MAX_NUMBER_LENGTH = 40;
    private static final int MAX_DEPTH = 16;
    private static final String BOM = "\uFEFF";

    /**
     * With an exponent, since many JSON libraries write a large double as {@code 1.0E7}. It has two digits at most, since
     * {@code 1E2000000000} is a number of two billion digits.
     */
    private static final Pattern AMOUNT = Pattern.compile("-?+[0-9]++(?:\\.[0-9]++)?+(?:[eE][+-]?+[0-9]{1,2}+)?+");

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER_LENGTH)
                    .build())
            .build();

    private final ApiReply reply;
    private final Secrets secrets;
    private final Map<String, String> values = new HashMap<>();
    /** Why the reply is not a JSON object, or null. Then there are no values. */
    private final @Nullable String defect;

    /** A JSON null is treated as a missing name. */
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
            // Jackson would also accept UTF-16, UTF-32, overlong forms and lone surrogates.
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
                        values.put(pointer, json.getString());
                    }
                }
            } while (!json.streamReadContext().inRoot());
            return json.nextToken() == null ? null : "something follows the JSON object";
        } catch (JacksonException e) {
            // Without the cause: Jackson's messages quote the text, which may repeat a secret.
            return "it is not valid JSON with unique names";
        }
    }

    /**
     * Throws the error in the reply, if there is one. An error code counts with every status, a text without a code only
     * with status 200. Zero, false and an empty text beside a balance are no error.
     */
    void throwIfError(JsonApi.ErrorForm form) {
        String number = values.getOrDefault(form.code(), "");
        String text = values.getOrDefault(form.description(), "");
        boolean isCode = isError(number) && number.matches("[0-9]{1,4}");
        if (isCode || (reply.status() == 200 && (isError(number) || isError(text)))) {
            @Nullable String code = isCode ? number : null;
            throw form.table().error(code, text, () -> excerpt(text, Secrets.DESCRIPTION_LENGTH), reply);
        }
    }

    private static boolean isError(String value) {
        return !value.isBlank() && !value.matches("0+|false");
    }

    /** Throws if the reply has another status than 200 or is no JSON object. */
    void throwUnlessObject() {
        if (reply.status() != 200) {
            throw new HttpStatusException(
                    reply.status(), excerpt(reply.text(), Secrets.EXCERPT_LENGTH), reply.retryAfter());
        }
        if (defect != null) {
            throw malformed(defect);
        }
    }

    /** The amount, a JSON number or a string that contains one: the REST API is documented with a string. */
    BigDecimal amount(String pointer) {
        String value = value(pointer);
        if (value.length() > MAX_NUMBER_LENGTH || !AMOUNT.matcher(value).matches()) {
            throw malformed(pointer + " is not a decimal number of at most " + MAX_NUMBER_LENGTH + " characters");
        }
        BigDecimal amount = new BigDecimal(value);
        return amount.scale() < 0 ? amount.setScale(0) : amount;
    }

    /** The ISO 4217 code. */
    String currency(String pointer) {
        String value = value(pointer);
        if (!value.matches("[A-Z]{3}")) {
            throw malformed(pointer + " is not a currency code of three capital letters");
        }
        return value;
    }

    private String value(String pointer) {
        @Nullable String value = values.get(pointer);
        if (value == null) {
            throw malformed("it has no " + pointer);
        }
        return value;
    }

    private MalformedReplyException malformed(String reason) {
        return new MalformedReplyException(reason, excerpt(reply.text(), Secrets.EXCERPT_LENGTH));
    }

    private String excerpt(String text, int limit) {
        return secrets.excerpt(text, 0, text.length(), limit);
    }
}
