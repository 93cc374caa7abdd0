package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.Balance;
import org.reactivestreams.Publisher;
import org.testng.annotations.Test;

/** The rules on more than one element are skipped: a {@code Mono} has at most one. */
@Test
public final class BalanceTckTest extends PublisherTck {
    @Override
    Publisher<Balance> publisher(BalanceClient client, long elements) {
        return client.balance();
    }

    @Override
    public long maxElementsFromPublisher() {
        return 1;
    }
}
