package io.github.clickatellbalance.reactor;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/**
 * Tells Micrometer of a client's calls. Needs {@code io.micrometer:micrometer-core}, which this library does not bring.
 *
 * <ul>
 * <li>{@code clickatell.balance.poll}: an observation of each call with its retries, that is, a span where there is tracing
 *     and a timer where there is a handler for one
 * <li>{@code clickatell.balance.exchange}: the same of each attempt, as a child of its call
 * <li>{@code clickatell.balance.polls} and {@code clickatell.balance.retries}: counters
 * </ul>
 *
 * The observations have the tag {@code outcome}: {@code success}, {@code api_error}, {@code http_status}, {@code malformed},
 * {@code transport} or {@code cancelled}. No other tag is set here: neither a URL nor an account.
 */
public final class MicrometerObserver implements BalanceObserver {
    /** Where Micrometer's own integrations look for the parent: {@code ObservationThreadLocalAccessor.KEY}. */
    private static final String PARENT = "micrometer.observation";

    private static final Object ATTEMPTS = MicrometerObserver.class.getName() + ".attempts";
    private static final String OUTCOME = "outcome";

    private final ObservationRegistry observations;
    private final Counter polls;
    private final Counter retries;

    /**
     * An observer for any number of clients.
     *
     * @param observations where observations go
     * @param meters where the counters are registered
     */
    public MicrometerObserver(ObservationRegistry observations, MeterRegistry meters) {
        this.observations = observations;
        this.polls = Counter.builder("clickatell.balance.polls")
                .description("Calls for a balance, each with its retries")
                .register(meters);
        this.retries = Counter.builder("clickatell.balance.retries")
                .description("Exchanges that followed a failed one of the same call")
                .register(meters);
    }

    @Override
    public Mono<Balance> call(Mono<Balance> call) {
        return observed("clickatell.balance.poll", call)
                .doOnSubscribe(subscription -> polls.increment())
                .contextWrite(context -> context.put(ATTEMPTS, new AtomicInteger()));
    }

    @Override
    public Mono<Balance> attempt(Mono<Balance> attempt) {
        Mono<Balance> observed = observed("clickatell.balance.exchange", attempt);
        return Mono.deferContextual(context -> {
            if (context.<AtomicInteger>get(ATTEMPTS).getAndIncrement() > 0) {
                retries.increment();
            }
            return observed;
        });
    }

    private Mono<Balance> observed(String name, Mono<Balance> source) {
        return Mono.deferContextual(context -> {
            Observation observation = Observation.createNotStarted(name, observations)
                    .parentObservation(context.getOrDefault(PARENT, null))
                    .start();
            // Before the signal goes on, so that no work of a subscriber's is timed; once, also if that work cancels.
            AtomicBoolean isOver = new AtomicBoolean();
            Consumer<String> end = outcome -> {
                if (isOver.compareAndSet(false, true)) {
                    observation.lowCardinalityKeyValue(OUTCOME, outcome).stop();
                }
            };
            return source.doOnNext(balance -> end.accept("success"))
                    .doOnError(observation::error)
                    .doOnError(failure -> end.accept(outcome(failure)))
                    .doOnCancel(() -> end.accept("cancelled"))
                    .contextWrite(below -> below.put(PARENT, observation));
        });
    }

    private static String outcome(Throwable failure) {
        if (failure instanceof ApiErrorException) {
            return "api_error";
        }
        if (failure instanceof HttpStatusException) {
            return "http_status";
        }
        return failure instanceof MalformedReplyException ? "malformed" : "transport";
    }
}
