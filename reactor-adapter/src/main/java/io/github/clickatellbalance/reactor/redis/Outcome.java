package io.github.clickatellbalance.reactor.redis;

import static java.util.Objects.requireNonNull;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import io.github.clickatellbalance.TransportException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The outcome of a poll: either a balance or a failure. Converts it to and from text fields. A message is already without secrets. What is
 * stored of it is short and without addresses, also if another {@code BalanceClient} quotes the message of its transport; a cause is left
 * out.
 */
record Outcome(@Nullable Balance balance, @Nullable ClickatellException failure) {
    private static final Pattern URL = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://[^\\s\"<>]*");
    private static final Pattern WORD = Pattern.compile("[^\\s\"'(),;]+");
    /** Names in the messages of this library that have dots, too. */
    private static final Pattern CODE =
            Pattern.compile("BalanceApi\\.[a-zA-Z]+|(?:[a-z_][a-z0-9_]*\\.)+[A-Za-z0-9_$]*(?:Exception|Error)");
    /** As in "Failed to resolve 'proxy'". */
    private static final Pattern QUOTED = Pattern.compile("(?<!\\w)(['\"])[^'\"]*\\1(?!\\w)");

    /** As in "proxy: Name or service not known", or just "proxy". */
    private static final Pattern FIRST = Pattern.compile("^\\S+:(?=\\s)|^\\S+$");

    private static final int MAX_LENGTH = 300;
    private static final String MARK = "\0";
    private static final String EXCERPT = ". It begins with \"";

    static Outcome of(Balance balance) {
        return new Outcome(balance, null);
    }

    static Outcome of(ClickatellException failure) {
        return new Outcome(null, failure);
    }

    /** The balance, or the failure as the end. */
    Mono<Balance> toMono() {
        return failure == null ? Mono.justOrEmpty(balance) : Mono.error(failure);
    }

    /** For another caller, with a failure of its own: operators add suppressed exceptions to it. */
    Outcome repeated(Duration age) {
        return failure == null ? this : of(failure(fields(), age));
    }

    /** {@code balance}, {@code outage}, or {@code rejected} if a person must act. */
    String kind() {
        return failure == null ? "balance" : failure.needsIntervention() ? "rejected" : "outage";
    }

    /** The pause that the gateway requests. */
    Duration requestedPause() {
        return failure == null ? Duration.ZERO : failure.retryAfter().orElse(Duration.ZERO);
    }

    Map<String, String> fields() {
        Map<String, String> fields = new LinkedHashMap<>();
        if (balance != null) {
            fields.put("amount", balance.amount().toPlainString());
            fields.put("unit", balance.unit());
            fields.put("retrievedAt", balance.retrievedAt().toString());
        } else {
            put(requireNonNull(failure), fields);
        }
        return fields;
    }

    private static void put(ClickatellException failure, Map<String, String> fields) {
        fields.put("transient", String.valueOf(failure.isTransient()));
        failure.retryAfter().ifPresent(pause -> fields.put("retryAfter", String.valueOf(pause.toMillis())));
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof ApiErrorException error) {
            String code = error.code().orElse(null);
            String description = withoutAddresses(error.description());
            String advice = marked(message, new ApiErrorException(code, error.description(), MARK, false, null));
            fields.put("type", "api");
            error.code().ifPresent(any -> fields.put("code", any));
            fields.put("description", description);
            fields.put(
                    "message", text(new ApiErrorException(code, description, withoutAddresses(advice), false, null)));
        } else if (failure instanceof HttpStatusException http) {
            fields.put("type", "http");
            fields.put("status", String.valueOf(http.status()));
            fields.put("message", text(new HttpStatusException(http.status(), "", null)));
        } else if (failure instanceof MalformedReplyException) {
            // Without the excerpt: a page of a proxy may name hosts, and quote the request.
            String reason = marked(message, new MalformedReplyException(MARK, ""));
            int excerpt = reason.indexOf(EXCERPT);
            reason = excerpt < 0 ? reason : reason.substring(0, excerpt);
            fields.put("type", "malformed");
            fields.put("message", text(new MalformedReplyException(withoutAddresses(reason), "")));
        } else {
            fields.put("type", "transport");
            fields.put(
                    "message",
                    withoutAddresses(FIRST.matcher(QUOTED.matcher(message).replaceAll("(text)"))
                            .replaceFirst("(address)")));
        }
    }

    private static String text(ClickatellException failure) {
        return String.valueOf(failure.getMessage());
    }

    private static String withoutAddresses(String text) {
        String plain = WORD.matcher(URL.matcher(text).replaceAll("(URL)"))
                .replaceAll(word -> isAddress(word.group()) ? "(address)" : Matcher.quoteReplacement(word.group()));
        return plain.length() <= MAX_LENGTH ? plain : plain.substring(0, MAX_LENGTH);
    }

    /** A host name, IP address, port or e-mail address, or anything that looks like it. */
    private static boolean isAddress(String word) {
        int end = word.length();
        while (end > 0 && ".:!?".indexOf(word.charAt(end - 1)) >= 0) {
            end--;
        }
        String name = word.substring(0, end);
        return name.matches(".*[.:@].*") && !CODE.matcher(name).matches();
    }

    /** The part of a message that its template has a mark for; all of it if it is not of this template. */
    private static String marked(String message, ClickatellException template) {
        String text = text(template);
        String before = text.substring(0, text.indexOf(MARK));
        String after = text.substring(before.length() + MARK.length());
        return message.length() >= before.length() + after.length()
                        && message.startsWith(before)
                        && message.endsWith(after)
                ? message.substring(before.length(), message.length() - after.length())
                : message;
    }

    /**
     * The outcome of these fields.
     *
     * @param age how long ago it was, so that its time is right by the clock of this instance
     * @return null if the fields are of another format
     */
    static @Nullable Outcome of(Map<String, String> fields, Duration age, Instant now) {
        try {
            return "balance".equals(fields.get("kind"))
                    ? of(new Balance(new BigDecimal(get(fields, "amount")), get(fields, "unit"), now.minus(age)))
                    : of(failure(fields, age));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static ClickatellException failure(Map<String, String> fields, Duration age) {
        String message = get(fields, "message");
        boolean isTransient = Boolean.parseBoolean(get(fields, "transient"));
        String requested = fields.get("retryAfter");
        Duration retryAfter = requested == null ? null : left(Duration.ofMillis(Long.parseLong(requested)), age);
        return switch (get(fields, "type")) {
            case "api" -> {
                String code = fields.get("code");
                String description = get(fields, "description");
                String advice = marked(message, new ApiErrorException(code, description, MARK, isTransient, null));
                yield new ApiErrorException(code, description, advice, isTransient, retryAfter);
            }
            case "http" -> new HttpStatusException(Integer.parseInt(get(fields, "status")), "", retryAfter);
            case "malformed" -> new MalformedReplyException(marked(message, new MalformedReplyException(MARK, "")), "");
            case "transport" -> new TransportException(message, isTransient, null);
            default -> throw new IllegalArgumentException("type");
        };
    }

    private static Duration left(Duration pause, Duration age) {
        Duration left = pause.minus(age);
        return left.isNegative() ? Duration.ZERO : left;
    }

    private static String get(Map<String, String> fields, String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException(name);
        }
        return value;
    }
}
