package io.github.clickatellbalance.examples.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** One value of each benchmark in each round. */
final class Samples {
    private final Map<String, List<Double>> values = new LinkedHashMap<>();

    void add(String benchmark, double value) {
        values.computeIfAbsent(benchmark, key -> new ArrayList<>()).add(value);
    }

    Iterable<String> benchmarks() {
        return values.keySet();
    }

    /** The median of the rounds, the lowest and the highest. */
    String of(String benchmark, int digits) {
        return spread(
                values(benchmark).stream().mapToDouble(Double::doubleValue).toArray(), digits);
    }

    /** The same of the ratios within each round, to the mean of the references. */
    String ratio(String benchmark, String... references) {
        double[] ratios = IntStream.range(0, values(benchmark).size())
                .mapToDouble(round -> values(benchmark).get(round)
                        / Arrays.stream(references)
                                .mapToDouble(reference -> values(reference).get(round))
                                .average()
                                .orElseThrow())
                .toArray();
        return spread(ratios, 2);
    }

    private List<Double> values(String benchmark) {
        return values.getOrDefault(benchmark, List.of());
    }

    private static String spread(double[] values, int digits) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double median = (sorted[sorted.length / 2] + sorted[(sorted.length - 1) / 2]) / 2;
        String number = "%." + digits + "f";
        return String.format(
                Locale.ROOT,
                number + " (" + number + " to " + number + ")",
                median,
                sorted[0],
                sorted[sorted.length - 1]);
    }
}
