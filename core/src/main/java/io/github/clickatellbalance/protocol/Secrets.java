package io.github.clickatellbalance.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Locale.ROOT;
import static java.util.stream.Collectors.joining;

import java.nio.charset.Charset;
import java.util.Comparator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Makes a piece of a reply fit to be shown: short, printable, and without the secrets that the request held. */
final class Secrets {
    /** How much is shown of a reply that is not understood. */
    static final int EXCERPT_LENGTH = 80;
    /** How much is shown of the vendor's own words. */
    static final int DESCRIPTION_LENGTH = 200;

    private static final String MASK = "***";
    /** Stands for a masked character until the text is cut, so that no cut can leave half a secret. */
    private static final String MASKED = "\0";
    /** Shorter ones are secret to nobody, but stand within many words; they are masked as words of their own. */
    private static final int LEAST_LENGTH_WITHIN_WORDS = 4;

    private final Pattern pattern;

    Secrets(String... secrets) {
        this.pattern = Pattern.compile(
                Stream.of(secrets)
                        .sorted(Comparator.comparingInt(String::length).reversed())
                        .map(Secrets::inAnyForm)
                        .collect(joining("|")),
                Pattern.CASE_INSENSITIVE);
    }

    /** First as it is, so that no escape can be seen where a secret holds what looks like one. */
    private static String inAnyForm(String secret) {
        String escaped =
                secret.codePoints().mapToObj(Secrets::characterInAnyForm).collect(joining());
        String form = "(?:" + inAnyCharset(secret) + "|" + escaped + ")";
        return secret.length() < LEAST_LENGTH_WITHIN_WORDS ? "(?<!\\w)" + form + "(?!\\w)" : form;
    }

    /** Replies are decoded as ISO 8859-1, a character a byte, whichever charset a secret came back in. */
    private static String inAnyCharset(String text) {
        return Pattern.quote(new String(text.getBytes(UTF_8), ISO_8859_1)) + "|" + Pattern.quote(text);
    }

    /**
     * As servers escape it in URLs, HTML and JSON, or as it is. The group is atomic and tries what is longer first: the
     * time to match is linear, whatever a server echoes.
     */
    private static String characterInAnyForm(int codePoint) {
        String character = Character.toString(codePoint);
        return Stream.of(
                        percentEncoded(character, UTF_8),
                        percentEncoded(character, ISO_8859_1),
                        "&#0*" + codePoint + ";",
                        "&#x0*" + Integer.toHexString(codePoint) + ";",
                        character
                                .chars()
                                .mapToObj(unit -> String.format(ROOT, "\\\\u%04x", unit))
                                .collect(joining()),
                        "\\\\" + Pattern.quote(character),
                        named(codePoint),
                        inAnyCharset(character))
                .distinct()
                .collect(joining("|", "(?>", ")"));
    }

    private static String percentEncoded(String character, Charset charset) {
        StringBuilder encoded = new StringBuilder();
        for (byte octet : character.getBytes(charset)) {
            encoded.append(String.format(ROOT, "%%%02x", octet));
        }
        return encoded.toString();
    }

    private static String named(int codePoint) {
        return switch (codePoint) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '"' -> "&quot;";
            case '\'' -> "&apos;";
            case ' ' -> "\\+";
            default -> Pattern.quote(Character.toString(codePoint));
        };
    }

    /**
     * A part of a text, at most {@code limit} characters of it, with each secret replaced by a constant mask. Secrets are
     * looked for in the whole text, so that the part cannot begin or end with half of one. Empty for what has a NUL: it is
     * no text, or one in a character set in which secrets cannot be found but can be read (UTF-16).
     */
    String excerpt(String text, int from, int to, int limit) {
        if (text.contains("\0")) {
            return "";
        }
        String masked = pattern.matcher(text)
                .replaceAll(secret -> MASKED.repeat(secret.group().length()));
        int cut = Math.min(to, from + limit);
        String shown = masked.substring(from, cut)
                .replaceAll(MASKED + "+", MASK)
                .replaceAll("\\s+", " ")
                .replaceAll("[^ -~]", "?")
                .strip();
        return cut == to ? shown : shown + "...";
    }
}
