package io.github.clickatellbalance.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.Comparator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes a piece of a reply fit to be shown: short, printable, and without the secrets that the request held. */
final class Secrets {
    private static final String MASK = "***";
    /** Stands for a masked character until the text is cut, so that no cut can leave half a secret. */
    private static final String MASKED = "\0";

    private final Pattern pattern;

    /** The longest form first, so that the encoded form of one secret is not left behind a shorter one. */
    Secrets(String... secrets) {
        this.pattern = Pattern.compile(
                Stream.of(secrets)
                        .flatMap(Secrets::formsThatServersEcho)
                        .distinct()
                        .sorted(Comparator.comparingInt(String::length).reversed())
                        .map(Pattern::quote)
                        .collect(Collectors.joining("|")),
                Pattern.CASE_INSENSITIVE);
    }

    /** Replies are decoded as ISO 8859-1, a character a byte: so are the secrets, whichever character set they came back in. */
    private static Stream<String> formsThatServersEcho(String secret) {
        String encoded = URLEncoder.encode(secret, UTF_8);
        String encodedLatin1 = URLEncoder.encode(secret, ISO_8859_1);
        String html = secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        String htmlQuoted = html.replace("\"", "&quot;");
        String json = secret.replace("\\", "\\\\").replace("\"", "\\\"");
        return Stream.of(
                        secret,
                        encoded,
                        encoded.replace("+", "%20"),
                        encodedLatin1,
                        encodedLatin1.replace("+", "%20"),
                        html,
                        htmlQuoted,
                        htmlQuoted.replace("'", "&#039;"),
                        htmlQuoted.replace("'", "&#39;"),
                        html.replace("\"", "&#34;").replace("'", "&#39;"),
                        json,
                        json.replace("/", "\\/"))
                .flatMap(form -> Stream.of(form, new String(form.getBytes(UTF_8), ISO_8859_1)));
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
