package io.scoreflux.solve;

import io.scoreflux.internal.Require;

/**
 * What rejection sampling cost one sample, and what it clipped.
 *
 * @param draws accepted draws
 * @param proposals of which they were accepted
 * @param weights that decided on the proposals, each a denoiser call
 * @param overflows weights beyond the bound, which were clipped
 * @param clipping this sample's share in the bound on what clipping may have cost the law in total variation, finite. Only its mean
 *     over samples bounds anything, and only where it is below 1: one sample's may be 0 by chance
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
