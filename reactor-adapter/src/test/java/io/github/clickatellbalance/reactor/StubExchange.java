package io.github.clickatellbalance.reactor;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.clickatellbalance.ApiReply;
import io.github.clickatellbalance.ApiRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * An exchange with prepared replies. It repeats the last one, and records each balance request. Each login succeeds and is
 * not recorded. Not thread-safe.
 */
final class StubExchange implements Exchange {
    private final Scheduler time;
    private final Deque<Mono<ApiReply>> replies = new ArrayDeque<>();
    private final List<Duration> sentAt = new ArrayList<>();
    private int inFlight;
    private int mostInFlight;
    private int cancelled;
    private int closed;

    StubExchange(Scheduler time) {
        this.time = time;
    }

    /** Adds a reply. */
    StubExchange respond(Mono<ApiReply> reply) {
        replies.add(reply);
        return this;
    }

    StubExchange respond(int times, Mono<ApiReply> reply) {
        for (int i = 0; i < times; i++) {
            replies.add(reply);
        }
        return this;
    }

    static Mono<ApiReply> credits(String amount) {
        return credits(amount, Protocol.HTTP);
    }

    static Mono<ApiReply> credits(String amount, Protocol protocol) {
        return reply(200, protocol.balance(amount), null);
    }

    static Mono<ApiReply> reply(Protocol.Reply reply) {
        return reply(reply.status(), reply.body(), null);
    }

    static Mono<ApiReply> status(int status) {
        return reply(status, "", null);
    }

    static Mono<ApiReply> status(int status, Duration retryAfter) {
        return reply(status, "", retryAfter);
    }

    static Mono<ApiReply> reply(int status, String body, @Nullable Duration retryAfter) {
        return Mono.fromSupplier(() -> new ApiReply(status, body.getBytes(US_ASCII), Instant.EPOCH, retryAfter));
    }

    @Override
    public Flux<ApiReply> send(ApiRequest request) {
        if (request.path().equals(Protocol.LOGIN_PATH)) {
            return reply(200, Protocol.loginReply(1), null).flux();
        }
        return Flux.defer(() -> {
            sentAt.add(now());
            mostInFlight = Math.max(mostInFlight, ++inFlight);
            Mono<ApiReply> reply = replies.size() > 1 ? replies.remove() : replies.element();
            return reply.doOnCancel(() -> cancelled++).doFinally(end -> inFlight--);
        });
    }

    @Override
    public void close() {
        closed++;
    }

    /** For each request, the time since the start. */
    List<Duration> sentAt() {
        return sentAt;
    }

    int sent() {
        return sentAt.size();
    }

    int inFlight() {
        return inFlight;
    }

    int mostInFlight() {
        return mostInFlight;
    }

    int cancelled() {
        return cancelled;
    }

    int closed() {
        return closed;
    }

    private Duration now() {
        return Duration.ofNanos(time.now(TimeUnit.NANOSECONDS));
    }
}
