package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BurnRate;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.module.SimpleModule;

/**
 * Balances, signals, alerts and burn rates as JSON, for Jackson 3, with or without Spring: {@code
 * JsonMapper.builder().addModule(new BalanceModule())}. The starter registers it with Spring Boot's mapper.
 *
 * <pre>
 * {"amount": "123.00", "unit": "credits", "retrievedAt": "2026-11-25T08:30:00Z"}
 * {"state": "fresh", "amount": "123.00", "unit": "credits", "retrievedAt": "2026-11-25T08:30:00Z"}
 * {"state": "stale", "amount": "123.00", ..., "since": "2026-11-25T08:31:00Z", "reason": "The connection was refused"}
 * {"threshold": "low", "limit": "50", "amount": "49.50", "unit": "credits", "retrievedAt": "2026-11-25T08:30:00Z"}
 * {"perHour": "12.5", "secondsToEmpty": 35424}
 * </pre>
 *
 * An amount is a string: a number would lose digits in a browser. It has no exponent and keeps its scale. A balance can also be
 * read.
 */
public final class BalanceModule extends SimpleModule {
    private static final long serialVersionUID = 1L;

    /** The module, for a mapper's builder. */
    public BalanceModule() {
        super("clickatell-balance");
        addSerializer(Balance.class, new Serializer<>(BalanceJson::of));
        addDeserializer(Balance.class, new BalanceDeserializer());
        addSerializer(BalanceSignal.class, new Serializer<>(BalanceJson::of));
        addSerializer(BalanceAlert.class, new Serializer<>(BalanceJson::of));
        addSerializer(BurnRate.class, new Serializer<>(BalanceJson::of));
    }

    private static final class Serializer<T> extends ValueSerializer<T> {
        private final Function<T, Map<String, Object>> json;

        Serializer(Function<T, Map<String, Object>> json) {
            this.json = json;
        }

        @Override
        public void serialize(T value, JsonGenerator generator, SerializationContext context) {
            generator.writePOJO(json.apply(value));
        }
    }

    private static final class BalanceDeserializer extends ValueDeserializer<Balance> {
        /** As it is written. An exponent could make a short text a number of gigabytes. */
        private static final Pattern AMOUNT = Pattern.compile("-?[0-9]{1,40}(\\.[0-9]{1,40})?");

        private static BigDecimal amount(String text) {
            if (!AMOUNT.matcher(text).matches()) {
                throw new IllegalArgumentException(
                        "amount must be a decimal number of at most 40 digits, without an exponent");
            }
            return new BigDecimal(text);
        }

        @Override
        public Balance deserialize(JsonParser parser, DeserializationContext context) {
            JsonNode json = context.readTree(parser);
            try {
                return new Balance(
                        amount(json.required("amount").stringValue()),
                        json.required("unit").stringValue(),
                        Instant.parse(json.required("retrievedAt").stringValue()));
            } catch (IllegalArgumentException | DateTimeParseException e) {
                return context.reportInputMismatch(Balance.class, "Not a balance: %s", e.getMessage());
            }
        }
    }
}
