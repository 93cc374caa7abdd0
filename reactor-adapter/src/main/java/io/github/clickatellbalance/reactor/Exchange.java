package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.protocol.ApiReply;
import io.github.clickatellbalance.protocol.ApiRequest;
import reactor.core.publisher.Flux;

/** Carries one request and its reply, whatever they say. */
interface Exchange {
    /** Exactly one reply, or whatever failure was met; nothing is sent before subscribe, cancelling aborts. */
    Flux<ApiReply> send(ApiRequest request);

    /** Closes what this exchange owns, without blocking. */
    void close();
}
