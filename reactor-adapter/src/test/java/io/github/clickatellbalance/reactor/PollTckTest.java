package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import java.time.Duration;
import org.reactivestreams.Publisher;
import org.testng.annotations.Test;

/** The optional rules on multicast and on stochastic publishers are skipped: each subscriber has its own poll. */
@Test
public final class PollTckTest extends PublisherTck {
    @Override
    Publisher<Balance> publisher(BalanceClient client, long elements) {
        return client.poll(Duration.ofNanos(1)).take(elements);
    }
}
