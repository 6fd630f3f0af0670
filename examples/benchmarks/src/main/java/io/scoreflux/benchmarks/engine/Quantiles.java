package io.scoreflux.benchmarks.engine;

import static io.scoreflux.benchmarks.Figures.format;

import java.util.Arrays;

/** Order statistics of timings, by linear interpolation between the sorted values. */
final class Quantiles {
    private Quantiles() {}

    static double median(double[] values) {
        return of(values, 0.5);
    }

    /** The lower and upper quartile, each formatted with the pattern. */
    static String quartiles(String pattern, double[] values) {
        return format(pattern, of(values, 0.25)) + "-" + format(pattern, of(values, 0.75));
    }

    private static double of(double[] values, double share) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double at = share * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
