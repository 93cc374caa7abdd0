package io.github.clickatellbalance.examples.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/**
 * Answers every {@code POST /http/getbalance} alike, once all of it has come, in a process of its own: what the server allocates then counts for no
 * client, and its compiled code is not shaped by any of them. Lives as long as whoever started it.
 */
final class LoopbackServer implements AutoCloseable {
    private static final String REPLY = "Credits: 123.00 ";

    private final Process process;
    private final int port;

    private LoopbackServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts one, and waits until it listens. */
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

    /** The process itself: tells its port, and ends when its input does. */
    public static void main(String[] args) throws IOException {
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .route(routes -> routes.post(
                        "/http/getbalance",
                        (request, response) -> request.receive()
                                .aggregate()
                                .asString()
                                .flatMap(form ->
                                        response.sendString(Mono.just(REPLY)).then())))
                .bindNow();
        System.out.println(server.port());
        while (System.in.read() >= 0) {
            // Nobody writes: this waits for the end.
        }
        server.disposeNow();
    }
}
