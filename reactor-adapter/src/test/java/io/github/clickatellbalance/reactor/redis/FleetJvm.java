package io.github.clickatellbalance.reactor.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A JVM with a {@link FleetInstance}. */
final class FleetJvm implements AutoCloseable {
    /**
     * A line that it has printed.
     *
     * @param amount of the last known balance
     * @param at by {@code System.nanoTime()}, which all processes of a Linux have in common
     */
    record Shown(String account, boolean isFresh, int amount, long at) {
        static Shown of(String line) {
            String[] words = line.split(" ", -1);
            return new Shown(words[0], "fresh".equals(words[1]), Integer.parseInt(words[2]), Long.parseLong(words[3]));
        }
    }

    private final String user;
    private final Process process;
    private final List<Shown> shown = new CopyOnWriteArrayList<>();

    private FleetJvm(String user, Process process) {
        this.user = user;
        this.process = process;
    }

    static FleetJvm start(String user, List<String> accounts) {
        List<String> arguments = new ArrayList<>(List.of(user));
        arguments.addAll(accounts);
        FleetJvm jvm = new FleetJvm(user, start(classPath(), FleetInstance.class, arguments));
        Thread reader = new Thread(jvm::read, user);
        reader.setDaemon(true);
        reader.start();
        return jvm;
    }

    /** Surefire's JVM has a class path of one jar, which names the others. */
    static List<String> classPath() {
        return List.of(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                .split(File.pathSeparator, -1));
    }

    /** Few threads and little memory: there are more of these than cores. */
    static Process start(List<String> classPath, Class<?> program, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Xmx96m",
                "-cp",
                String.join(File.pathSeparator, classPath),
                program.getName()));
        command.addAll(arguments);
        try {
            return new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(UTF_8)) {
            for (String line; (line = lines.readLine()) != null; ) {
                shown.add(Shown.of(line));
            }
        } catch (IOException e) {
            // It was killed.
        }
    }

    String user() {
        return user;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    List<Shown> shown(String account) {
        return shown.stream().filter(one -> one.account().equals(account)).toList();
    }

    /** STOP, CONT or KILL. */
    void signal(String name) {
        RedisServer.signal(name, process);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
