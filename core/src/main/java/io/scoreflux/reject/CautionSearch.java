package io.scoreflux.reject;

import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Trajectory;

/**
 * Finds the least caution for which the clipping bound of a problem is at most the tolerance. The bound is computed from the variances of
 * weights, so chains without a clipped weight contribute to it. Each run multiplies the caution of the last one by {@value #FACTOR}. A run of
 * few chains is enough to reject a caution, and a run of all chains is needed to accept it.
 */
final class CautionSearch {
    private static final double LEAST = 1;
    /** Enough for a hundred times the caution of the smallest tolerance. */
    private static final double MOST = 1e4;

    private static final double FACTOR = 1.3;
    /** The share of the tolerance that the bound may take. The first run that meets it is likely to have met it by chance. */
    private static final double SHARE = 0.5;

    private static final int STANDARD_ERRORS = 2;
    /** The part of the chains of a first run with a caution, and the least number. */
    private static final int PART = 8;

    private static final int FEW = 32;

    private CautionSearch() {}

    static double find(Fors solver, Problem problem, Pilot pilot, int chains) {
        double caution = LEAST;
        int few = Math.max(FEW, chains / PART);
        while (caution < MOST
                && !(meets(solver, problem, pilot, caution, few) && meets(solver, problem, pilot, caution, chains))) {
            caution = Math.min(MOST, FACTOR * caution);
        }
        return caution;
    }

    private static boolean meets(Fors solver, Problem problem, Pilot pilot, double caution, int chains) {
        Fors trial = new Fors(solver.tolerance(), solver.bound(), solver.slopes(), new StepRule.Cautious(caution));
        ClippingBound clipping = new ClippingBound();
        for (Trajectory chain : pilot.run(trial.prepare(problem), chains)) {
            clipping.add(chain.certificate());
        }
        return clipping.mean() + STANDARD_ERRORS * clipping.standardError() <= SHARE * solver.tolerance();
    }
}
