package io.github.clickatellbalance.reactor.redis;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.Threshold;
import io.github.clickatellbalance.reactor.redis.MemoryFleet.Way;
import io.github.clickatellbalance.reactor.redis.Simulation.Instance;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Sinks;

/** Alerts of instances that were stopped, and of a Redis that shares balances but no alerts. In virtual time over the twin of Redis. */
class FleetAlertsTest {
    private static final Duration INTERVAL = Duration.ofMinutes(1);
    private static final Threshold LOW = new Threshold("low", new BigDecimal(100), new BigDecimal(10));

    private final Simulation simulation = new Simulation();
    private final Instance one = simulation.instance(INTERVAL);
    private final Instance two = simulation.instance(INTERVAL);
    private final List<String> alerts = new ArrayList<>();

    @AfterEach
    void close() {
        simulation.close();
    }

    private Sinks.Many<Balance> balances(Instance instance) {
        simulation.replaceSchedulers();
        Sinks.Many<Balance> balances = Sinks.many().unicast().onBackpressureBuffer();
        balances.asFlux()
                .transform(instance.client.alerts(LOW))
                .subscribe(alert -> alerts.add(instance + " " + text(alert)));
        return balances;
    }

    private static String text(BalanceAlert alert) {
        return alert.kind() + " " + alert.balance().amount().toPlainString();
    }

    private static Balance balance(String amount, Instance instance) {
        return new Balance(new BigDecimal(amount), Balance.CREDITS, instance.time());
    }

    private void emit(Sinks.Many<Balance> balances, Balance balance) {
        balances.tryEmitNext(balance).orThrow();
        simulation.advance(ofSeconds(2));
    }

    @Test
    void an_old_balance_of_an_instance_that_was_stopped_gives_no_alert() {
        Sinks.Many<Balance> running = balances(one);
        Sinks.Many<Balance> stopped = balances(two);
        emit(running, balance("50", one));
        Balance old = balance("49", two);
        simulation.advance(INTERVAL);
        emit(running, balance("200", one));
        simulation.advance(INTERVAL);

        emit(stopped, old);
        assertThat(alerts).containsExactly("#1 LOW 50", "#1 RECOVERED 200");

        emit(stopped, balance("48", two));
        emit(running, balance("48", one));
        assertThat(alerts).as("a newer balance").containsExactly("#1 LOW 50", "#1 RECOVERED 200", "#2 LOW 48");
    }

    private static Way way(String name) {
        return switch (name) {
            case "REFUSED" -> Way.REFUSED;
            case "LOST_REPLY" -> Way.LOST_REPLY;
            case "NO_REPLY" -> Way.NO_REPLY;
            default -> Way.SWALLOWED;
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"REFUSED", "LOST_REPLY", "NO_REPLY", "SWALLOWED"})
    void without_a_state_of_alerts_balances_are_shared_and_each_instance_has_its_own_alerts(String way) {
        for (Instance instance : List.of(one, two)) {
            instance.fleet.ways(name -> name.endsWith("Alert") ? way(way) : Way.NORMAL);
        }
        Sinks.Many<Balance> first = balances(one);
        Sinks.Many<Balance> second = balances(two);
        for (String amount : List.of("50", "49", "200", "40")) {
            emit(first, balance(amount, one));
            emit(second, balance(amount, two));
        }
        assertThat(alerts)
                .containsExactly(
                        "#1 LOW 50", "#2 LOW 50", "#1 RECOVERED 200", "#2 RECOVERED 200", "#1 LOW 40", "#2 LOW 40");
        assertThat(one.client.isShared()).isTrue();
        assertThat(two.client.isShared()).isTrue();
        one.call();
        two.call();
        assertThat(simulation.gateway.requests()).isEqualTo(1);
        assertThat(simulation.log())
                .as("once for each instance")
                .hasSize(2)
                .allMatch(line -> line.startsWith("WARN Redis does not keep the state of alerts"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"50 200 40", "150 50 200 50"})
    void no_change_without_redis_is_lost_whatever_redis_has(String amounts) {
        Sinks.Many<Balance> balances = balances(one);
        List<String> expected = new ArrayList<>();
        String last = "RECOVERED";
        boolean isFirst = true;
        for (String amount : amounts.split(" ", -1)) {
            emit(balances, balance(amount, one));
            String kind = Integer.parseInt(amount) < 100 ? "LOW" : "RECOVERED";
            if (!kind.equals(last)) {
                expected.add("#1 " + kind + " " + amount);
            }
            last = kind;
            if (isFirst) {
                one.fleet.way(Way.REFUSED);
                one.call();
                isFirst = false;
            }
        }
        assertThat(alerts).isEqualTo(expected);
        assertThat(one.client.isShared()).isFalse();

        one.fleet.way(Way.NORMAL);
        simulation.advance(ofSeconds(2));
        assertThat(one.client.isShared()).isTrue();
        emit(balances, balance("39", one));
        assertThat(alerts).as("the same kind as before").isEqualTo(expected);
    }

    @Test
    void alerts_are_shared_again_when_their_state_is_back() {
        one.fleet.ways(name -> name.endsWith("Alert") ? Way.REFUSED : Way.NORMAL);
        Sinks.Many<Balance> first = balances(one);
        Sinks.Many<Balance> second = balances(two);
        emit(first, balance("50", one));
        one.fleet.way(Way.NORMAL);
        emit(first, balance("49", one));
        emit(second, balance("48", two));
        emit(second, balance("200", two));
        emit(first, balance("200", one));
        assertThat(alerts).containsExactly("#1 LOW 50", "#2 RECOVERED 200");
        assertThat(simulation.log())
                .hasSize(2)
                .anyMatch(line -> line.startsWith("INFO Redis keeps the state of alerts again"));
    }
}
