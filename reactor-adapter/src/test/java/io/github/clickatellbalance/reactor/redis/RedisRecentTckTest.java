package io.github.clickatellbalance.reactor.redis;

import io.github.clickatellbalance.Balance;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.testng.annotations.Test;

/** Redis has as many balances as the rule needs. The history does not fail, so the rules on failures are skipped. */
@Test
public final class RedisRecentTckTest extends RedisPublisherTck<Balance> {
    @Override
    Publisher<Balance> publisher(RedisBalanceClient client, long elements) {
        return client.recent();
    }

    @Override
    long history(long elements) {
        return elements;
    }

    @Override
    public long maxElementsFromPublisher() {
        return 512;
    }

    @Override
    public @Nullable Publisher<Balance> createFailedPublisher() {
        return null;
    }
}
