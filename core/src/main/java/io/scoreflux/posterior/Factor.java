package io.scoreflux.posterior;

import io.scoreflux.model.ObservedDirections;

/**
 * The factor of an observation at a noise level s: {@code exp(logFactor) prod_i N(y_i; v_i . z, G_i)}. With {@code T_i^2 = s^2 + G_i} it is
 * that of an observation whose noise is the noise of the diffusion at the levels T_i.
 *
 * @param noise T_i
 * @param gaps G_i
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Factor(ObservedDirections directions, double[] noise, double[] gaps, double logFactor) {
    static final double LOG_TWO_PI = StrictMath.log(2 * Math.PI);

    /** Returns the factor of the observation at a level below its noise: x is independent of y given z and the noise between. */
    static Factor exact(ObservedDirections directions, double s) {
        double[] noise = new double[directions.count()];
        double[] gaps = new double[noise.length];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = directions.noise(i);
            gaps[i] = (noise[i] - s) * (noise[i] + s);
        }
        return new Factor(directions, noise, gaps, directions.logFactor());
    }

    /** Returns the logarithm of the factor. */
    double log(double[] z) {
        double log = logFactor;
        for (int i = 0; i < gaps.length; i++) {
            double offset = directions.value(i) - directions.coordinate(i, z, 0);
            log -= 0.5 * (offset * offset / gaps[i] + StrictMath.log(gaps[i]) + LOG_TWO_PI);
        }
        return log;
    }
}
