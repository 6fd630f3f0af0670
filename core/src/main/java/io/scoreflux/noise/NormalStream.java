package io.scoreflux.noise;

/** A stream of independent random numbers, standard normal or uniform. Not thread-safe: each trajectory has its own stream. */
@FunctionalInterface
public interface NormalStream {

    /** Writes the next {@code n} standard normal numbers to {@code out[at .. at + n)}. */
    void fill(double[] out, int at, int n);

    /**
     * Returns the next number, uniform in [0, 1). It advances the same stream as {@link #fill}.
     *
     * @throws UnsupportedOperationException if the stream provides normals only
     */
    default double uniform() {
        throw new UnsupportedOperationException("this stream provides normals only; use a stream of a NoiseSource");
    }
}
