package io.github.clickatellbalance.examples.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.codec.ServerSentEvent;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A stream on which nothing happens, in virtual time. */
class HeartbeatTest {
    private VirtualTimeScheduler time;

    @BeforeEach
    void start() {
        time = VirtualTimeScheduler.getOrSet();
    }

    @AfterEach
    void stop() {
        VirtualTimeScheduler.reset();
    }

    /** It shows proxies that the stream lives, and the server when a client is gone. */
    @Test
    void a_comment_comes_every_fifteen_seconds_for_as_long_as_somebody_listens() {
        ClickatellProperties properties = new ClickatellProperties(
                "http", null, null, null, null, null, null, Duration.ofDays(1), null, null, BigDecimal.ONE);
        BalanceFeed feed = BalanceFeed.of(new OneBalance(), properties.interval());
        try (Account account = Account.of(properties)) {
            LiveBalance live = new LiveBalance(feed, properties, new SimpleMeterRegistry());
            Flux<ServerSentEvent<Object>> events = Objects.requireNonNull(
                    new BalanceController(live, account, properties).events().getBody());
            List<String> told = new ArrayList<>();
            Disposable listener = events.subscribe(
                    event -> told.add(event.event() == null ? String.valueOf(event.comment()) : event.event()));
            assertThat(told).containsExactly("fresh");

            time.advanceTimeBy(Duration.ofSeconds(14));
            assertThat(told).containsExactly("fresh");
            time.advanceTimeBy(Duration.ofSeconds(31));
            assertThat(told).containsExactly("fresh", "heartbeat", "heartbeat", "heartbeat");

            listener.dispose();
            time.advanceTimeBy(Duration.ofMinutes(1));
            assertThat(told).hasSize(4);
            feed.close();
        }
    }

    private static final class OneBalance implements BalanceClient {
        @Override
        public Mono<Balance> balance() {
            return Mono.just(new Balance(new BigDecimal("100.00"), Balance.CREDITS, Instant.EPOCH));
        }

        @Override
        public Flux<Balance> poll(Duration interval) {
            return Flux.never();
        }

        @Override
        public void close() {}
    }
}
