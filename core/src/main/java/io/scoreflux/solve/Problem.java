package io.scoreflux.solve;

import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.state.Require;

/**
 * What a solver must know of a reverse process.
 *
 * @param dimension numbers in a state
 * @param fromSigma the largest canonical noise level, where trajectories start
 * @param toSigma the smallest, where they end; below fromSigma, at least 0, which not every solver can reach: see {@link Solver#requireEnd}
 * @param radius root mean square distance of the data from its mean: the unit of tolerances
 */
public record Problem(int dimension, double fromSigma, double toSigma, double radius) {

    /** Checks all ranges. */
    public Problem {
        Require.atLeast("dimension", dimension, 1);
        SigmaGrid.requireRange(fromSigma, toSigma);
        Require.positive("radius", radius);
    }
}
