package io.github.clickatellbalance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Masks the secrets of a request in a part of its reply, so that an exception can show that part. A secret is found in the
 * forms in which servers repeat it: as it is, escaped for URLs, HTML or JSON, with other white space, and in Base64.
 */
final class Secrets {
    /** How many characters are shown of a reply that is not understood. */
    static final int EXCERPT_LENGTH = 80;
    /** How many characters are shown of the vendor's description of an error. */
    static final int DESCRIPTION_LENGTH = 200;

    private static final String MASK = "***";
    /** Replaces a masked character until the text is cut, so that no cut leaves half a secret. */
    private static final char MASKED = '\0';
    /** Shorter secrets are part of many words, so they are masked only as words of their own. */
    private static final int MIN_LENGTH_WITHIN_WORDS = 4;

    /** Any run of blanks, since {@link #excerpt} and browsers show each run as one. A form has a plus for each blank. */
    private static final String BLANKS =
            "(?>(?:\\xC2?\\xA0|\\s|%(?:20|09|0[ad]|(?:C2%)?A0)|&nbsp;|&#0*(?:9|10|13|32|160);|&#x0*(?:9|a|d|20|a0);"
                    + "|\\\\(?:[nrt]|u00(?:20|09|0[ad]|a0)))++|\\++)";

    private static final Map<String, String> HTML_NAMES =
            Map.of("&", "&amp;", "<", "&lt;", ">", "&gt;", "\"", "&quot;", "'", "&apos;");

    private static final HexFormat PERCENT = HexFormat.of().withPrefix("%");

    /** One pattern for each character, not one for the secret: matching that would need a stack as deep as the secret. */
    private static final List<Pattern> ASCII =
            IntStream.range(0, 128).mapToObj(Secrets::inAnyForm).toList();

    private final List<String> values;

    Secrets(String... values) {
        this.values = List.of(values);
    }

    /** These secrets and one more. */
    Secrets and(String value) {
        return new Secrets(Stream.concat(values.stream(), Stream.of(value)).toArray(String[]::new));
    }

    /**
     * At most {@code limit} characters of a part of a text, on one line, with each secret replaced by a constant mask.
     * Secrets are searched from the start of the text to beyond the end of the part, so that the part cannot begin or end
     * with half of one. Empty if the text contains a NUL: then it is binary, or in a character set such as UTF-16, in which
     * secrets are readable but not found.
     */
    String excerpt(String text, int from, int to, int limit) {
        if (text.indexOf(MASKED) >= 0) {
            return "";
        }
        int cut = Math.min(to, from + limit);
        StringBuilder masked = new StringBuilder(text);
        values.stream()
                // HTML drops blanks at the ends; Base64 keeps them.
                .flatMap(value -> Stream.of(value, value.strip()))
                .flatMap(value -> Stream.concat(Stream.of(value.strip()), base64(value)))
                .distinct()
                .forEach(secret -> mask(secret, text, cut, masked));
        String shown = masked.substring(from, cut)
                .replaceAll(MASKED + "+", MASK)
                .replaceAll("\\s+", " ")
                .replaceAll("[^ -~]", "?")
                .strip();
        return cut == to ? shown : shown + "...";
    }

    private static Stream<String> base64(String value) {
        return Stream.of(UTF_8, ISO_8859_1)
                .map(value::getBytes)
                .flatMap(bytes -> Stream.of(Base64.getEncoder(), Base64.getUrlEncoder())
                        .map(encoder -> encoder.withoutPadding().encodeToString(bytes)));
    }

    private static void mask(String secret, String text, int cut, StringBuilder masked) {
        String utf8 = utf8AsLatin1(secret);
        List<Matcher> characters = secret.replaceAll(" +", " ")
                .codePoints()
                .mapToObj(codePoint -> codePoint < ASCII.size() ? ASCII.get(codePoint) : inAnyForm(codePoint))
                .map(pattern -> pattern.matcher(text))
                .toList();
        boolean isWord = secret.length() < MIN_LENGTH_WITHIN_WORDS;
        for (int start = 0; start < cut; start++) {
            // Literally first: a secret may contain what looks like an escape.
            int end = text.regionMatches(true, start, secret, 0, secret.length())
                    ? start + secret.length()
                    : text.regionMatches(true, start, utf8, 0, utf8.length())
                            ? start + utf8.length()
                            : end(characters, start, text.length());
            if (!isWord || (!isWordCharacter(text, start - 1) && !isWordCharacter(text, end))) {
                for (int i = start; i < end; i++) {
                    masked.setCharAt(i, MASKED);
                }
            }
        }
    }

    /** The end of these characters in any form, or -1 if they are not there. */
    private static int end(List<Matcher> characters, int start, int length) {
        int end = start;
        for (Matcher character : characters) {
            if (!character.region(end, length).lookingAt()) {
                return -1;
            }
            end = character.end();
        }
        return end;
    }

    private static boolean isWordCharacter(String text, int at) {
        return at >= 0 && at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_');
    }

    /** A reply is decoded as ISO 8859-1, one character for each byte, whatever its character set is. */
    private static String utf8AsLatin1(String text) {
        return new String(text.getBytes(UTF_8), ISO_8859_1);
    }

    /** A character escaped for a URL, HTML or JSON, or as it is. The longest form comes first, and the group is atomic. */
    private static Pattern inAnyForm(int codePoint) {
        if (codePoint == ' ') {
            return Pattern.compile(BLANKS, Pattern.CASE_INSENSITIVE);
        }
        String character = Character.toString(codePoint);
        String literal = Pattern.quote(character);
        String forms = Stream.of(
                        PERCENT.formatHex(character.getBytes(UTF_8)),
                        PERCENT.formatHex(character.getBytes(ISO_8859_1)),
                        "&#0*" + codePoint + ";",
                        "&#x0*" + Integer.toHexString(codePoint) + ";",
                        character
                                .chars()
                                .mapToObj(unit -> "\\\\u" + HexFormat.of().toHexDigits((char) unit))
                                .collect(joining()),
                        "\\\\" + literal,
                        HTML_NAMES.getOrDefault(character, literal),
                        Pattern.quote(utf8AsLatin1(character)),
                        literal)
                .distinct()
                .collect(joining("|", "(?>", ")"));
        return Pattern.compile(forms, Pattern.CASE_INSENSITIVE);
    }
}
