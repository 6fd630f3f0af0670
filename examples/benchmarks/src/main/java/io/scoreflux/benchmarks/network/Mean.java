package io.scoreflux.benchmarks.network;

import java.util.stream.DoubleStream;

/**
 * The mean of independent values.
 *
 * @param value {@code m = sum x_k / n}
 * @param standardError {@code sqrt(sum (x_k - m)^2 / (n - 1) / n)}; NaN for one value
 */
record Mean(double value, double standardError) {
    /** The mean of at least one value. */
    static Mean of(double[] values) {
        double mean = DoubleStream.of(values).average().orElseThrow();
        double squares = DoubleStream.of(values)
                .map(value -> (value - mean) * (value - mean))
                .sum();
        return new Mean(mean, Math.sqrt(squares / (values.length - 1) / values.length));
    }
}
