package io.github.clickatellbalance.examples.webflux;

import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BurnRate;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.jackson.JacksonComponent;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;

/**
 * What the application tells the world at one moment.
 *
 * @param version differs from that of every other update, also of other runs
 * @param signal what the feed knows
 * @param low the names of the thresholds that the last known balance is below, lowest first; without the margin of alerts
 * @param burnRate the estimate that goes with it, or null before the first balance
 */
record BalanceUpdate(
        String version,
        BalanceSignal signal,
        List<String> low,
        @Nullable BurnRate burnRate) {
    /** A signal's fields with those of the application beside them, in one flat object. */
    @JacksonComponent
    static final class Serializer extends ValueSerializer<BalanceUpdate> {
        @Override
        public void serialize(BalanceUpdate update, JsonGenerator json, SerializationContext context) {
            json.writeStartObject();
            json.writeStringProperty("version", update.version);
            json.writeStringProperty("sentAt", Instant.now().toString()); // for clients whose clock is wrong
            BalanceModule.write(update.signal, json);
            json.writeArrayPropertyStart("low");
            update.low.forEach(json::writeString);
            json.writeEndArray();
            if (update.burnRate != null) {
                update.burnRate
                        .perHour()
                        .map(BigDecimal::toPlainString)
                        .ifPresent(rate -> json.writeStringProperty("perHour", rate));
                update.burnRate
                        .timeToEmpty()
                        .map(Duration::toSeconds)
                        .ifPresent(seconds -> json.writeNumberProperty("secondsToEmpty", seconds));
            }
            json.writeEndObject();
        }
    }
}
