package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.Threshold;
import java.util.List;
import reactor.core.publisher.Flux;

/** What the instances of an application share, for beans that are also there without Redis on the class path. */
interface SharedBalance {
    /** The last balances, oldest first; empty while they are not known. */
    Flux<Balance> recent();

    /** The alerts, each in one instance only. A subscriber may block. */
    Flux<BalanceAlert> alerts(Flux<Balance> balances, List<Threshold> thresholds);

    /** Whether balances are shared at the moment. */
    boolean isShared();
}
