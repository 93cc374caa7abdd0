package io.github.clickatellbalance.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;

/** An application with Spring MVC on Tomcat. */
class MvcApplicationTest {
    private static final String[] ACTUATOR = {
        "--clickatell.interval=1h",
        "--management.endpoints.web.exposure.include=*",
        "--management.endpoint.health.show-details=always"
    };

    @Test
    void health_endpoint_and_metrics_are_there_and_send_no_request() {
        try (TestGateway gateway = new TestGateway();
                TestApplication application =
                        TestApplication.run(WebApplicationType.SERVLET, gateway, List.of(), ACTUATOR)) {
            application.awaitAmount("100.00");
            for (int i = 0; i < 20; i++) {
                assertThat(application.get("/actuator/health/clickatell"))
                        .contains("\"status\":\"UP\"", "\"amount\":\"100.00\"");
            }
            assertThat(application.get("/actuator/clickatell")).contains("\"amount\":\"100.00\"");
            assertThat(application.get("/actuator/prometheus")).contains("clickatell_balance_amount 100.0");
            assertThat(gateway.requests()).isOne();
        }
    }
}
