package io.github.clickatellbalance.reactor.micrometer;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.MalformedReplyException;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceObserver;
import io.github.clickatellbalance.reactor.ClientClosedException;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.observability.micrometer.Micrometer;
import reactor.core.publisher.Mono;

/**
 * Observes the calls of a client, for {@link BalanceClient.Builder#observer}:
 *
 * <ul>
 *   <li>{@code clickatell.balance.poll}: an observation of each call with its retries; a span if there is tracing, and a
 *       timer if there is a handler for timers. Its parent is the observation in the Reactor context, or else of the thread
 *   <li>{@code clickatell.balance.exchange}: the same for each attempt, as a child of its call
 *   <li>{@code clickatell.balance.polls} and {@code clickatell.balance.retries}: counters
 * </ul>
 *
 * Observations have the tag {@code outcome}: {@code success}, {@code api_error}, {@code http_status}, {@code malformed},
 * {@code transport} or {@code cancelled}, beside those of Reactor's own integration. No tag contains a URL or a secret.
 */
public final class MicrometerObserver implements BalanceObserver {
    private static final String POLL = "clickatell.balance.poll";
    private static final String EXCHANGE = "clickatell.balance.exchange";
    private static final Object ATTEMPTS = MicrometerObserver.class.getName() + ".attempts";

    private final ObservationRegistry observations;
    private final KeyValues tags;
    private final Counter polls;
    private final Counter retries;

    /**
     * An observer without tags of its own.
     *
     * @param observations the registry of the observations
     * @param meters the registry of the counters
     */
    public MicrometerObserver(ObservationRegistry observations, MeterRegistry meters) {
        this(observations, meters, List.of());
    }

    /**
     * An observer for one of several accounts.
     *
     * @param observations the registry of the observations
     * @param meters the registry of the counters
     * @param tags added to each observation and counter, such as {@code Tags.of("account", "blue")}; nothing secret
     */
    public MicrometerObserver(ObservationRegistry observations, MeterRegistry meters, Iterable<Tag> tags) {
        this.observations = observations;
        this.tags = KeyValues.of(tags, Tag::getKey, Tag::getValue);
        this.polls = Counter.builder("clickatell.balance.polls")
                .description("Calls for a balance, each with its retries")
                .tags(tags)
                .register(meters);
        this.retries = Counter.builder("clickatell.balance.retries")
                .description("Attempts after a failed attempt of the same call")
                .tags(tags)
                .register(meters);
    }

    @Override
    public Mono<Balance> call(Mono<Balance> call) {
        return observed(POLL, call)
                .doOnSubscribe(subscription -> polls.increment())
                .contextWrite(context -> context.put(ATTEMPTS, new AtomicInteger()));
    }

    @Override
    public Mono<Balance> attempt(Mono<Balance> attempt) {
        Mono<Balance> observed = observed(EXCHANGE, attempt);
        return Mono.deferContextual(context -> {
            if (context.<AtomicInteger>get(ATTEMPTS).getAndIncrement() > 0) {
                retries.increment();
            }
            return observed;
        });
    }

    private Mono<Balance> observed(String name, Mono<Balance> source) {
        Convention convention = new Convention(name, tags);
        return source.name(name)
                .tap(Micrometer.observation(
                        observations,
                        registry -> Observation.createNotStarted(convention, Observation.Context::new, registry)));
    }

    /** Adds the outcome when an observation stops. */
    private record Convention(String name, KeyValues tags) implements ObservationConvention<Observation.Context> {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public KeyValues getLowCardinalityKeyValues(Observation.Context context) {
            boolean isCancelled = context.getLowCardinalityKeyValues().stream()
                    .anyMatch(tag -> tag.getValue().equals("cancelled"));
            boolean isClosed = context.getError() instanceof ClientClosedException;
            return tags.and("outcome", isCancelled || isClosed ? "cancelled" : outcome(context.getError()));
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }
    }

    private static String outcome(@Nullable Throwable failure) {
        if (failure == null) {
            return "success";
        }
        if (failure instanceof ApiErrorException) {
            return "api_error";
        }
        if (failure instanceof HttpStatusException) {
            return "http_status";
        }
        return failure instanceof MalformedReplyException ? "malformed" : "transport";
    }
}
