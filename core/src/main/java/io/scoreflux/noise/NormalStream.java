package io.scoreflux.noise;

/** A stream of independent standard normal numbers. Not thread-safe: it belongs to one trajectory. */
@FunctionalInterface
public interface NormalStream {

    /** Writes the next {@code n} numbers to {@code out[at .. at + n)}. */
    void fill(double[] out, int at, int n);
}
