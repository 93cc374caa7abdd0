package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.testng.annotations.Test;

/** The rules of Reactive Streams for {@link BalanceFeed#balances()}. It does not fail, so the rules on failures are skipped. */
@Test
public final class FeedTckTest extends PublisherTck {
    @Override
    Publisher<Balance> publisher(BalanceClient client, long elements) {
        return BalanceFeed.of(client, Duration.ofMillis(1)).balances().take(elements);
    }

    @Override
    public @Nullable Publisher<Balance> createFailedPublisher() {
        return null;
    }
}
