package io.scoreflux.benchmarks.network;

import java.util.List;

/**
 * How many of some.
 *
 * @param hits at most {@code of}
 * @param of at least 1
 */
record Proportion(int hits, int of) {
    /** Of all together. */
    static Proportion together(List<Proportion> shares) {
        return new Proportion(
                shares.stream().mapToInt(Proportion::hits).sum(),
                shares.stream().mapToInt(Proportion::of).sum());
    }

    /** The share, 0 to 1. */
    double value() {
        return (double) hits / of;
    }

    /** Of independent trials: {@code sqrt(p (1 - p) / n)}. */
    double standardError() {
        return Math.sqrt(value() * (1 - value()) / of);
    }
}
