package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.FaultRows.BROKEN_SOMEHOW;
import static io.github.clickatellbalance.reactor.FaultRows.TOO_LATE;
import static java.util.Comparator.naturalOrder;
import static java.util.concurrent.CompletableFuture.supplyAsync;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.reactor.FaultRows.Row;
import io.github.clickatellbalance.reactor.FaultRows.Wire;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Whatever the other end does, by whatever API it is asked: a right balance or one honest exception, the requests that are due, and no secret in any log
 * or exception, although the server echoes them wherever it can. Writes {@code target/fault-matrix.txt}; FAULTS.md has a
 * copy.
 */
@Tag("wire")
class FaultMatrixTest {
    private static final Path REPORT = Path.of("target", "fault-matrix.txt");
    private static final int ROWS_AT_ONCE = 32; // most of them wait
    private static final Duration PATIENCE = Duration.ofSeconds(50);
    private static final Duration NO_DEADLINE = Duration.ofSeconds(40);
    /** Long enough for a busy machine to get the request to its server. */
    private static final Duration DEADLINE = Duration.ofSeconds(3);

    /** No row takes longer: what has no deadline of its own ends by itself. */
    private static final Duration LONGEST = Duration.ofSeconds(20);

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration BACKOFF = Duration.ofMillis(1);

    private static FaultServer elsewhere;
    private static CanaryWatch canary;
    private static ExecutorService executor;
    private static List<Cell> cells;

    private record Cell(Row row, Wire wire, Protocol api, CompletableFuture<Result> result) {
        String outcome() {
            return result.join().outcome + " | " + result.join().attempts;
        }

        String place() {
            return row.name() + " | " + wire;
        }

        @Override
        public String toString() {
            return place() + " | " + api;
        }
    }

    private record Result(String outcome, String trace, int attempts, int requests, Duration time) {}

    @BeforeAll
    static void start() {
        canary = CanaryWatch.listen();
        elsewhere = FaultServer.start(FaultServer.OK);
        executor = Executors.newFixedThreadPool(ROWS_AT_ONCE);
        for (Protocol api : Protocol.values()) {
            for (Wire wire : Wire.values()) { // classes are loaded before deadlines run
                result(new FaultRows(api, elsewhere).right(), wire, api);
            }
        }
        // What waits for its deadline comes first, apart from what keeps the processors busy.
        cells = Stream.of(true, false)
                .flatMap(isWaiting -> Stream.of(Protocol.values())
                        .flatMap(api -> new FaultRows(api, elsewhere)
                                .rows().stream()
                                        .filter(row ->
                                                isWaiting == row.outcome().equals(TOO_LATE))
                                        .flatMap(row -> row.wires().stream().map(wire -> cell(row, wire, api)))))
                .toList();
    }

    private static Cell cell(Row row, Wire wire, Protocol api) {
        return new Cell(row, wire, api, supplyAsync(() -> result(row, wire, api), executor));
    }

    @AfterAll
    static void stop() throws IOException {
        executor.shutdownNow();
        elsewhere.close();
        List<String> seen = canary.seen(); // also of what the last connections said when they were closed
        canary.close();
        report();
        assertThat(seen).isEmpty();
    }

    static Stream<Cell> cells() {
        return cells.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cells")
    void a_right_balance_or_one_honest_exception(Cell cell)
            throws ExecutionException, InterruptedException, TimeoutException {
        Result result = cell.result.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        boolean isRetried = cell.row.outcome().contains("transient")
                || cell.row.outcome().contains("after")
                || cell.row.name().contains("Retry-After");

        assertThat(result.outcome).as("%s", result.trace).isEqualTo(cell.row.outcome());
        assertThat(result.attempts).as("attempts").isEqualTo(isRetried ? 2 : 1);
        assertThat(result.requests).as("requests").isEqualTo(cell.row.isAsked() ? result.attempts : 0);
        assertThat(result.time).isLessThan(LONGEST);
        assertThat(result.trace).doesNotContain(CanaryWatch.WORD);
        assertThat(canary.seen()).isEmpty();
        assertThat(elsewhere.connections()).isZero();
    }

    private static Result result(Row row, Wire wire, Protocol api) {
        Pauses pauses = new Pauses();
        try (FaultServer server = row.server().apply(wire);
                BalanceClient client = server.client(api)
                        .connectTimeout(CONNECT_TIMEOUT)
                        .attemptTimeout(row.outcome().equals(TOO_LATE) ? DEADLINE : NO_DEADLINE)
                        .retry(RetryPolicy.backoff(1, BACKOFF, BACKOFF))
                        .scheduler(pauses)
                        .build()) {
            long start = System.nanoTime();
            String outcome;
            String trace = client.toString() + client.balance();
            int attempts;
            try {
                outcome = client.balance()
                        .map(balance -> "balance " + balance.amount())
                        .blockOptional(PATIENCE)
                        .orElseThrow();
                attempts = server.requests().size();
            } catch (ClickatellException failure) {
                outcome = describe(failure);
                trace += trace(failure);
                attempts = 1
                        + (int) Stream.of(failure.getSuppressed())
                                .filter(ClickatellException.class::isInstance)
                                .count();
            }
            Duration time = Duration.ofNanos(System.nanoTime() - start);
            if (row.outcome().equals(BROKEN_SOMEHOW)) {
                outcome = outcome.replaceFirst(":.*", "");
            }
            return new Result(
                    outcome + pauses, trace, attempts, server.requests().size(), time);
        }
    }

    private static String describe(ClickatellException failure) {
        String kind = failure.isTransient() ? ", transient" : ", permanent";
        if (failure instanceof HttpStatusException status) {
            return "HttpStatusException " + status.status() + kind;
        }
        if (failure instanceof ApiErrorException error) {
            return "ApiErrorException " + error.code().orElse("without a code") + kind;
        }
        String name = failure.getClass().getSimpleName() + kind;
        return failure instanceof TransportException
                ? name + ": "
                        + String.valueOf(failure.getMessage())
                                .replaceFirst("( before the reply| of [0-9]|: |, or | \\().*", "")
                : name;
    }

    private static String trace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }

    /** One line where all APIs have the same outcome. Both transports write it, each in a process of its own. */
    private static void report() throws IOException {
        List<String> lines = new ArrayList<>();
        if (Files.exists(REPORT)) {
            Files.readAllLines(REPORT).stream()
                    .filter(line -> !line.contains(" | " + Wire.PLAIN))
                    .forEach(lines::add);
        }
        cells.stream()
                .collect(groupingBy(
                        Cell::place, LinkedHashMap::new, groupingBy(Cell::outcome, LinkedHashMap::new, toList())))
                .forEach((place, outcomes) -> outcomes.forEach((outcome, alike) -> lines.add("%s | %s | %s | %d"
                        .formatted(place, apis(alike), outcome, longest(alike).toMillis()))));
        Files.createDirectories(REPORT.getParent());
        Files.write(REPORT, lines);
    }

    private static String apis(List<Cell> cells) {
        return cells.size() == Protocol.values().length
                ? "all"
                : cells.stream().map(cell -> cell.api.toString()).collect(joining(", "));
    }

    private static Duration longest(List<Cell> cells) {
        return cells.stream()
                .map(cell -> cell.result.join().time)
                .max(naturalOrder())
                .orElseThrow();
    }

    /** Time as it is, but for pauses between attempts: these are noted and over at once. */
    private static final class Pauses implements Scheduler {
        private final Scheduler time = Schedulers.parallel();
        private volatile Duration longest = Duration.ZERO;

        @Override
        public Disposable schedule(Runnable task) {
            return time.schedule(task);
        }

        @Override
        public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
            Duration asked = Duration.of(delay, unit.toChronoUnit());
            if (asked.equals(DEADLINE) || asked.equals(NO_DEADLINE)) {
                return time.schedule(task, delay, unit);
            }
            longest = Durations.max(longest, asked);
            return time.schedule(task);
        }

        @Override
        public Worker createWorker() {
            return time.createWorker();
        }

        @Override
        public String toString() {
            return longest.compareTo(BACKOFF) > 0 ? " after " + longest.toSeconds() + " s" : "";
        }
    }
}
