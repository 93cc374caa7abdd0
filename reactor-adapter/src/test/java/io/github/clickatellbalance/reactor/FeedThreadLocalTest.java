package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Balance;
import io.micrometer.context.ContextRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

/** Where Reactor carries thread-locals along (as Spring Boot can be told to), those of a subscriber reach no poll either. */
class FeedThreadLocalTest {
    private static final String KEY = "tenant";
    private static final ThreadLocal<String> TENANT = new ThreadLocal<>();

    @BeforeEach
    void propagate() {
        ContextRegistry.getInstance().registerThreadLocalAccessor(KEY, TENANT);
        Hooks.enableAutomaticContextPropagation();
    }

    @AfterEach
    void stop() {
        Hooks.disableAutomaticContextPropagation();
        ContextRegistry.getInstance().removeThreadLocalAccessor(KEY);
        TENANT.remove();
    }

    @Test
    void polls_see_no_thread_local_of_the_first_subscriber() throws InterruptedException {
        List<String> seen = new CopyOnWriteArrayList<>();
        CountDownLatch polled = new CountDownLatch(3);
        BalanceClient client = new BalanceClient() {
            @Override
            public Mono<Balance> balance() {
                return Mono.fromCallable(() -> {
                    seen.add(String.valueOf(TENANT.get()));
                    polled.countDown();
                    throw new IllegalStateException("no balance");
                });
            }

            @Override
            public Flux<Balance> poll(Duration interval) {
                return Flux.never();
            }

            @Override
            public void close() {}
        };
        TENANT.set("first");
        try (BalanceFeed feed = BalanceFeed.of(client, Duration.ofMillis(1))) {
            feed.signals().subscribe();
            assertThat(polled.await(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(seen).containsOnly("null");
    }
}
