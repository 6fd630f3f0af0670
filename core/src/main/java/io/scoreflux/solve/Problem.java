package io.scoreflux.solve;

import io.scoreflux.internal.Require;
import io.scoreflux.noise.SigmaGrid;

/**
 * What a solver must know of a reverse process.
 *
 * @param dimension numbers in a state
 * @param fromSigma the largest canonical noise level, where trajectories start
 * @param toSigma the smallest, where they end; below fromSigma, at least 0, which not every solver can reach: see {@link Solver#requireEnd}
 * @param radius root mean square distance of the data from its mean: the unit of tolerances
 * @param rounding of the denoiser's answers, relative to their size; from 2^-53, where they are double, to 0.01
 */
public record Problem(int dimension, double fromSigma, double toSigma, double radius, double rounding) {
    private static final double LEAST_ROUNDING = 0x1p-53;
    private static final double MOST_ROUNDING = 0.01;

    /** Checks all ranges. */
    public Problem {
        Require.atLeast("dimension", dimension, 1);
        SigmaGrid.requireRange(fromSigma, toSigma);
        Require.positive("radius", radius);
        Require.within("rounding", rounding, LEAST_ROUNDING, Math.nextUp(MOST_ROUNDING));
    }

    /** Of a denoiser that answers in double precision. */
    public Problem(int dimension, double fromSigma, double toSigma, double radius) {
        this(dimension, fromSigma, toSigma, radius, LEAST_ROUNDING);
    }

    /** The same over another range. */
    public Problem between(double newFromSigma, double newToSigma) {
        return new Problem(dimension, newFromSigma, newToSigma, radius, rounding);
    }
}
