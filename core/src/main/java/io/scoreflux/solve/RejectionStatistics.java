package io.scoreflux.solve;

import io.scoreflux.internal.Require;

/**
 * The cost of rejection sampling for one sample, and the weights that it clipped.
 *
 * @param draws the number of accepted draws
 * @param proposals the number of proposals, accepted or not
 * @param weights the number of weights that decided on the proposals; each is one denoiser call
 * @param overflows the number of weights above the bound, which were clipped to it
 * @param clipping this sample's contribution to a bound on the error that clipping causes in the distribution, in total variation; finite. Only
 *     the mean over samples is a bound, and only if it is below 1. The contribution of one sample can be 0 by chance
 */
public record RejectionStatistics(long draws, long proposals, long weights, long overflows, double clipping) {

    /** Checks the ranges. */
    public RejectionStatistics {
        Require.atLeast("draws", draws, 0);
        Require.atLeast("proposals", proposals, draws);
        Require.atLeast("weights", weights, 0);
        Require.atLeast("overflows", overflows, 0);
        Require.within("clipping", clipping, 0, Double.POSITIVE_INFINITY);
    }
}
