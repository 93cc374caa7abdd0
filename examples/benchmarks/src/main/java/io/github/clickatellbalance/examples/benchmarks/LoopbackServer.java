package io.github.clickatellbalance.examples.benchmarks;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Replies to each {@code POST} with a balance, after the whole request, in a process of its own: its allocations do not count
 * for a client, and no client influences its compiled code. It ends with the process that started it.
 */
final class LoopbackServer implements AutoCloseable {
    private static final String PATH = "/http/getbalance";
    private static final String REPLY = "Credits: 123.00 ";
    /** With content type and length these are twelve, as many as a gateway behind a load balancer sends. */
    private static final Map<String, String> GATEWAY_HEADERS = Map.of(
            "Date", "Sun, 06 Nov 1994 08:49:37 GMT",
            "Server", "Apache",
            "Cache-Control", "no-cache, no-store",
            "Pragma", "no-cache",
            "Expires", "Thu, 19 Nov 1981 08:52:00 GMT",
            "Vary", "Accept-Encoding",
            "Strict-Transport-Security", "max-age=31536000",
            "X-Content-Type-Options", "nosniff",
            "X-Frame-Options", "SAMEORIGIN",
            "Via", "1.1 gateway");

    private static final Map<Long, LongAdder> REQUESTS_IN_MILLISECOND = new ConcurrentHashMap<>();

    private final Process process;
    private final int port;

    private LoopbackServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts a server, and waits until it listens. */
    static LoopbackServer start() throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms256m",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LoopbackServer.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        return new LoopbackServer(process, Integer.parseInt(out.readLine()));
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroy();
    }

    /** The process itself: prints its port, and ends when its input ends. */
    public static void main(String[] args) throws IOException {
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .route(routes -> routes.post("/2" + PATH, LoopbackServer::reply)
                        .post("/12" + PATH, (request, response) -> {
                            GATEWAY_HEADERS.forEach(response::header);
                            return reply(request, response);
                        })
                        .post("/silent" + PATH, (request, response) -> Mono.never())
                        .post("/accounts" + PATH, LoopbackServer::count)
                        .get(
                                "/report",
                                (request, response) -> response.sendString(Mono.fromSupplier(LoopbackServer::report))))
                .bindNow();
        System.out.println(server.port());
        while (System.in.read() >= 0) {
            // Waits for the end of the input.
        }
        server.disposeNow();
    }

    private static Mono<Void> reply(HttpServerRequest request, HttpServerResponse response) {
        response.header(HttpHeaderNames.CONTENT_LENGTH, String.valueOf(REPLY.length()));
        response.header(HttpHeaderNames.CONTENT_TYPE, "text/html; charset=utf-8");
        return request.receive()
                .aggregate()
                .asString()
                .flatMap(form -> response.sendString(Mono.just(REPLY)).then());
    }

    /** Notes when each account polls. */
    private static Mono<Void> count(HttpServerRequest request, HttpServerResponse response) {
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        REQUESTS_IN_MILLISECOND.computeIfAbsent(millis, any -> new LongAdder()).increment();
        return reply(request, response);
    }

    /** The highest number of requests in one millisecond. */
    private static String report() {
        return String.valueOf(REQUESTS_IN_MILLISECOND.values().stream()
                .mapToLong(LongAdder::sum)
                .max()
                .orElse(0));
    }
}
