package io.scoreflux.noise;

import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.core.source64.Philox4x64;

/**
 * A source of counter-based random numbers. The numbers of sample {@code index} for a {@link Purpose} depend only on (seed, purpose,
 * index).
 *
 * <p>The generator is Philox4x64-10 (Salmon et al. 2011, doi 10.1145/2063384.2063405) with key (seed, purpose) and counter (block, 0,
 * index, 0), block = 1, 2, ... Each stream has 2^64 blocks of four words. Normal numbers are computed by the Box-Muller transform: two
 * words give two normal numbers without rejection, so the number of words depends only on the number of normal numbers. The transform uses
 * uniform numbers of 53 bits, and the one inside the logarithm is never zero, so no normal number exceeds 8.58 in absolute value. A uniform
 * number takes one word.
 *
 * @param seed any number
 */
public record NoiseSource(long seed) {

    /** Returns the stream of one sample for one purpose, from its beginning. */
    public NormalStream normals(Purpose purpose, long index) {
        return new BoxMuller(philox(purpose, index));
    }

    /** Returns the first {@code n} 64-bit words of the stream of one sample for one purpose, for keys and other seeds. */
    public long[] words(Purpose purpose, long index, int n) {
        UniformRandomProvider words = philox(purpose, index);
        long[] first = new long[n];
        for (int i = 0; i < n; i++) {
            first[i] = words.nextLong();
        }
        return first;
    }

    private UniformRandomProvider philox(Purpose purpose, long index) {
        return new Philox4x64(new long[] {seed, purpose.number(), 0, 0, index, 0});
    }

    private static final class BoxMuller implements NormalStream {
        private static final double UNIT = 0x1.0p-53;

        private final UniformRandomProvider words;

        BoxMuller(UniformRandomProvider words) {
            this.words = words;
        }

        /** An odd {@code n} discards the second number of its last pair. */
        @Override
        public void fill(double[] out, int at, int n) {
            for (int i = 0; i < n; i += 2) {
                double u = ((words.nextLong() >>> 11) + 1) * UNIT;
                double angle = 2 * Math.PI * ((words.nextLong() >>> 11) * UNIT);
                double length = Math.sqrt(-2 * StrictMath.log(u));
                out[at + i] = length * StrictMath.cos(angle);
                if (i + 1 < n) {
                    out[at + i + 1] = length * StrictMath.sin(angle);
                }
            }
        }

        @Override
        public double uniform() {
            return (words.nextLong() >>> 11) * UNIT;
        }
    }
}
