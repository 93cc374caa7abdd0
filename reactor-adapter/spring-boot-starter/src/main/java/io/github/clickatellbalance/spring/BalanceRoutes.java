package io.github.clickatellbalance.spring;

import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.BalanceSignal.Fresh;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.Connection;
import reactor.netty.http.server.HttpServerRequest;

/**
 * The balance over HTTP, below {@code clickatell.stream.path}. There is no authentication in it: everybody who reaches the path
 * sees the balance.
 *
 * <ul>
 *   <li>{@code GET {path}}: the last known balance with its state, as JSON; 503 with a problem detail while there is none
 *   <li>{@code GET {path}/stream}: server-sent events, or NDJSON if the client accepts that
 *   <li>{@code GET {path}/history}: the last balances, oldest first
 * </ul>
 */
final class BalanceRoutes {
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);
    /** After which time a browser reconnects when a stream has ended. */
    private static final Duration RECONNECT = Duration.ofSeconds(2);

    private static final Duration TIME_FOR_LAST_EVENT = Duration.ofSeconds(2);

    private static final String LAST_EVENT = "shutdown";
    private static final ServerSentEvent<Object> LAST = ServerSentEvent.<Object>builder("This server is stopping")
            .event(LAST_EVENT)
            .retry(RECONNECT)
            .build();
    private static final ParameterizedTypeReference<Map<String, Object>> JSON = new ParameterizedTypeReference<>() {};

    private final BalanceMonitor monitor;

    BalanceRoutes(BalanceMonitor monitor) {
        this.monitor = monitor;
    }

    static RouterFunction<ServerResponse> of(String path, BalanceMonitor monitor) {
        BalanceRoutes routes = new BalanceRoutes(monitor);
        return route().GET(path, request -> routes.balance())
                .GET(path + "/stream", routes::stream)
                .GET(path + "/history", request -> routes.history())
                .build();
    }

    private Mono<ServerResponse> balance() {
        return monitor.latest()
                .filter(latest -> latest.signal().lastKnown().isPresent())
                .map(latest -> ok(MediaType.APPLICATION_JSON).bodyValue(latest.json()))
                .orElseGet(this::noBalance);
    }

    private Mono<ServerResponse> noBalance() {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(
                HttpStatus.SERVICE_UNAVAILABLE,
                monitor.latest()
                        .map(BalanceUpdate::signal)
                        .flatMap(BalanceSignal::reason)
                        .orElse("There is no reply of the gateway yet: try again in a moment"));
        problem.setTitle("The balance is not known");
        return ServerResponse.status(HttpStatus.SERVICE_UNAVAILABLE)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .cacheControl(CacheControl.noStore())
                .bodyValue(problem);
    }

    private Mono<ServerResponse> history() {
        return ok(MediaType.APPLICATION_JSON)
                .bodyValue(monitor.history().stream().map(BalanceJson::of).toList());
    }

    private Mono<ServerResponse> stream(ServerRequest request) {
        boolean isNdjson;
        try {
            isNdjson = prefersNdjson(request.headers().accept());
        } catch (InvalidMediaTypeException e) {
            return ServerResponse.status(HttpStatus.NOT_ACCEPTABLE).build();
        }
        closeAfterLastEvent(request);
        Scheduler writer = writer(request);
        return isNdjson
                ? streamed(MediaType.APPLICATION_NDJSON).body(lines().publishOn(writer, 1), JSON)
                : streamed(MediaType.TEXT_EVENT_STREAM)
                        .body(BodyInserters.fromServerSentEvents(events().publishOn(writer, 1)));
    }

    private static boolean prefersNdjson(List<MediaType> accepted) {
        return quality(accepted, MediaType.APPLICATION_NDJSON) > quality(accepted, MediaType.TEXT_EVENT_STREAM);
    }

    /** Without wildcards: events are the default. */
    private static double quality(List<MediaType> accepted, MediaType type) {
        return accepted.stream()
                .filter(type::equalsTypeAndSubtype)
                .mapToDouble(MediaType::getQualityValue)
                .max()
                .orElse(0);
    }

    /** A client that does not read never gets the end of its stream, and would hold up the shutdown of the server. */
    private void closeAfterLastEvent(ServerRequest request) {
        onNetty(
                request,
                connection -> connection.onDispose(
                        monitor.end().then(Mono.delay(TIME_FOR_LAST_EVENT)).subscribe(any -> connection.dispose())));
    }

    /**
     * The thread of the connection, which also cancels the stream of a client that disconnects. With another thread, Spring can
     * lose the buffer that it fills at that moment (spring-framework issue 36438).
     */
    private static Scheduler writer(ServerRequest request) {
        AtomicReference<Scheduler> writer = new AtomicReference<>(Schedulers.immediate());
        onNetty(
                request,
                connection ->
                        writer.set(Schedulers.fromExecutor(connection.channel().eventLoop())));
        return Objects.requireNonNull(writer.get());
    }

    private static void onNetty(ServerRequest request, Consumer<Connection> action) {
        Object server =
                ServerHttpRequestDecorator.getNativeRequest(request.exchange().getRequest());
        if (server instanceof HttpServerRequest netty) {
            netty.withConnection(action);
        }
    }

    private static ServerResponse.BodyBuilder streamed(MediaType type) {
        return ok(type).header("X-Accel-Buffering", "no"); // nginx would hold events back
    }

    private static ServerResponse.BodyBuilder ok(MediaType type) {
        return ServerResponse.ok().contentType(type).cacheControl(CacheControl.noStore());
    }

    /**
     * Each update as an event with the name of its state, then {@code low} or {@code recovered} for each threshold that it
     * crosses. A request with a {@code Last-Event-ID} gets what every request gets first, the current state: the history has its
     * own path.
     */
    Flux<ServerSentEvent<Object>> events() {
        Flux<ServerSentEvent<Object>> events = Flux.defer(() -> {
            Function<Balance, List<BalanceAlert>> alerts = BalanceEvents.alerts(monitor.thresholds());
            return monitor.updates().concatMapIterable(update -> events(update, alerts), 1);
        });
        // A dead connection is only noticed when it is written to, and proxies close idle ones.
        Flux<ServerSentEvent<Object>> heartbeat = Flux.interval(HEARTBEAT)
                .onBackpressureDrop()
                .map(tick -> ServerSentEvent.builder().comment("heartbeat").build());
        return Flux.merge(Flux.just(events.concatWithValues(LAST), heartbeat), 2, 1)
                .takeUntil(event -> LAST_EVENT.equals(event.event()));
    }

    private static List<ServerSentEvent<Object>> events(
            BalanceUpdate update, Function<Balance, List<BalanceAlert>> alerts) {
        List<ServerSentEvent<Object>> events = new ArrayList<>();
        events.add(event(BalanceJson.state(update.signal()), update.version(), update.json()));
        if (update.signal() instanceof Fresh fresh) {
            for (BalanceAlert alert : alerts.apply(fresh.balance())) {
                String name = alert.kind().name().toLowerCase(Locale.ROOT);
                events.add(event(name, update.version(), BalanceJson.of(alert)));
            }
        }
        return events;
    }

    private static ServerSentEvent<Object> event(String name, String version, Object data) {
        return ServerSentEvent.builder().event(name).id(version).data(data).build();
    }

    /** Lines have no comments, so the latest line is repeated as a heartbeat. Ends by completion. */
    Flux<Map<String, Object>> lines() {
        return monitor.updates()
                .materialize()
                .switchMap(line -> line.isOnNext()
                        ? Flux.interval(HEARTBEAT)
                                .onBackpressureDrop()
                                .map(tick -> line)
                                .startWith(line)
                        : Flux.just(line))
                .<BalanceUpdate>dematerialize()
                .map(BalanceUpdate::json);
    }
}
