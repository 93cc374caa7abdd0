package io.github.clickatellbalance.reactor;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.clickatellbalance.protocol.ApiReply;
import io.github.clickatellbalance.protocol.ApiRequest;
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
 * An exchange that answers as it was told, the last answer again and again, and keeps a record. Logins succeed unasked and
 * are not part of it. For one thread.
 */
final class StubExchange implements Exchange {
    private final Scheduler time;
    private final Deque<Mono<ApiReply>> answers = new ArrayDeque<>();
    private final List<Duration> sentAt = new ArrayList<>();
    private int inFlight;
    private int mostInFlight;
    private int cancelled;
    private int closed;

    StubExchange(Scheduler time) {
        this.time = time;
    }

    StubExchange answer(Mono<ApiReply> answer) {
        answers.add(answer);
        return this;
    }

    StubExchange answer(int times, Mono<ApiReply> answer) {
        for (int i = 0; i < times; i++) {
            answers.add(answer);
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
            Mono<ApiReply> answer = answers.size() > 1 ? answers.remove() : answers.element();
            return answer.doOnCancel(() -> cancelled++).doFinally(end -> inFlight--);
        });
    }

    @Override
    public void close() {
        closed++;
    }

    /** How long after the start each request was sent. */
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
