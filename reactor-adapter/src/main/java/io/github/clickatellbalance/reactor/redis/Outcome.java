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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The outcome of a poll, and the same as fields of text. Exactly one of both is there. A message is already without secrets; a
 * cause is left out.
 */
record Outcome(@Nullable Balance balance, @Nullable ClickatellException failure) {
    private static final Pattern URL = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://[^\\s\"<>]*");
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
        fields.put("message", message(failure));
        fields.put("transient", String.valueOf(failure.isTransient()));
        failure.retryAfter().ifPresent(pause -> fields.put("retryAfter", String.valueOf(pause.toMillis())));
        if (failure instanceof ApiErrorException error) {
            fields.put("type", "api");
            error.code().ifPresent(code -> fields.put("code", code));
            fields.put("description", withoutUrls(error.description()));
        } else if (failure instanceof HttpStatusException http) {
            fields.put("type", "http");
            fields.put("status", String.valueOf(http.status()));
        } else {
            fields.put("type", failure instanceof MalformedReplyException ? "malformed" : "transport");
        }
    }

    /** Without an excerpt of a reply: a page of a proxy may name hosts, and quote the request. */
    private static String message(ClickatellException failure) {
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof HttpStatusException http) {
            message = String.valueOf(new HttpStatusException(http.status(), "", null).getMessage());
        } else if (failure instanceof MalformedReplyException) {
            String reason = marked(message, new MalformedReplyException(MARK, ""));
            int excerpt = reason.indexOf(EXCERPT);
            message = String.valueOf(
                    new MalformedReplyException(excerpt < 0 ? reason : reason.substring(0, excerpt), "").getMessage());
        }
        return withoutUrls(message);
    }

    private static String withoutUrls(String text) {
        return URL.matcher(text).replaceAll("(URL)");
    }

    /** The part of a message that its template has a mark for; all of it if it is not of this template. */
    private static String marked(String message, ClickatellException template) {
        String text = String.valueOf(template.getMessage());
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
