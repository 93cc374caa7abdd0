package io.github.clickatellbalance.examples.webflux;

import io.github.clickatellbalance.test.StandInGateway;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What the page needs besides the balance. */
@RestController
class SettingsController {
    private final Settings settings;

    SettingsController(
            ObjectProvider<StandInGateway> standIn,
            @Value("${clickatell.interval}") Duration interval,
            Environment environment) {
        Map<String, BigDecimal> thresholds = Binder.get(environment)
                .bind("clickatell.thresholds", Bindable.mapOf(String.class, BigDecimal.class))
                .orElse(Map.of());
        this.settings = new Settings(
                standIn.getIfAvailable() != null,
                interval.toMillis(),
                thresholds.entrySet().stream()
                        .sorted(Map.Entry.comparingByValue())
                        .map(entry -> new Limit(entry.getKey(), entry.getValue().toPlainString()))
                        .toList());
    }

    record Settings(boolean isStandIn, long intervalMillis, List<Limit> thresholds) {}

    record Limit(String name, String amount) {}

    @GetMapping("/api/settings")
    Settings settings() {
        return settings;
    }
}
