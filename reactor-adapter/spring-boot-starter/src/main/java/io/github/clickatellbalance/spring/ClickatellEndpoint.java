package io.github.clickatellbalance.spring;

import java.util.Map;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/** The last known balance with its state. Sends no request to the gateway. */
@Endpoint(id = "clickatell")
final class ClickatellEndpoint {
    private final BalanceMonitor monitor;

    ClickatellEndpoint(BalanceMonitor monitor) {
        this.monitor = monitor;
    }

    @ReadOperation
    Map<String, Object> balance() {
        return monitor.latest().map(BalanceUpdate::json).orElse(Map.of("state", "unknown"));
    }
}
