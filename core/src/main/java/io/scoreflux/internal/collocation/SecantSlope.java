package io.scoreflux.internal.collocation;

/**
 * Scalar slopes of D from two evaluations at one noise level: {@code <dD, dz> / <dz, dz>}. Slopes are bounded, because values outside the
 * bounds are noise.
 */
public final class SecantSlope {
    private static final double MIN = -1;
    private static final double LARGEST = 20;

    private SecantSlope() {}

    /** Returns the slope, clamped to its bounds. */
    public static double bounded(double slope) {
        return Math.min(LARGEST, Math.max(MIN, slope));
    }

    /**
     * Returns the slope between two rows of {@code n} numbers.
     *
     * @param z one state, from index {@code atZ} on
     * @param z0 the other state, from index {@code atZ0} on
     * @param d D at the first state, from index {@code atD} on
     * @param d0 D at the other state, from index {@code atD0} on
     * @param otherwise the slope if the states are equal
     */
    public static double between(
            double[] z,
            int atZ,
            double[] z0,
            int atZ0,
            double[] d,
            int atD,
            double[] d0,
            int atD0,
            int n,
            double otherwise) {
        double product = 0;
        double square = 0;
        for (int i = 0; i < n; i++) {
            double dz = z[atZ + i] - z0[atZ0 + i];
            product += dz * (d[atD + i] - d0[atD0 + i]);
            square += dz * dz;
        }
        return square > 0 ? bounded(product / square) : otherwise;
    }
}
