package io.scoreflux.noise;

/** A stream of independent standard normal numbers, and of uniform ones. Not thread-safe: it belongs to one trajectory. */
@FunctionalInterface
public interface NormalStream {

    /** Writes the next {@code n} numbers to {@code out[at .. at + n)}. */
    void fill(double[] out, int at, int n);

    /**
     * The next number uniform in [0, 1), drawn from the same stream in its turn.
     *
     * @throws UnsupportedOperationException if the stream holds normals only
     */
    default double uniform() {
        throw new UnsupportedOperationException("this stream holds normals only; take one of a NoiseSource");
    }
}
