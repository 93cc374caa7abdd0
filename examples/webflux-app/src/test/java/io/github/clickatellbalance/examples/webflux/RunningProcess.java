package io.github.clickatellbalance.examples.webflux;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The application as a process of its own. */
final class RunningProcess implements AutoCloseable {
    private static final Pattern STARTED = Pattern.compile("Netty started on port (\\d+)");

    private final Process process;
    private final List<String> logged;
    private final BufferedReader log;
    private final int port;

    private RunningProcess(Process process, List<String> logged, BufferedReader log, int port) {
        this.process = process;
        this.logged = logged;
        this.log = log;
        this.port = port;
    }

    /** Returns when the server is started, and fails if it is not within a minute. */
    static RunningProcess start(ProcessBuilder builder) throws IOException {
        Process process = builder.redirectErrorStream(true).start();
        CompletableFuture<Void> deadline = CompletableFuture.runAsync(
                process::destroyForcibly, CompletableFuture.delayedExecutor(1, TimeUnit.MINUTES));
        List<String> logged = new ArrayList<>();
        BufferedReader log = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        for (String line; (line = log.readLine()) != null; ) {
            logged.add(line);
            Matcher started = STARTED.matcher(line);
            if (started.find()) {
                deadline.cancel(false);
                return new RunningProcess(process, logged, log, Integer.parseInt(started.group(1)));
            }
        }
        throw new AssertionError("The application ended: " + String.join("\n", logged));
    }

    /** What it logged before the server was started. */
    List<String> logged() {
        return logged;
    }

    /** What it logs from then on. Returns when it has ended. */
    List<String> readToTheEnd() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line; (line = log.readLine()) != null; ) {
            lines.add(line);
        }
        return lines;
    }

    int port() {
        return port;
    }

    Process process() {
        return process;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
