package io.scoreflux.solve.fixedstep;

import org.jspecify.annotations.Nullable;

/**
 * The coefficients of one step of a fixed-step solver from noise level s to s' &lt; s.
 *
 * <p>Predictor: {@code z' = keep z + sum_j predict_j D_{-j} + noise n}, where D_0 is the denoiser's value at s, and D_-1 the value at the
 * previous level. Corrector, if there is one: {@code z' = keep z + correct_0 D_+1 + sum_j correct_{j+1} D_{-j}}, where D_+1 is the value at the
 * predicted state. The coefficients of each formula sum to 1, because a state with D(z) = z must not move.
 *
 * @param to the noise level s'
 * @param keep the factor of the state
 * @param predict the factors of D_0, D_-1, ...
 * @param noise the standard deviation of the added noise
 * @param correct the factors of D_+1, D_0, D_-1, ..., or null if there is no corrector
 */
@SuppressWarnings("ArrayRecordComponent") // Rows of a table; never compared.
record Step(double to, double keep, double[] predict, double noise, double @Nullable [] correct) {
    private static final double ROUNDING = 1e-9;

    Step {
        requireUnitSum(keep, predict);
        if (correct != null) {
            requireUnitSum(keep, correct);
        }
    }

    private static void requireUnitSum(double keep, double[] factors) {
        double sum = keep;
        double size = Math.abs(keep);
        for (double factor : factors) {
            sum += factor;
            size += Math.abs(factor);
        }
        if (!(Math.abs(sum - 1) <= ROUNDING * size)) {
            throw new IllegalStateException("step coefficients must sum to 1, sum to " + sum);
        }
    }
}
