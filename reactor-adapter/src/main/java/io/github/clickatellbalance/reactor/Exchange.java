package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.ApiReply;
import io.github.clickatellbalance.ApiRequest;
import reactor.core.publisher.Flux;

/** Sends a request and receives its reply, whatever they contain. */
interface Exchange {
    /** Exactly one reply, or the failure as it is. Sends nothing before subscribe; cancelling aborts the exchange. */
    Flux<ApiReply> send(ApiRequest request);

    /** Closes what belongs to this exchange, without blocking. */
    void close();
}
