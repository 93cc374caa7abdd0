package io.github.clickatellbalance.examples.springboot3;

import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.reactor.BalanceFeed;
import java.time.Instant;
import java.util.Optional;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;

/** The balance as a snapshot and as a stream. */
@RestController
class BalanceController {
    private final BalanceFeed feed;

    BalanceController(BalanceFeed feed) {
        this.feed = feed;
    }

    record LastKnown(String amount, String unit, Instant retrievedAt, boolean fresh) {
        static Optional<LastKnown> of(BalanceSignal signal) {
            return signal.lastKnown()
                    .map(balance -> new LastKnown(
                            balance.amount().toPlainString(),
                            balance.unit(),
                            balance.retrievedAt(),
                            signal instanceof BalanceSignal.Fresh));
        }
    }

    @GetMapping("/api/balance")
    ResponseEntity<LastKnown> balance() {
        return feed.latest()
                .flatMap(LastKnown::of)
                .map(ResponseEntity::ok)
                .orElseGet(() ->
                        ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE).build());
    }

    @GetMapping(path = "/api/balance/stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    Flux<LastKnown> stream() {
        return feed.signals().mapNotNull(signal -> LastKnown.of(signal).orElse(null));
    }
}
