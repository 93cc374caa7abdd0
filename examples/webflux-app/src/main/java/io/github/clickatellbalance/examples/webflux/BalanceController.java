package io.github.clickatellbalance.examples.webflux;

import io.github.clickatellbalance.AlertTracker;
import io.github.clickatellbalance.BalanceAlert;
import io.github.clickatellbalance.BalanceSignal;
import io.github.clickatellbalance.Threshold;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;

/** The balance as a snapshot and as streams. */
@RestController
@RequestMapping("/api")
class BalanceController {
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);
    /** How soon a browser comes back when a stream has ended. */
    private static final Duration RECONNECT = Duration.ofSeconds(2);

    private static final String LAST_EVENT = "shutdown";
    private static final ServerSentEvent<Object> LAST = ServerSentEvent.<Object>builder("This server is stopping")
            .event(LAST_EVENT)
            .retry(RECONNECT)
            .build();

    private final LiveBalance live;
    private final Account account;
    private final ClickatellProperties properties;
    private final Threshold[] thresholds;

    BalanceController(LiveBalance live, Account account, ClickatellProperties properties) {
        this.live = live;
        this.account = account;
        this.properties = properties;
        this.thresholds = properties.thresholdsOrDefault().toArray(Threshold[]::new);
    }

    /** What a page needs to know beside the balance. */
    record Settings(boolean isStandIn, long intervalMillis, List<ThresholdLine> thresholds) {}

    record ThresholdLine(String name, String amount) {}

    @GetMapping("/settings")
    Settings settings() {
        return new Settings(
                account.isStandIn(),
                properties.interval().toMillis(),
                List.of(thresholds).stream()
                        .map(threshold -> new ThresholdLine(
                                threshold.name(), threshold.amount().toPlainString()))
                        .toList());
    }

    @GetMapping("/balance")
    ResponseEntity<BalanceUpdate> balance() {
        BalanceUpdate update = live.latest()
                .filter(latest -> latest.signal().lastKnown().isPresent())
                .orElseThrow(this::noBalance);
        return ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(update);
    }

    private ErrorResponseException noBalance() {
        String detail = live.latest()
                .map(BalanceUpdate::signal)
                .map(BalanceController::reason)
                .orElse("The gateway has not answered yet: try again in a moment");
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE, detail);
        problem.setTitle("The balance is not known");
        return new ErrorResponseException(HttpStatus.SERVICE_UNAVAILABLE, problem, null);
    }

    private static String reason(BalanceSignal signal) {
        if (signal instanceof BalanceSignal.Stale stale) {
            return String.valueOf(stale.cause().getMessage());
        }
        return signal instanceof BalanceSignal.Rejected rejected
                ? String.valueOf(rejected.cause().getMessage())
                : "There is a balance";
    }

    /**
     * Each update as an event named by its state, and after it {@code low} or {@code recovered} for each threshold that it
     * crosses. Whoever comes back with a {@code Last-Event-ID} gets what everybody gets first, the current state: a balance
     * has no history to catch up with.
     */
    @GetMapping("/balance/stream") // without produces, so that it also answers those who ask for anything
    ResponseEntity<Flux<ServerSentEvent<Object>>> events() {
        Flux<ServerSentEvent<Object>> events = Flux.defer(() -> {
            AlertTracker alerts = new AlertTracker(thresholds);
            return live.updates().concatMapIterable(update -> events(update, alerts), 1);
        });
        // Without it a dead connection is never written to, and so never noticed; and proxies cut what is silent.
        Flux<ServerSentEvent<Object>> heartbeat = Flux.interval(HEARTBEAT)
                .onBackpressureDrop()
                .map(tick -> ServerSentEvent.builder().comment("heartbeat").build());
        return stream(MediaType.TEXT_EVENT_STREAM)
                .body(Flux.merge(Flux.just(events.concatWithValues(LAST), heartbeat), 2, 1)
                        .takeUntil(event -> LAST_EVENT.equals(event.event())));
    }

    private static List<ServerSentEvent<Object>> events(BalanceUpdate update, AlertTracker alerts) {
        List<ServerSentEvent<Object>> events = new ArrayList<>();
        events.add(event(BalanceModule.state(update.signal()), update.version(), update));
        if (update.signal() instanceof BalanceSignal.Fresh fresh) {
            for (BalanceAlert alert : alerts.next(fresh.balance())) {
                String name = alert.kind().name().toLowerCase(Locale.ROOT);
                events.add(event(name, update.version(), new Alert(alert)));
            }
        }
        return events;
    }

    private static ServerSentEvent<Object> event(String name, String version, Object data) {
        return ServerSentEvent.builder().event(name).id(version).data(data).build();
    }

    /** What a {@code low} or {@code recovered} event says. */
    record Alert(String threshold, String limit, String amount, String unit, String retrievedAt) {
        Alert(BalanceAlert alert) {
            this(
                    alert.threshold().name(),
                    alert.threshold().amount().toPlainString(),
                    alert.balance().amount().toPlainString(),
                    alert.balance().unit(),
                    alert.balance().retrievedAt().toString());
        }
    }

    /**
     * The same updates as lines of JSON, for whoever asks for just that. Lines have no comments: instead the latest one is
     * said again while nothing happens. Ends by completion.
     */
    @GetMapping(path = "/balance/stream", produces = MediaType.APPLICATION_NDJSON_VALUE)
    ResponseEntity<Flux<BalanceUpdate>> lines() {
        Flux<BalanceUpdate> lines = live.updates()
                .materialize()
                .switchMap(signal -> signal.isOnNext()
                        ? Flux.interval(HEARTBEAT)
                                .onBackpressureDrop()
                                .map(tick -> signal)
                                .startWith(signal)
                        : Flux.just(signal))
                .dematerialize();
        return stream(MediaType.APPLICATION_NDJSON).body(lines);
    }

    private static ResponseEntity.BodyBuilder stream(MediaType type) {
        return ResponseEntity.ok()
                .contentType(type)
                .cacheControl(CacheControl.noStore())
                .header("X-Accel-Buffering", "no"); // nginx would hold events back
    }
}
