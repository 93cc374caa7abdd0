package io.github.clickatellbalance.examples.webflux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Locale.ROOT;

import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.web.util.HtmlUtils;

/** Finds secrets in a log: as they are, escaped for URLs, JSON or HTML, in Base64 at any position, and in hexadecimal, also in Netty's dumps. */
final class SecretScan {
    /** A line of a dump: an address, up to sixteen bytes, the same as text. */
    private static final Pattern DUMP = Pattern.compile("^\\|[0-9a-f]{8}\\|((?: [0-9a-f]{2})+)");

    private final Map<String, String> forms = new LinkedHashMap<>();
    private final Map<String, String> hex = new LinkedHashMap<>();

    SecretScan(List<String> secrets) {
        secrets.forEach(this::add);
    }

    private void add(String secret) {
        String encoded = URLEncoder.encode(secret, UTF_8);
        add(secret, "plain " + secret);
        add(encoded, "URL-encoded " + secret);
        add(encoded.replace("+", "%20"), "URL-encoded " + secret);
        add(secret.replace("\\", "\\\\").replace("\"", "\\\""), "JSON " + secret);
        add(HtmlUtils.htmlEscape(secret, "UTF-8"), "HTML " + secret);
        byte[] bytes = secret.getBytes(UTF_8);
        for (int before = 0; before < 3; before++) {
            add(base64(bytes, before), "Base64 " + secret);
            add(base64(bytes, before).replace('+', '-').replace('/', '_'), "Base64 " + secret);
        }
        String digits = HexFormat.of().formatHex(bytes);
        add(digits, "hexadecimal " + secret);
        add(HexFormat.ofDelimiter(" ").formatHex(bytes), "hexadecimal " + secret);
        hex.put(digits, "dump " + secret);
        hex.put(HexFormat.of().formatHex(encoded.getBytes(UTF_8)), "dump " + secret);
    }

    private void add(String form, String name) {
        forms.put(form.toLowerCase(ROOT), name);
    }

    /** The characters that depend on the secret alone, if so many other bytes stand before it. */
    private static String base64(byte[] secret, int before) {
        byte[] all = new byte[before + secret.length];
        System.arraycopy(secret, 0, all, before, secret.length);
        String text = new String(Base64.getEncoder().encode(all), ISO_8859_1);
        return text.substring((before * 8 + 5) / 6, all.length * 8 / 6);
    }

    /** Each form of a secret that is in the log, with the first line that has it. */
    List<String> in(List<String> log) {
        Map<String, String> found = new LinkedHashMap<>();
        StringBuilder dump = new StringBuilder();
        for (String line : log) {
            String text = line.toLowerCase(ROOT);
            forms.forEach((form, name) -> {
                if (text.contains(form)) {
                    found.putIfAbsent(name, line);
                }
            });
            Matcher bytes = DUMP.matcher(line);
            if (bytes.find()) {
                dump.append(bytes.group(1).replace(" ", ""));
            }
        }
        hex.forEach((form, name) -> {
            if (dump.indexOf(form) >= 0) {
                found.put(name, "a dump");
            }
        });
        List<String> lines = new ArrayList<>();
        found.forEach((name, line) -> lines.add(name + ": " + line));
        return lines;
    }
}
