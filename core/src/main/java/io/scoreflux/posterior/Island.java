package io.scoreflux.posterior;

import io.scoreflux.error.Failure;
import io.scoreflux.error.SampleFailedException;
import io.scoreflux.internal.Values;
import org.jspecify.annotations.Nullable;

/**
 * One island: N weighted particles that represent the distribution of the data given the observation, and an estimate of the evidence p(y).
 * Immutable.
 *
 * <p>The levels of the selections are fixed before the island starts. So {@code E[Z sum_j w_j f(x_j)] = p(y) E[f(x) | y]} for any N, where Z is
 * the estimate of p(y). Pool islands with the weights Z, as {@link PosteriorSummary} does. The weighted mean of one island alone is biased by
 * O(1/N).
 */
public final class Island {
    private final long index;
    private final boolean scout;
    private final double[][] states;
    private final double[] weights;
    private final int drawn;
    private final double logEvidence;
    private final long calls;
    private final double leastEffective;
    private final int ancestors;
    private final int resamplings;
    private final double clipping;
    /** The smallest noise of the observation in any direction, relative to the smallest noise level. */
    private final double resolution;

    private final @Nullable Failure failure;

    Island(
            long index,
            boolean scout,
            double[][] states,
            double[] weights,
            int drawn,
            double logEvidence,
            long calls,
            double leastEffective,
            int ancestors,
            int resamplings,
            double clipping,
            double resolution,
            @Nullable Failure failure) {
        this.index = index;
        this.scout = scout;
        this.states = states;
        this.weights = weights;
        this.drawn = drawn;
        this.logEvidence = logEvidence;
        this.calls = calls;
        this.leastEffective = leastEffective;
        this.ancestors = ancestors;
        this.resamplings = resamplings;
        this.clipping = clipping;
        this.resolution = resolution;
        this.failure = failure;
    }

    /** Returns the index of the island; seed and index identify it. */
    public long index() {
        return index;
    }

    /** Returns whether the island is a scout, which follows another guidance than the others; see {@link Posterior}. */
    public boolean scout() {
        return scout;
    }

    /** Returns whether a particle failed; then the island has no states. Other islands are not affected. */
    public boolean failed() {
        return failure != null;
    }

    /** Returns why the island failed, or null. */
    public @Nullable Failure failure() {
        return failure;
    }

    /**
     * Returns the number of particles.
     *
     * @throws SampleFailedException if the island failed
     */
    public int particles() {
        return checked().length;
    }

    /**
     * Returns a copy of the state of a particle, in the units of the data.
     *
     * @throws SampleFailedException if the island failed
     */
    public double[] state(int particle) {
        return checked()[particle].clone();
    }

    /**
     * Returns the weight of a particle. The weights of an island have the sum 1.
     *
     * @throws SampleFailedException if the island failed
     */
    public double weight(int particle) {
        checked();
        return weights[particle];
    }

    /**
     * Returns one particle, chosen by its weight: one unweighted draw from each island. Across islands, its log-weight is
     * {@link #logEvidence()}.
     *
     * @throws SampleFailedException if the island failed
     */
    public double[] draw() {
        return state(drawn);
    }

    /**
     * Returns ln Z, the estimate of ln p(y), or NaN if the island failed. An island whose weights are all 0 has Z = 0, and fails. Z is unbiased
     * up to the error of the solver's steps, but nothing bounds its error. With many observed directions at small noise, ln Z was up to 0.15
     * too small in tests.
     */
    public double logEvidence() {
        return logEvidence;
    }

    /** Returns the number of denoiser calls for all particles. */
    public long calls() {
        return calls;
    }

    /** Returns the smallest effective number of particles before a selection, as a share of all particles. */
    public double leastEffective() {
        return leastEffective;
    }

    /** Returns the number of initial particles that have descendants. */
    public int ancestors() {
        return ancestors;
    }

    /** Returns how often particles were selected by weight (resampled). */
    public int resamplings() {
        return resamplings;
    }

    /**
     * Returns an estimate of the effect of clipping in moves by rejection sampling: the sum, over all solver runs of the island, of an estimated bound on
     * the total variation distance that clipping causes in the distribution of a particle. It is 0 without
     * {@link PosteriorBuilder#rejectionSampling}. Selections between the runs may enlarge the effect.
     *
     * @return a number of at least 0; above 1, it says nothing. For a failed island, that of the runs before its failure
     */
    public double clipping() {
        return clipping;
    }

    double resolution() {
        return resolution;
    }

    double[][] checked() {
        if (failure != null) {
            throw new SampleFailedException(index, failure);
        }
        return states;
    }

    double[] weights() {
        return weights;
    }

    @Override
    public String toString() {
        return "Island[index=" + index
                + (failure != null
                        ? ", failed: " + failure.message()
                        : ", particles=" + states.length + ", logEvidence=" + logEvidence + ", draw="
                                + Values.shown(states[drawn]))
                + ", calls=" + calls + "]";
    }
}
