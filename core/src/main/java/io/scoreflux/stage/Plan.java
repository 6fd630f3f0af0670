package io.scoreflux.stage;

import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.Problem;
import io.scoreflux.state.Require;
import java.util.Arrays;

/** How the noise range is cut into stages, each a sub-interval [upper, lower] of sigma. Immutable. */
public final class Plan {
    private final double[] cuts;

    private Plan(double[] cuts) {
        this.cuts = cuts;
    }

    /**
     * Cuts a noise range into sub-intervals equal in ln sigma.
     *
     * @param problem gives the range
     * @param landings the noise levels where the solver can stop, descending with both ends, or empty for anywhere; cuts
     *     move to the nearest, and cuts that coincide are one
     * @param stages how many, at least 1
     */
    public static Plan of(Problem problem, double[] landings, int stages) {
        Require.atLeast("stages", stages, 1);
        double[] cuts = SigmaGrid.UNIFORM_LOG.levels(problem.fromSigma(), problem.toSigma(), stages);
        if (landings.length > 0) {
            for (int i = 1; i < stages; i++) {
                cuts[i] = nearest(landings, cuts[i]);
            }
        }
        return new Plan(Arrays.stream(cuts).distinct().toArray());
    }

    private static double nearest(double[] landings, double sigma) {
        double best = landings[0];
        for (double landing : landings) {
            if (Math.abs(StrictMath.log(landing / sigma)) < Math.abs(StrictMath.log(best / sigma))) {
                best = landing;
            }
        }
        return best;
    }

    /** Number of stages, at least 1. */
    public int stages() {
        return cuts.length - 1;
    }

    /** The noise level where stage {@code stage} ends; stages count from 0 at the largest level. */
    public double end(int stage) {
        return cuts[stage + 1];
    }

    /** The noise level where trajectories start. */
    public double fromSigma() {
        return cuts[0];
    }

    /** The noise level where they end. */
    public double toSigma() {
        return cuts[cuts.length - 1];
    }

    @Override
    public String toString() {
        return "Plan" + Arrays.toString(cuts);
    }
}
