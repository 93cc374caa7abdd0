package io.github.clickatellbalance.reactor.redis;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import reactor.test.scheduler.VirtualTimeScheduler;

/** The contract on the twin, so that what is proven on it holds on Redis. */
class MemoryFleetTest extends FleetContract {
    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final MemoryFleet.Store store = new MemoryFleet.Store(time);

    @Override
    Fleet fleet(Duration interval) {
        return new MemoryFleet(store, Pauses.of(interval), CLOCK, new SimulatedProcess(time));
    }

    @Override
    void advance(Duration duration) {
        store.jump(duration);
    }

    @Override
    List<Map<String, String>> entries() {
        return store.entries();
    }

    @Override
    void append(Map<String, String> entry) {
        store.entries().add(entry);
    }

    @Override
    Duration slack() {
        return Duration.ZERO;
    }
}
