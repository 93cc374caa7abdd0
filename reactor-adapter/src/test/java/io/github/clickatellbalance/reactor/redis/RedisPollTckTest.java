package io.github.clickatellbalance.reactor.redis;

import io.github.clickatellbalance.Balance;
import java.time.Duration;
import org.reactivestreams.Publisher;
import org.testng.annotations.Test;

/** The optional rules on multicast and on stochastic publishers are skipped: each subscriber has its own poll. */
@Test
public final class RedisPollTckTest extends RedisPublisherTck<Balance> {
    @Override
    Publisher<Balance> publisher(RedisBalanceClient client, long elements) {
        return client.poll(Duration.ofNanos(1)).take(elements);
    }
}
