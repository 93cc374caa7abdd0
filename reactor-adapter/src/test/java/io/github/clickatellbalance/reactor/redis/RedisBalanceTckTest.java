package io.github.clickatellbalance.reactor.redis;

import io.github.clickatellbalance.Balance;
import org.reactivestreams.Publisher;
import org.testng.annotations.Test;

/** The rules on more than one element are skipped: a {@code Mono} has at most one. */
@Test
public final class RedisBalanceTckTest extends RedisPublisherTck<Balance> {
    @Override
    Publisher<Balance> publisher(RedisBalanceClient client, long elements) {
        return client.balance();
    }

    @Override
    public long maxElementsFromPublisher() {
        return 1;
    }
}
