package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.reactor.BalanceClient;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Controllers that use the client, and the observations as "name in parent". */
@Configuration(proxyBeanMethods = false)
class Observed {
    final List<String> observations = new CopyOnWriteArrayList<>();

    @Bean
    ObservationHandler<Observation.Context> recorder() {
        return new ObservationHandler<>() {
            @Override
            public void onStop(Observation.Context context) {
                var parent = context.getParentObservation();
                observations.add(context.getName() + " in "
                        + (parent == null ? "none" : parent.getContextView().getName()));
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        };
    }

    @RestController
    static class Controller {
        private final BalanceClient client;

        Controller(BalanceClient client) {
            this.client = client;
        }

        @GetMapping("/mono")
        Mono<String> mono() {
            return client.balance().map(balance -> balance.amount().toPlainString());
        }

        @GetMapping("/block")
        String block() {
            return String.valueOf(mono().block());
        }
    }
}
