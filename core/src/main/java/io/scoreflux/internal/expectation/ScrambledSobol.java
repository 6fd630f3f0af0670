package io.scoreflux.internal.expectation;

import io.scoreflux.internal.Require;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;
import org.hipparchus.random.SobolSequenceGenerator;

/**
 * Normal numbers from a Sobol sequence with the direction numbers of Joe and Kuo (2008), under nested uniform scrambling (Owen 1995). Replicate
 * r has its own scrambling, keyed by (seed, r), so that each point is uniform and replicates are independent. Thread-safe.
 *
 * <p>The flip of each of the first 32 binary digits of a coordinate is a hash of the digits before it; the other digits are a hash of these 32,
 * which differ between the points.
 */
public final class ScrambledSobol {
    /** The largest dimension that the direction numbers cover. */
    public static final int MOST_DIMENSION = 21_201;

    /** The most points of a replicate. */
    public static final int MOST_POINTS = 1 << 30;

    private static final int DIGITS = 32;
    private static final double STEPS = 0x1.0p52;
    private static final double UNIT = 0x1.0p-53;

    private final SobolSequenceGenerator points;
    private final long[][] keys;

    /**
     * Creates the points.
     *
     * @param dimension 1 to {@value #MOST_DIMENSION}
     */
    public ScrambledSobol(int dimension, int replicates, long seed) {
        Require.within("dimension", dimension, 1, MOST_DIMENSION);
        this.points = new SobolSequenceGenerator(dimension);
        this.keys = new long[replicates][];
        for (int r = 0; r < replicates; r++) {
            keys[r] = new NoiseSource(seed).words(Purpose.SCRAMBLE, r, dimension);
        }
    }

    /** Requires the library of the sequence. */
    public static void requireLibrary() {
        Require.library(
                "ExpectationBuilder.quasiRandom",
                "Hipparchus",
                "org.hipparchus.random.SobolSequenceGenerator",
                "org.hipparchus:hipparchus-core:4.0.3",
                "hipparchus.core");
    }

    /** Returns the normal numbers of a point of a replicate in a new array. */
    public double[] normals(int replicate, int point) {
        double[] coordinates;
        synchronized (points) {
            coordinates = points.skipTo(point);
        }
        for (int i = 0; i < coordinates.length; i++) {
            coordinates[i] = InverseNormal.of(scrambled((long) (coordinates[i] * STEPS), keys[replicate][i]));
        }
        return coordinates;
    }

    /** Scrambles a number of 52 binary digits, and returns the result in (0, 1). */
    private static double scrambled(long digits, long key) {
        long head = digits >>> (52 - DIGITS);
        long result = 0;
        for (int i = 0; i < DIGITS; i++) {
            // The leading 1 tells prefixes of different length apart.
            long prefix = (1L << i) | (head >>> (DIGITS - i));
            long digit = (head >>> (DIGITS - 1 - i)) & 1;
            result = (result << 1) | (digit ^ (mixed(key ^ mixed(prefix)) & 1));
        }
        long rest = mixed(key ^ mixed((1L << DIGITS) | head)) >>> (64 - 21);
        return ((result << 21 | rest) + 0.5) * UNIT;
    }

    /** The finalizer of SplitMix64 (Steele, Lea and Flood 2014), after an increment. */
    private static long mixed(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
