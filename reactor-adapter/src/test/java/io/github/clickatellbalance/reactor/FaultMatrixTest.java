package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.FaultRows.TIMED_OUT;
import static java.util.concurrent.CompletableFuture.supplyAsync;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
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
 * Each fault of a server or network has the expected balance or exception and the expected number of requests. The servers repeat
 * secrets in their replies, but no log or exception contains a secret. Writes {@code target/fault-matrix.txt}.
 */
@Tag("transport")
class FaultMatrixTest {
    private static final Path REPORT = Path.of("target", "fault-matrix.txt");
    private static final int CONCURRENT_ROWS = 32; // most of them only wait
    private static final Duration TIMEOUT = Duration.ofSeconds(50);
    private static final Duration NO_DEADLINE = Duration.ofSeconds(40);
    /** Long enough for the request to reach the server, also on a busy machine. */
    private static final Duration DEADLINE = Duration.ofSeconds(3);

    /** No row takes longer. A row that does not run into {@link #DEADLINE} ends without a deadline. */
    private static final Duration MAX_TIME = Duration.ofSeconds(20);

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

        String rowAndWire() {
            return row.name() + " | " + wire;
        }

        @Override
        public String toString() {
            return rowAndWire() + " | " + api;
        }
    }

    private record Result(String outcome, String trace, int attempts, int requests, Duration time) {}

    @BeforeAll
    static void start() {
        canary = CanaryWatch.listen();
        elsewhere = FaultServer.start(FaultServer.OK);
        executor = Executors.newFixedThreadPool(CONCURRENT_ROWS);
        for (Protocol api : Apis.tested()) {
            for (Wire wire : Wire.values()) { // loads the classes before deadlines are measured
                result(new FaultRows(api, elsewhere).success(), wire, api);
            }
        }
        // Rows that wait for their deadline run first. Rows that need the processors would delay them.
        cells = Stream.of(true, false)
                .flatMap(isTimedOut -> Apis.tested().stream()
                        .flatMap(api -> new FaultRows(api, elsewhere)
                                .rows().stream()
                                        .filter(row ->
                                                isTimedOut == row.outcome().equals(TIMED_OUT))
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
        List<String> seen = canary.seen(); // includes logs of the last connections when they are closed
        canary.close();
        report();
        assertThat(seen).isEmpty();
    }

    static Stream<Cell> cells() {
        return cells.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cells")
    void each_fault_has_the_expected_outcome(Cell cell)
            throws ExecutionException, InterruptedException, TimeoutException {
        Result result = cell.result.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        boolean isRetried = !cell.row.name().contains("beyond the ceiling")
                && (cell.row.outcome().contains("transient")
                        || cell.row.outcome().contains("after")
                        || cell.row.name().contains("Retry-After"));

        assertThat(result.outcome).as("%s", result.trace).isEqualTo(withoutMessage(cell.row.outcome()));
        assertThat(result.attempts).as("attempts").isEqualTo(isRetried ? 2 : 1);
        assertThat(result.requests).as("requests").isEqualTo(cell.row.hasRequest() ? result.attempts : 0);
        assertThat(result.time).isLessThan(MAX_TIME);
        assertThat(result.trace).doesNotContain(CanaryWatch.WORD, CanaryWatch.HEX);
        assertThat(canary.seen()).isEmpty();
        assertThat(elsewhere.connections()).isZero();
    }

    private static Result result(Row row, Wire wire, Protocol api) {
        Pauses pauses = new Pauses();
        try (FaultServer server = row.server().apply(wire);
                BalanceClient client = server.client(api)
                        .connectTimeout(CONNECT_TIMEOUT)
                        .attemptTimeout(row.outcome().equals(TIMED_OUT) ? DEADLINE : NO_DEADLINE)
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
                        .blockOptional(TIMEOUT)
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
        return failure.getClass().getSimpleName() + kind;
    }

    /** The text of a message is not part of the outcome. */
    private static String withoutMessage(String outcome) {
        return outcome.replaceFirst("(, transient|, permanent): .*", "$1");
    }

    private static String trace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }

    /** Writes one line if all APIs have the same outcome. Each transport runs in its own process and replaces its own lines. */
    private static void report() throws IOException {
        List<String> lines = new ArrayList<>();
        if (Files.exists(REPORT)) {
            Files.readAllLines(REPORT).stream()
                    .filter(line -> !line.contains(" | " + Wire.PLAIN))
                    .forEach(lines::add);
        }
        cells.stream()
                .collect(groupingBy(
                        Cell::rowAndWire, LinkedHashMap::new, groupingBy(Cell::outcome, LinkedHashMap::new, toList())))
                .forEach((rowAndWire, outcomes) -> outcomes.forEach(
                        (outcome, same) -> lines.add("%s | %s | %s".formatted(rowAndWire, apis(same), outcome))));
        Files.createDirectories(REPORT.getParent());
        Files.write(REPORT, lines);
    }

    private static String apis(List<Cell> cells) {
        return cells.size() == Apis.tested().size()
                ? "all"
                : cells.stream().map(cell -> cell.api.toString()).collect(joining(", "));
    }

    /** Real time, except for the pauses between attempts: these are recorded and skipped. */
    private static final class Pauses implements Scheduler {
        private final Scheduler time = Schedulers.parallel();
        private volatile Duration longest = Duration.ZERO;

        @Override
        public Disposable schedule(Runnable task) {
            return time.schedule(task);
        }

        @Override
        public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
            Duration requested = Duration.of(delay, unit.toChronoUnit());
            if (requested.equals(DEADLINE) || requested.equals(NO_DEADLINE)) {
                return time.schedule(task, delay, unit);
            }
            longest = Backoff.max(longest, requested);
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
