package io.github.clickatellbalance.reactor.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.reactor.redis.MemoryFleet.Way;
import io.github.clickatellbalance.reactor.redis.Simulation.Instance;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a hundred instances cost their gateway and their Redis, in virtual time. */
class FleetSimulationTest {
    private static final int INSTANCES = 100;
    private static final Duration INTERVAL = Duration.ofMinutes(1);
    private static final int INTERVALS = 60;

    @ParameterizedTest
    @ValueSource(longs = {20, 300, 2_000, 5_000})
    void a_hundred_instances_cost_one_request_an_interval(long gatewayMillis) {
        Random random = new Random(17);
        try (Simulation simulation = new Simulation()) {
            simulation.gateway.latency(Duration.ofMillis(gatewayMillis));
            for (int i = 0; i < INSTANCES; i++) {
                Instance instance = simulation.instance(INTERVAL);
                instance.fleet.ways(command -> Way.slow(Duration.ofMillis(1 + random.nextInt(5))));
                simulation.advance(Duration.ofMillis(random.nextInt(2 * 60_000 / INSTANCES)));
                instance.startFeed();
            }
            int requests = simulation.gateway.requests();
            long commands = commands(simulation);
            simulation.advance(INTERVAL.multipliedBy(INTERVALS));
            double requestsPerInterval = (double) (simulation.gateway.requests() - requests) / INTERVALS;
            double commandsEach = (double) (commands(simulation) - commands) / INTERVALS / INSTANCES;
            System.out.printf(
                    "%d instances, interval %s, a gateway that takes %d ms: %.3f requests an interval, %.2f commands per instance and interval%n",
                    INSTANCES, INTERVAL, gatewayMillis, requestsPerInterval, commandsEach);
            assertThat(requestsPerInterval).isBetween(0.9, 1.15);
            assertThat(commandsEach).isLessThanOrEqualTo(6);
            assertThat(simulation.gateway.mostInFlight()).isEqualTo(1);
            assertThat(simulation.instances)
                    .allSatisfy(instance -> assertThat(instance.shown.size()).isBetween(INTERVALS - 3, INTERVALS + 3));
        }
    }

    private static long commands(Simulation simulation) {
        return simulation.instances.stream()
                .mapToLong(instance -> instance.fleet.commands().size())
                .sum();
    }
}
