package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.FaultServer.PASSWORD;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.CompletableFuture.supplyAsync;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.TransportException;
import io.github.clickatellbalance.reactor.FaultServer.Peer;
import io.github.clickatellbalance.reactor.FaultServer.Script;
import io.netty.channel.epoll.Epoll;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Whatever the other end does: a right balance or one honest exception, the requests that are due, and no secret in any log
 * or exception, although the server echoes them wherever it can. Writes {@code target/fault-matrix.txt}; FAULTS.md has a
 * copy.
 */
@Tag("wire")
class FaultMatrixTest {
    private static final Path REPORT = Path.of("target", "fault-matrix.txt");
    private static final int ROWS_AT_ONCE = 16; // most of them wait
    private static final Duration PATIENCE = Duration.ofSeconds(50);
    private static final Duration NO_DEADLINE = Duration.ofSeconds(40);
    /** Long enough for a busy machine to get the request to its server. */
    private static final Duration DEADLINE = Duration.ofSeconds(2);

    /** No row takes longer: what has no deadline of its own ends by itself. */
    private static final Duration LONGEST = Duration.ofSeconds(20);

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration BACKOFF = Duration.ofMillis(1);

    // Where a server may betray a secret: in the reason phrase, in a header's value or name, in the body.
    private static final String ECHO =
            PASSWORD + " " + URLEncoder.encode(PASSWORD, UTF_8) + " " + PASSWORD.replace("\"", "\\\"") + " canary-user";
    private static final String HEADERS = "X-Echo: " + ECHO + "\r\ncanary-api-id: " + ECHO + "\r\n";
    private static final String HEAD = "HTTP/1.1 200 " + ECHO + "\r\n" + HEADERS;
    private static final String LENGTH = "Content-Length: 14\r\n\r\n";
    private static final String CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";
    private static final String UNTIL_CLOSE = "\r\n";
    private static final String BODY = "Credits: 12.50";
    private static final String HALF_BODY = "Credits: 1";
    private static final String OK = HEAD + LENGTH + BODY;

    private static final String RIGHT = "balance 12.50";
    private static final String MALFORMED = "MalformedReplyException, permanent";
    private static final String BROKEN = "TransportException, transient: The connection broke";
    private static final String TOO_LATE =
            "TransportException, transient: There was no complete reply within the attemptTimeout";
    private static final String NO_HTTP = "TransportException, permanent: The reply was no HTTP";
    /** Which of a break's faces is seen depends on the moment and on the transport. */
    private static final String BROKEN_SOMEHOW = "TransportException, transient";

    private static final String NO_TRUST = "TransportException, permanent: There is no trust in the server";

    private static FaultServer elsewhere;
    private static CanaryWatch canary;
    private static ExecutorService executor;
    private static List<Cell> cells;

    private enum Wire {
        PLAIN,
        TLS;

        @Override
        public String toString() {
            boolean isNative = Epoll.isAvailable() && !"false".equals(System.getProperty("reactor.netty.native"));
            return (isNative ? "epoll" : "nio") + (this == TLS ? "+tls" : "");
        }
    }

    /** Each attempt reaches the server as one request, unless it is said that none does. */
    private record Row(
            String name, String outcome, boolean isAsked, List<Wire> wires, Function<Wire, FaultServer> server) {
        Row withoutRequest() {
            return new Row(name, outcome, false, wires, server);
        }
    }

    private record Cell(Row row, Wire wire, CompletableFuture<Result> result) {
        @Override
        public String toString() {
            return row.name + " | " + wire;
        }
    }

    private record Result(String outcome, String trace, int attempts, int requests, Duration time) {}

    private static Row row(String name, String outcome, Script... scripts) {
        return new Row(
                name,
                outcome,
                true,
                List.of(Wire.values()),
                wire -> wire == Wire.PLAIN
                        ? FaultServer.start(scripts)
                        : FaultServer.startTls(TestCertificate.GOOD, scripts));
    }

    /** On the one wire where it makes sense. */
    private static Row row(String name, String outcome, Wire wire, Function<Wire, FaultServer> server) {
        return new Row(name, outcome, true, List.of(wire), server);
    }

    private static Row says(String name, String outcome, String reply) {
        return row(name, outcome, peer -> {
            while (true) {
                peer.readRequest().write(reply);
            }
        });
    }

    private static Row retryAfter(String name, String outcome, String headers) {
        String reply = "HTTP/1.1 503 " + ECHO + "\r\n" + headers + "Connection: close\r\nContent-Length: 0\r\n\r\n";
        return row(
                "503 and Retry-After: " + name,
                outcome,
                peer -> peer.readRequest().write(reply),
                FaultServer.OK);
    }

    private static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        rows.addAll(connections());
        rows.addAll(ends());
        rows.addAll(replies());
        rows.addAll(redirects());
        rows.addAll(statuses());
        rows.addAll(tls());
        return rows;
    }

    private static List<Row> connections() {
        return List.of(
                row(
                                "refused",
                                "TransportException, transient: The connection was refused",
                                Wire.PLAIN,
                                wire -> FaultServer.refusing())
                        .withoutRequest(),
                row(
                                "backlog full",
                                "TransportException, transient: No TCP connection came about within the connect timeout",
                                Wire.PLAIN,
                                wire -> FaultServer.full())
                        .withoutRequest(),
                row("accept, then FIN", BROKEN_SOMEHOW, Wire.PLAIN, wire -> FaultServer.start(Peer::close))
                        .withoutRequest(),
                row("accept, then RST", BROKEN_SOMEHOW, Wire.PLAIN, wire -> FaultServer.start(Peer::reset))
                        .withoutRequest(),
                row("accept, then silence", TOO_LATE, Wire.PLAIN, wire -> FaultServer.start(Peer::silence))
                        .withoutRequest());
    }

    /** The connection ends, or stalls, at each point of a reply. */
    private static List<Row> ends() {
        Map<String, String> starts = new LinkedHashMap<>();
        starts.put("the request", "");
        starts.put("half a status line", "HTTP/1.");
        starts.put("half the headers", HEAD + "Content-Le");
        starts.put("the headers", HEAD + LENGTH);
        starts.put("half a body with its length", HEAD + LENGTH + HALF_BODY);
        starts.put("half a body in chunks", HEAD + CHUNKED + "a\r\n" + HALF_BODY + "\r\n");
        starts.put("half a chunk", HEAD + CHUNKED + "e\r\n" + HALF_BODY);
        List<Row> rows = new ArrayList<>();
        starts.forEach((name, start) -> {
            rows.add(row(
                    name + ", then FIN",
                    BROKEN,
                    peer -> peer.readRequest().write(start).close()));
            rows.add(row(
                    name + ", then RST",
                    BROKEN,
                    peer -> peer.readRequest().write(start).reset()));
            rows.add(row(
                    name + ", then silence",
                    TOO_LATE,
                    peer -> peer.readRequest().write(start).silence()));
        });
        rows.add(row(
                "half a body until close, then RST",
                BROKEN,
                peer -> peer.readRequest().write(HEAD + UNTIL_CLOSE + HALF_BODY).reset()));
        rows.add(row(
                "half a body until close, then silence",
                TOO_LATE,
                peer -> peer.readRequest().write(HEAD + UNTIL_CLOSE + HALF_BODY).silence()));
        rows.add(row(
                "half a body until close, then FIN without TLS's close_notify",
                BROKEN,
                Wire.TLS,
                wire -> FaultServer.startTls(
                        TestCertificate.GOOD,
                        peer -> peer.readRequest()
                                .write(HEAD + UNTIL_CLOSE + HALF_BODY)
                                .cut())));
        rows.add(row(
                "a head that drips past the deadline",
                TOO_LATE,
                peer -> peer.readRequest().write(HEAD).drip("X-Drip: drip\r\n".repeat(50), Duration.ofMillis(20))));
        rows.add(row(
                "a body that drips past the deadline",
                TOO_LATE,
                peer -> peer.readRequest()
                        .write(HEAD + "Content-Length: 8000\r\n\r\n")
                        .drip(" ".repeat(8000), Duration.ofMillis(20))));
        return rows;
    }

    private static List<Row> replies() {
        String bomb = gzip(" ".repeat(20_000_000));
        return List.of(
                says("a balance", RIGHT, OK),
                row("one byte in a packet", RIGHT, peer -> peer.readRequest().drip(OK, Duration.ofMillis(1))),
                row(
                        "HTTP/1.0, a body until close",
                        RIGHT,
                        peer -> peer.readRequest()
                                .write("HTTP/1.0 200 " + ECHO + "\r\n" + HEADERS + "\r\n" + BODY)
                                .close()),
                says("surplus bytes", RIGHT, OK + ECHO),
                says("a surplus line", RIGHT, OK + ECHO + "\r\n\r\n"),
                says("a surplus reply", RIGHT, OK + HEAD + LENGTH + "Credits: 99.00"),
                says(
                        "chunk extensions and trailers that echo the password",
                        RIGHT,
                        HEAD + CHUNKED + "e;x=\"" + PASSWORD.replace("\"", "") + "\"\r\n" + BODY + "\r\n0\r\n" + HEADERS
                                + "\r\n"),
                says(
                        "a length and chunks",
                        NO_HTTP,
                        HEAD + "Content-Length: 3\r\n" + CHUNKED + "e\r\n" + BODY + "\r\n0\r\n\r\n"),
                says("100 Continue first", RIGHT, "HTTP/1.1 100 " + ECHO + "\r\n\r\n" + OK),
                says("102 Processing first", RIGHT, "HTTP/1.1 102 " + ECHO + "\r\n" + HEADERS + "\r\n" + OK),
                says(
                        "103 Early Hints first, twice",
                        RIGHT,
                        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(2) + OK),
                row(
                        "103 Early Hints for ever",
                        TOO_LATE,
                        peer -> peer.readRequest().flood("HTTP/1.1 103 Early Hints\r\n" + HEADERS + "\r\n")),
                says(
                        "101 Switching Protocols",
                        "HttpStatusException 101, permanent",
                        "HTTP/1.1 101 " + ECHO + "\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
                says("HTML with 200", MALFORMED, reply("200", "<html><title>Log in</title>" + ECHO + "</html>")),
                says("JSON with 200", MALFORMED, reply("200", "{\"balance\": \"" + ECHO + "\"}")),
                says("nothing with 200", MALFORMED, reply("200", "")),
                says(
                        "ERR 001 that echoes the password",
                        "ApiErrorException 001, permanent",
                        reply("200", "ERR: 001, Authentication failed for " + ECHO)),
                says("ERR 901", "ApiErrorException 901, transient", reply("200", "ERR: 901, " + ECHO)),
                says(
                        "100 MB of Content-Length, then silence",
                        TOO_LATE,
                        HEAD + "Content-Length: 104857600\r\n\r\n" + ECHO),
                row(
                        "100 MB of Content-Length",
                        MALFORMED,
                        peer -> peer.readRequest()
                                .write(HEAD + "Content-Length: 104857600\r\n\r\n")
                                .flood(ECHO)),
                row(
                        "endless chunks",
                        MALFORMED,
                        peer -> peer.readRequest().write(HEAD + CHUNKED).flood("400\r\n" + "x".repeat(1024) + "\r\n")),
                row(
                        "an endless body until close",
                        MALFORMED,
                        peer -> peer.readRequest().write(HEAD + UNTIL_CLOSE).flood(ECHO)),
                says("gzip that was not asked for", MALFORMED, reply("200 OK\r\nContent-Encoding: gzip", gzip(BODY))),
                says("a gzip bomb", MALFORMED, reply("200 OK\r\nContent-Encoding: gzip", bomb)),
                says("a bad chunk size", NO_HTTP, HEAD + CHUNKED + ECHO + "\r\n" + BODY + "\r\n"),
                says("a negative chunk size", NO_HTTP, HEAD + CHUNKED + "-5\r\n" + BODY + "\r\n"),
                says("a negative length", NO_HTTP, HEAD + "Content-Length: -1\r\n\r\n" + BODY),
                says("a length that is no number", NO_HTTP, HEAD + "Content-Length: " + ECHO + "\r\n\r\n" + BODY),
                says("two lengths", NO_HTTP, HEAD + "Content-Length: 14\r\nContent-Length: 13\r\n\r\n" + BODY),
                says("a giant header", NO_HTTP, HEAD + "X-Giant: " + ECHO.repeat(10_000) + "\r\n" + LENGTH + BODY),
                row(
                        "endless headers",
                        NO_HTTP,
                        peer -> peer.readRequest().write(HEAD).flood(HEADERS)),
                row(
                        "endless trailers",
                        NO_HTTP,
                        peer -> peer.readRequest()
                                .write(HEAD + CHUNKED + "0\r\n")
                                .flood(HEADERS)),
                row(
                        "an endless status line",
                        NO_HTTP,
                        peer -> peer.readRequest().write("HTTP/1.1 200 ").flood(ECHO)),
                says("a status that is no number", NO_HTTP, "HTTP/1.1 " + PASSWORD + " OK\r\n\r\n"),
                says("a version that there is not", NO_HTTP, "HTTP/" + PASSWORD + " 200 OK\r\n\r\n"),
                says("SSH", NO_HTTP, "SSH-2.0-" + PASSWORD + "\r\n\r\n"),
                says("SMTP", NO_HTTP, "220 " + ECHO + " ESMTP\r\n\r\n"),
                says("bytes", NO_HTTP, "\u0000\u0001\u00ff" + ECHO + "\r\n\r\n"));
    }

    private static List<Row> redirects() {
        List<Row> rows = new ArrayList<>();
        for (int status : new int[] {301, 302, 303, 307, 308}) {
            Map.of("the same origin", "/elsewhere?" + PASSWORD, "another origin", elsewhere.url() + "/?" + PASSWORD)
                    .forEach((name, location) -> rows.add(says(
                            status + " to " + name,
                            "HttpStatusException " + status + ", permanent",
                            reply(status + " " + ECHO + "\r\nLocation: " + location, ECHO))));
        }
        return rows;
    }

    private static List<Row> statuses() {
        List<Row> rows = new ArrayList<>();
        for (int status : new int[] {400, 401, 402, 403, 404, 405, 407, 408, 410, 413, 421, 425}) {
            rows.add(says(
                    status + "", "HttpStatusException " + status + ", permanent", reply(status + " " + ECHO, ECHO)));
        }
        for (int status : new int[] {429, 500, 501, 502, 503, 504, 520}) {
            rows.add(says(
                    status + "", "HttpStatusException " + status + ", transient", reply(status + " " + ECHO, ECHO)));
        }
        rows.add(says("204", "HttpStatusException 204, permanent", "HTTP/1.1 204 " + ECHO + "\r\n" + HEADERS + "\r\n"));
        rows.add(says("204 with a body", "HttpStatusException 204, permanent", reply("204 " + ECHO, ECHO)));
        rows.add(retryAfter("seconds", RIGHT + " after 7 s", "Retry-After: 7\r\n"));
        rows.add(retryAfter(
                "date",
                RIGHT + " after 20 s",
                "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:57 GMT\r\n"));
        rows.add(retryAfter("past date", RIGHT, "Retry-After: Sun, 06 Nov 1994 08:49:57 GMT\r\n"));
        rows.add(retryAfter("negative", RIGHT, "Retry-After: -7\r\n"));
        rows.add(retryAfter("garbage", RIGHT, "Retry-After: " + ECHO + "\r\n"));
        rows.add(retryAfter("absurdly far", RIGHT + " after 30 s", "Retry-After: 99999999999999999999\r\n"));
        rows.add(retryAfter("twice", RIGHT + " after 7 s", "Retry-After: 7\r\nRetry-After: 20\r\n"));
        return rows;
    }

    private static List<Row> tls() {
        String alert =
                new String(HexFormat.of().parseHex("15030300020228"), java.nio.charset.StandardCharsets.ISO_8859_1);
        return List.of(
                row(
                                "a certificate of an unknown issuer",
                                NO_TRUST,
                                Wire.TLS,
                                wire -> FaultServer.startTls(TestCertificate.OF_UNKNOWN_ISSUER, FaultServer.OK))
                        .withoutRequest(),
                row(
                                "a certificate of another host",
                                NO_TRUST,
                                Wire.TLS,
                                wire -> FaultServer.startTls(TestCertificate.OF_OTHER_HOST, FaultServer.OK))
                        .withoutRequest(),
                row(
                                "an expired certificate",
                                NO_TRUST,
                                Wire.TLS,
                                wire -> FaultServer.startTls(TestCertificate.EXPIRED, FaultServer.OK))
                        .withoutRequest(),
                row(
                                "handshake, then an alert",
                                NO_TRUST,
                                Wire.TLS,
                                wire -> FaultServer.startBelowTls(
                                        peer -> peer.readBytes().write(alert).silence()))
                        .withoutRequest(),
                row(
                                "plain HTTP on the port",
                                NO_TRUST,
                                Wire.TLS,
                                wire -> FaultServer.startBelowTls(peer -> peer.readBytes()
                                        .write(reply("400 " + ECHO, ECHO))
                                        .silence()))
                        .withoutRequest(),
                row(
                                "handshake, then silence",
                                "TransportException, transient: The TLS handshake did not end within its time limit",
                                Wire.TLS,
                                wire -> FaultServer.startBelowTls(Peer::silence))
                        .withoutRequest(),
                row("accept, then FIN", BROKEN_SOMEHOW, Wire.TLS, wire -> FaultServer.startBelowTls(Peer::close))
                        .withoutRequest(),
                row("accept, then RST", BROKEN_SOMEHOW, Wire.TLS, wire -> FaultServer.startBelowTls(Peer::reset))
                        .withoutRequest(),
                row(
                                "handshake, then FIN",
                                BROKEN_SOMEHOW,
                                Wire.TLS,
                                wire -> FaultServer.startBelowTls(
                                        peer -> peer.readBytes().close()))
                        .withoutRequest(),
                row(
                                "handshake, then RST",
                                BROKEN_SOMEHOW,
                                Wire.TLS,
                                wire -> FaultServer.startBelowTls(
                                        peer -> peer.readBytes().reset()))
                        .withoutRequest());
    }

    private static String reply(String status, String body) {
        return FaultServer.reply(status, body).replaceFirst("\r\n", "\r\n" + HEADERS.replace("$", "\\$"));
    }

    private static String gzip(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toString(java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    @BeforeAll
    static void start() {
        canary = CanaryWatch.listen();
        elsewhere = FaultServer.start(FaultServer.OK);
        executor = Executors.newFixedThreadPool(ROWS_AT_ONCE);
        for (Wire wire : Wire.values()) { // classes are loaded before deadlines run
            result(says("warm-up", RIGHT, OK), wire);
        }
        cells = rows().stream()
                .flatMap(row -> row.wires.stream()
                        .map(wire -> new Cell(row, wire, supplyAsync(() -> result(row, wire), executor))))
                .toList();
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
        boolean isRetried = cell.row.outcome.contains("transient")
                || cell.row.outcome.contains("after")
                || cell.row.name.contains("Retry-After");

        assertThat(result.outcome).as("%s", result.trace).isEqualTo(cell.row.outcome);
        assertThat(result.attempts).as("attempts").isEqualTo(isRetried ? 2 : 1);
        assertThat(result.requests).as("requests").isEqualTo(cell.row.isAsked ? result.attempts : 0);
        assertThat(result.time).isLessThan(LONGEST);
        assertThat(result.trace).doesNotContain(CanaryWatch.WORD);
        assertThat(canary.seen()).isEmpty();
        assertThat(elsewhere.connections()).isZero();
    }

    private static Result result(Row row, Wire wire) {
        Pauses pauses = new Pauses();
        try (FaultServer server = row.server.apply(wire);
                BalanceClient client = server.client()
                        .connectTimeout(CONNECT_TIMEOUT)
                        .attemptTimeout(row.outcome.equals(TOO_LATE) ? DEADLINE : NO_DEADLINE)
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
            if (row.outcome.equals(BROKEN_SOMEHOW)) {
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

    /** Lines of both transports, which run in processes of their own. */
    private static void report() throws IOException {
        Map<String, String> lines = new LinkedHashMap<>();
        if (Files.exists(REPORT)) {
            for (String line : Files.readAllLines(REPORT)) {
                lines.put(line.substring(0, line.indexOf(" | ", line.indexOf(" | ") + 3)), line);
            }
        }
        for (Cell cell : cells) {
            Result result = cell.result.join();
            lines.put(
                    cell.toString(),
                    "%s | %s | %d | %d".formatted(cell, result.outcome, result.attempts, result.time.toMillis()));
        }
        Files.createDirectories(REPORT.getParent());
        Files.write(REPORT, lines.values());
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
