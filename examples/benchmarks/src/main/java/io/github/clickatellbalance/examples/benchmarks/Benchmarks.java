package io.github.clickatellbalance.examples.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs the benchmarks in rounds: each one once in every round, in a fresh JVM, forth and back in turn so that a drift of the
 * machine's hits all alike. They are compared within a round; what is printed is the median of the rounds and their spread.
 */
public final class Benchmarks {
    private final int port;
    private final Samples calls = new Samples();
    private final Samples callMicros = new Samples();
    private final Samples callBytes = new Samples();
    private final Samples parsers = new Samples();
    private final Samples parserBytes = new Samples();

    private Benchmarks(int port) {
        this.port = port;
    }

    /**
     * Runs them all, against one server.
     *
     * @param args the number of rounds; three if there is none
     */
    public static void main(String[] args) throws IOException, RunnerException {
        int rounds = args.length == 0 ? 3 : Integer.parseInt(args[0]);
        try (LoopbackServer server = LoopbackServer.start()) {
            new Benchmarks(server.port()).run(rounds);
        }
    }

    private void run(int rounds) throws RunnerException {
        List<String> callers =
                new ArrayList<>(List.of("reactorNetty", "balance", "jdk", "reactorNettyOnce", "reactorNettyAgain"));
        List<String> readers = new ArrayList<>(List.of("split", "read", "readError", "readMalformed"));
        for (int round = 0; round < rounds; round++) {
            for (String name : callers) {
                run(CallBenchmark.class, name, calls, callMicros, callBytes);
            }
            for (String name : readers) {
                run(ParserBenchmark.class, name, parsers, new Samples(), parserBytes);
            }
            Collections.reverse(callers);
            Collections.reverse(readers);
        }
        print();
    }

    private void run(Class<?> type, String name, Samples scores, Samples micros, Samples bytes) throws RunnerException {
        Options options = new OptionsBuilder()
                .include(Pattern.quote(type.getName() + "." + name) + "$")
                .jvmArgsAppend("-D" + CallBenchmark.PORT + "=" + port)
                .addProfiler(GCProfiler.class)
                .addProfiler(CpuProfiler.class)
                .shouldFailOnError(true)
                .build();
        for (RunResult result : new Runner(options).run()) {
            String form = result.getParams().getParam("form");
            String benchmark = form == null ? name : name + " " + form;
            scores.add(benchmark, result.getPrimaryResult().getScore());
            micros.add(benchmark, secondary(result, CpuProfiler.RESULT));
            bytes.add(benchmark, secondary(result, "gc.alloc.rate.norm"));
        }
    }

    private static double secondary(RunResult result, String name) {
        return Objects.requireNonNull(result.getSecondaryResults().get(name)).getScore();
    }

    private void print() {
        System.out.println("\nMedian of the rounds (lowest to highest)\n");
        for (String name : calls.benchmarks()) {
            System.out.printf(
                    "%-18s %s calls/s, %s us of CPU/call, %s bytes/call%n",
                    name, calls.of(name, 0), callMicros.of(name, 1), callBytes.of(name, 0));
        }
        for (String name : parsers.benchmarks()) {
            System.out.printf(
                    "%-18s %s ns/reply, %s bytes/reply%n", name, parsers.of(name, 1), parserBytes.of(name, 0));
        }
        System.out.println("\nRatios within a round\n");
        printCallRatio("reactorNettyAgain", "reactorNetty");
        for (String name : List.of("balance", "reactorNettyOnce", "jdk")) {
            printCallRatio(name, "reactorNetty", "reactorNettyAgain");
        }
        for (ParserBenchmark.Form form : ParserBenchmark.Form.values()) {
            String split = "split " + form;
            String read = "read " + form;
            System.out.printf(
                    "%s / %s: time %s, bytes %s%n",
                    split, read, parsers.ratio(split, read), parserBytes.ratio(split, read));
        }
    }

    private void printCallRatio(String name, String... references) {
        System.out.printf(
                "%s / %s: calls/s %s, CPU %s, bytes %s%n",
                name,
                references.length == 1 ? references[0] : "bare",
                calls.ratio(name, references),
                callMicros.ratio(name, references),
                callBytes.ratio(name, references));
    }
}
