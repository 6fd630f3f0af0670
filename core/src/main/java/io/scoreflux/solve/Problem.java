package io.scoreflux.solve;

import io.scoreflux.internal.Require;
import io.scoreflux.noise.SigmaGrid;

/**
 * The properties of a reverse process on which a solver depends.
 *
 * @param dimension the number of components of a state, at least 1
 * @param fromSigma the largest canonical noise level, where trajectories start
 * @param toSigma the smallest canonical noise level, where trajectories end; below fromSigma and at least 0. Not every solver can end at 0, see
 *     {@link Solver#requireEnd}
 * @param radius the root mean square distance of the data from their mean, which is the unit of tolerances; finite and greater than 0
 * @param rounding the rounding error of the denoiser's values, relative to their size; from 2^-53, for double precision, to 0.01
 * @param dual whether this is the dual form of the flow from data to noise, see {@link Inversion}. Where the data are narrower than the noise,
 *     the Jacobian of its denoiser is close to 1, so that errors keep their size until the end
 */
public record Problem(int dimension, double fromSigma, double toSigma, double radius, double rounding, boolean dual) {
    private static final double LEAST_ROUNDING = 0x1p-53;
    private static final double MOST_ROUNDING = 0.01;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if an argument is out of range
     */
    public Problem {
        Require.atLeast("dimension", dimension, 1);
        SigmaGrid.requireRange(fromSigma, toSigma);
        Require.positive("radius", radius);
        Require.within("rounding", rounding, LEAST_ROUNDING, Math.nextUp(MOST_ROUNDING));
    }

    /** Creates a problem of the flow from noise to data. */
    public Problem(int dimension, double fromSigma, double toSigma, double radius, double rounding) {
        this(dimension, fromSigma, toSigma, radius, rounding, false);
    }

    /** Creates a problem of the flow from noise to data, for a denoiser that returns values in double precision. */
    public Problem(int dimension, double fromSigma, double toSigma, double radius) {
        this(dimension, fromSigma, toSigma, radius, LEAST_ROUNDING);
    }

    /** Returns this problem, marked as the dual form of the flow from data to noise. */
    public Problem asDual() {
        return new Problem(dimension, fromSigma, toSigma, radius, rounding, true);
    }

    /** Returns the same problem for another noise range. */
    public Problem between(double newFromSigma, double newToSigma) {
        return new Problem(dimension, newFromSigma, newToSigma, radius, rounding, dual);
    }
}
