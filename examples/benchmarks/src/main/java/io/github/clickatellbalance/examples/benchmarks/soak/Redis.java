package io.github.clickatellbalance.examples.benchmarks.soak;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** A redis-server process on a free loopback port, without persistence, that is stopped, killed, and emptied at random. */
final class Redis implements AutoCloseable {
    private static final int MAX_HEALTHY_MILLIS = 6_000;
    private static final int MAX_FAULT_MILLIS = 3_000;

    private enum State {
        HEALTHY,
        STOPPED,
        KILLED
    }

    private final Random random;
    private final int port;
    private final Thread killer = new Thread(this::kill);
    private volatile Process process;
    private State state = State.HEALTHY;
    private long nextEvent = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MAX_HEALTHY_MILLIS);
    private int disturbances;

    Redis(Random random) throws IOException, InterruptedException {
        this.random = random;
        this.port = Gateway.freePort(random);
        Runtime.getRuntime().addShutdownHook(killer);
        this.process = run(port);
        awaitReply();
    }

    static boolean isInstalled() {
        return List.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)).stream()
                .anyMatch(path -> Files.isExecutable(Path.of(path, "redis-server")));
    }

    private static Process run(int port) throws IOException {
        return new ProcessBuilder(List.of(
                        "redis-server",
                        "--port",
                        String.valueOf(port),
                        "--bind",
                        "127.0.0.1",
                        "--save",
                        "",
                        "--appendonly",
                        "no"))
                .directory(new File(System.getProperty("java.io.tmpdir")))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private void awaitReply() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!"+PONG".equals(command("PING"))) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("redis-server does not reply");
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    /** {@return the first line of the reply; empty without a connection} */
    private String command(String command) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write((command + "\r\n").getBytes(US_ASCII));
            String line = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)).readLine();
            return line == null ? "" : line;
        } catch (IOException e) {
            return "";
        }
    }

    int port() {
        return port;
    }

    int disturbances() {
        return disturbances;
    }

    /** Begins or ends a disturbance, if it is time. */
    void tick() {
        if (System.nanoTime() - nextEvent < 0) {
            return;
        }
        if (state != State.HEALTHY) {
            repair();
            return;
        }
        disturbances++;
        switch (random.nextInt(3)) {
            case 0 -> {
                signal("STOP");
                state = State.STOPPED;
            }
            case 1 -> {
                kill();
                state = State.KILLED;
            }
            default -> command("FLUSHALL");
        }
        nextEventWithin(state == State.HEALTHY ? MAX_HEALTHY_MILLIS : MAX_FAULT_MILLIS);
    }

    /** Ends a disturbance. */
    void repair() {
        try {
            if (state == State.STOPPED) {
                signal("CONT");
            } else if (state == State.KILLED) {
                process = run(port);
                awaitReply();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        state = State.HEALTHY;
        nextEventWithin(MAX_HEALTHY_MILLIS);
    }

    private void nextEventWithin(int millis) {
        nextEvent = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(millis));
    }

    private void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void kill() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        kill();
        Runtime.getRuntime().removeShutdownHook(killer);
    }
}
