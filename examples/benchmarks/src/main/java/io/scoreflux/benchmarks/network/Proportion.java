package io.scoreflux.benchmarks.network;

import java.util.List;

/**
 * A proportion.
 *
 * @param hits number of hits, at most {@code of}
 * @param of number of trials, at least 1
 */
record Proportion(int hits, int of) {
    /** The proportion of all trials together. */
    static Proportion together(List<Proportion> shares) {
        return new Proportion(
                shares.stream().mapToInt(Proportion::hits).sum(),
                shares.stream().mapToInt(Proportion::of).sum());
    }

    /** The proportion, from 0 to 1. */
    double value() {
        return (double) hits / of;
    }

    /** The standard error for independent trials, {@code sqrt(p (1 - p) / n)}. */
    double standardError() {
        return Math.sqrt(value() * (1 - value()) / of);
    }
}
