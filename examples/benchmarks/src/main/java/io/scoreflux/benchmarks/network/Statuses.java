package io.scoreflux.benchmarks.network;

import io.scoreflux.Sample;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Counts the samples with each status. */
final class Statuses {
    private Statuses() {}

    /** The counts as text, such as {@code 61 converged, 3 unconverged}. */
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
