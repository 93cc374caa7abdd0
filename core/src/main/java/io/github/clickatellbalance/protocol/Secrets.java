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

    private static String inAnyForm(String secret) {
        String form = secret.codePoints().mapToObj(Secrets::characterInAnyForm).collect(joining());
        return secret.length() < LEAST_LENGTH_WITHIN_WORDS ? "(?<!\\w)" + form + "(?!\\w)" : form;
    }

    /**
     * As it is, and as servers escape it in URLs, HTML and JSON. Replies are decoded as ISO 8859-1, a character a byte, so
     * each form stands here as its bytes in UTF-8 and in ISO 8859-1.
     */
    private static String characterInAnyForm(int codePoint) {
        String character = Character.toString(codePoint);
        return Stream.of(
                        named(codePoint),
                        Pattern.quote(new String(character.getBytes(UTF_8), ISO_8859_1)),
                        Pattern.quote(character),
                        percentEncoded(character, UTF_8),
                        percentEncoded(character, ISO_8859_1),
                        "&#0*" + codePoint + ";",
                        "&#x0*" + Integer.toHexString(codePoint) + ";",
                        "\\\\" + Pattern.quote(character),
                        character
                                .chars()
                                .mapToObj(unit -> String.format(ROOT, "\\\\u%04x", unit))
                                .collect(joining()))
                .collect(joining("|", "(?:", ")"));
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
     * looked for in the whole text, so that the part cannot begin or end with half of one.
     */
    String excerpt(String text, int from, int to, int limit) {
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
