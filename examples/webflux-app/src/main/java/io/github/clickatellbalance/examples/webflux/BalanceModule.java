package io.github.clickatellbalance.examples.webflux;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BalanceSignal.Rejected;
import io.github.clickatellbalance.BalanceSignal.Stale;
import io.github.clickatellbalance.ClickatellException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.module.SimpleModule;

/**
 * Balances and signals as JSON, for Jackson 3 with or without Spring: {@code JsonMapper.builder().addModule(new
 * BalanceModule())}. Stands alone, to be copied.
 *
 * <pre>
 * {"amount": "123.00", "unit": "credits", "retrievedAt": "2026-11-25T08:30:00Z"}
 * {"state": "fresh", "amount": "123.00", "unit": "credits", "retrievedAt": "2026-11-25T08:30:00Z"}
 * {"state": "stale", "amount": "123.00", ..., "since": "2026-11-25T08:31:00Z", "reason": "The connection was refused"}
 * </pre>
 *
 * An amount is a string, as money APIs have it: a number would lose digits in a browser. It is plain, never in exponents, and
 * keeps its scale.
 */
public final class BalanceModule extends SimpleModule {
    private static final long serialVersionUID = 1L;

    /** The module, for a mapper's builder. */
    public BalanceModule() {
        super("clickatell-balance");
        addSerializer(Balance.class, new BalanceSerializer());
        addDeserializer(Balance.class, new BalanceDeserializer());
        addSerializer(BalanceSignal.class, new SignalSerializer());
    }

    private static void write(Balance balance, JsonGenerator json) {
        json.writeStringProperty("amount", balance.amount().toPlainString());
        json.writeStringProperty("unit", balance.unit());
        json.writeStringProperty("retrievedAt", balance.retrievedAt().toString());
    }

    /** Writes a signal's fields into the object that is under way. */
    static void write(BalanceSignal signal, JsonGenerator json) {
        json.writeStringProperty("state", state(signal));
        signal.lastKnown().ifPresent(balance -> write(balance, json));
        if (signal instanceof Stale stale) {
            write(stale.since(), stale.cause(), json);
        } else if (signal instanceof Rejected rejected) {
            write(rejected.since(), rejected.cause(), json);
        }
    }

    private static void write(Instant since, ClickatellException cause, JsonGenerator json) {
        json.writeStringProperty("since", since.toString());
        json.writeStringProperty("reason", String.valueOf(cause.getMessage()));
    }

    /** {@code fresh}, {@code stale} or {@code rejected}. */
    static String state(BalanceSignal signal) {
        return signal instanceof Stale ? "stale" : signal instanceof Rejected ? "rejected" : "fresh";
    }

    private static final class BalanceSerializer extends ValueSerializer<Balance> {
        @Override
        public void serialize(Balance balance, JsonGenerator json, SerializationContext context) {
            json.writeStartObject();
            write(balance, json);
            json.writeEndObject();
        }
    }

    private static final class SignalSerializer extends ValueSerializer<BalanceSignal> {
        @Override
        public void serialize(BalanceSignal signal, JsonGenerator json, SerializationContext context) {
            json.writeStartObject();
            write(signal, json);
            json.writeEndObject();
        }
    }

    private static final class BalanceDeserializer extends ValueDeserializer<Balance> {
        @Override
        public Balance deserialize(JsonParser parser, DeserializationContext context) {
            JsonNode json = context.readTree(parser);
            try {
                return new Balance(
                        new BigDecimal(json.required("amount").stringValue()),
                        json.required("unit").stringValue(),
                        Instant.parse(json.required("retrievedAt").stringValue()));
            } catch (IllegalArgumentException | DateTimeParseException e) {
                return context.reportInputMismatch(Balance.class, "Not a balance: %s", e.getMessage());
            }
        }
    }
}
