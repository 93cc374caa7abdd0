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
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs the benchmarks in rounds: each one once in each round, in a JVM of its own, in one order and then in the other, so that a
 * drift of the machine affects all alike. Ratios are taken within a round. Prints the medians of the rounds, and their spread.
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
     * Runs all benchmarks, against one server.
     *
     * @param args the number of rounds; five if there is none
     */
    public static void main(String[] args) throws IOException, RunnerException {
        int rounds = args.length == 0 ? 5 : Integer.parseInt(args[0]);
        try (LoopbackServer server = LoopbackServer.start()) {
            new Benchmarks(server.port()).run(rounds);
        }
    }

    private void run(int rounds) throws RunnerException {
        List<Run> runs = new ArrayList<>();
        for (String caller : List.of("reactorNetty", "balance", "reactorNettyOnce", "reactorNettyAgain")) {
            runs.add(new Run(caller, 2, 32));
        }
        for (String caller : List.of("reactorNetty", "balance")) {
            runs.add(new Run(caller, 12, 32));
            runs.add(new Run(caller, 2, 1_000));
            runs.add(new Run(caller, 2, 10_000));
        }
        List<String> readers = new ArrayList<>(List.of("split", "read", "readError", "readMalformed"));
        for (int round = 0; round < rounds; round++) {
            for (Run run : runs) {
                run(
                        options(CallBenchmark.class, run.caller)
                                .param("headers", String.valueOf(run.headers))
                                .param("inFlight", String.valueOf(run.inFlight)),
                        run.toString(),
                        calls,
                        callMicros,
                        callBytes);
            }
            for (String reader : readers) {
                run(options(ParserBenchmark.class, reader), reader, parsers, new Samples(), parserBytes);
            }
            Collections.reverse(runs);
            Collections.reverse(readers);
        }
        print();
    }

    private record Run(String caller, int headers, int inFlight) {
        @Override
        public String toString() {
            return name(caller, headers, inFlight);
        }
    }

    private static String name(String caller, int headers, int inFlight) {
        return "%s, %d headers, %d in flight".formatted(caller, headers, inFlight);
    }

    private ChainedOptionsBuilder options(Class<?> type, String method) {
        return new OptionsBuilder()
                .include(Pattern.quote(type.getName() + "." + method) + "$")
                .jvmArgsAppend("-D" + CallBenchmark.PORT + "=" + port)
                .addProfiler(GCProfiler.class)
                .addProfiler(CpuProfiler.class)
                .shouldFailOnError(true);
    }

    private void run(ChainedOptionsBuilder options, String name, Samples scores, Samples micros, Samples bytes)
            throws RunnerException {
        for (RunResult result : new Runner(options.build()).run()) {
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
                    "%-46s %s calls/s, %s us of CPU/call, %s bytes/call%n",
                    name, calls.of(name, 0), callMicros.of(name, 1), callBytes.of(name, 0));
        }
        for (String name : parsers.benchmarks()) {
            System.out.printf(
                    "%-18s %s ns/reply, %s bytes/reply%n", name, parsers.of(name, 1), parserBytes.of(name, 0));
        }
        System.out.println("\nRatios within a round; bare is the mean of reactorNetty and reactorNettyAgain\n");
        String bare = name("reactorNetty", 2, 32);
        String again = name("reactorNettyAgain", 2, 32);
        String once = name("reactorNettyOnce", 2, 32);
        String balance = name("balance", 2, 32);
        printRatio("reactorNettyAgain / reactorNetty", again, bare);
        printRatio("balance / bare", balance, bare, again);
        printRatio("balance / reactorNettyOnce", balance, once);
        printRatio("balance / bare, 12 headers", name("balance", 12, 32), name("reactorNetty", 12, 32));
        for (int inFlight : new int[] {1_000, 10_000}) {
            printRatio(
                    "balance / bare, " + inFlight + " in flight",
                    name("balance", 2, inFlight),
                    name("reactorNetty", 2, inFlight));
            printRatio("balance, " + inFlight + " / 32 in flight", name("balance", 2, inFlight), balance);
            printRatio("bare, " + inFlight + " / 32 in flight", name("reactorNetty", 2, inFlight), bare);
        }
        for (ParserBenchmark.Form form : ParserBenchmark.Form.values()) {
            String split = "split " + form;
            String read = "read " + form;
            System.out.printf(
                    "%s / %s: time %s, bytes %s%n",
                    split, read, parsers.ratio(split, read), parserBytes.ratio(split, read));
        }
    }

    private void printRatio(String label, String name, String... references) {
        System.out.printf(
                "%-34s calls/s %s, CPU %s, bytes %s%n",
                label + ":",
                calls.ratio(name, references),
                callMicros.ratio(name, references),
                callBytes.ratio(name, references));
    }
}
