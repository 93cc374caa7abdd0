package io.github.clickatellbalance.reactor.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
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
        return List.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)).stream()
                .anyMatch(path -> Files.isExecutable(Path.of(path, "redis-server")));
    }

    static RedisServer start(String... arguments) {
        Assumptions.assumeTrue(isInstalled(), "redis-server is not installed: this test is left out");
        RedisServer server = new RedisServer(freePort(), arguments);
        server.restart();
        return server;
    }

    /** One that watches this master under the name balance, and agrees with as many others. */
    static RedisServer sentinel(int master, int quorum) {
        RedisServer server = new RedisServer(freePort());
        try {
            Path configuration = Files.writeString(
                    server.directory.resolve("sentinel.conf"),
                    "sentinel monitor balance 127.0.0.1 " + master + " " + quorum + "\n"
                            + "sentinel down-after-milliseconds balance 1000\n"
                            + "sentinel failover-timeout balance 5000\n");
            server.start(List.of(
                    "redis-server",
                    configuration.toString(),
                    "--sentinel",
                    "--port",
                    String.valueOf(server.port),
                    "--bind",
                    "127.0.0.1"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return server;
    }

    static RedisServer clusterNode() {
        return start(
                "--cluster-enabled",
                "yes",
                "--cluster-port",
                String.valueOf(freePort()),
                "--cluster-node-timeout",
                "2000");
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
        start(command);
    }

    private void start(List<String> command) {
        try {
            Process started = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
            process = started;
            Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
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

    RedisClient client() {
        return RedisClient.create(RedisURI.create("127.0.0.1", port));
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
        signal(name, Objects.requireNonNull(process));
    }

    static void signal(String name, Process process) {
        run("kill", "-" + name, String.valueOf(process.pid()));
    }

    /** {@return what the program has printed} */
    static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (!process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException(command[0] + " does not end");
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** {@return the reply to a command, as redis-cli prints it} */
    String cli(String... command) {
        List<String> all = new ArrayList<>(List.of("redis-cli", "-p", String.valueOf(port)));
        all.addAll(List.of(command));
        return run(all.toArray(String[]::new));
    }

    /** Also one that was stopped. */
    @Override
    public void close() {
        kill();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
