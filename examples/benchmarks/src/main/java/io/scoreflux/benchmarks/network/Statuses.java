package io.scoreflux.benchmarks.network;

import io.scoreflux.Sample;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** How many samples have each status, in words. */
final class Statuses {
    private Statuses() {}

    /** Such as {@code 3 budget, 61 converged}. */
    static String of(List<Sample> samples) {
        return samples.stream()
                .collect(Collectors.groupingBy(
                        sample -> sample.certificate().status().toString(), TreeMap::new, Collectors.counting()))
                .entrySet()
                .stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
    }
}
