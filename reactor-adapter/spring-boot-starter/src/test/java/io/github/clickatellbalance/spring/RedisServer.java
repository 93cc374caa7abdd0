package io.github.clickatellbalance.spring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** A redis-server process of its own on a free port of loopback, without persistence. Tests are skipped where none is installed. */
final class RedisServer implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final int port;
    private final Path directory;
    private final List<String> arguments;
    private @Nullable Process process;

    private RedisServer(int port, String... arguments) {
        this.port = port;
        this.arguments = List.of(arguments);
        try {
            this.directory = Files.createTempDirectory("redis");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean isInstalled() {
        return List.of(System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator)).stream()
                .anyMatch(path -> Files.isExecutable(Path.of(path, "redis-server")));
    }

    static RedisServer start(String... arguments) {
        RedisServer server = stopped(arguments);
        server.restart();
        return server;
    }

    /** Not started yet. */
    static RedisServer stopped(String... arguments) {
        Assumptions.assumeTrue(isInstalled(), "redis-server is not installed: this test is left out");
        return new RedisServer(freePort(), arguments);
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts, also again after {@link #kill()}, on the same port, without data. */
    void restart() {
        List<String> command = new ArrayList<>(List.of(
                "redis-server",
                "--port",
                String.valueOf(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                directory.toString()));
        command.addAll(arguments);
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!accepts()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("redis-server does not start");
            }
            Thread.onSpinWait();
        }
    }

    private boolean accepts() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    int port() {
        return port;
    }

    /** For an application. */
    String[] properties(String... more) {
        return Stream.concat(
                        Stream.of(
                                "--spring.data.redis.host=127.0.0.1",
                                "--spring.data.redis.port=" + port,
                                "--clickatell.fleet.account=acct-blue"),
                        Stream.of(more))
                .toArray(String[]::new);
    }

    void kill() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly();
            try {
                running.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** SIGSTOP or SIGCONT. */
    void signal(String name) {
        Process running = process;
        try {
            new ProcessBuilder("kill", "-" + name, String.valueOf(running == null ? 0 : running.pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        kill();
    }
}
