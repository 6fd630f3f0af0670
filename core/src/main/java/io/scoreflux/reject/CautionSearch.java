package io.scoreflux.reject;

import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Trajectory;

/**
 * Finds a small caution for which the clipping bound of a problem is at most the tolerance. Each run multiplies the caution of the last one by
 * {@value #FACTOR}. A run of few chains is enough to reject a caution that is clearly too small, and a run of all chains is needed to accept
 * one. The result is larger by another factor, because the bound may have met the tolerance by chance: it consists of rare events. For the
 * same reason the search begins at a part of the usual caution.
 */
final class CautionSearch {
    private static final double LEAST = 1;
    private static final double MOST = 1e4;
    private static final double FACTOR = 1.3;
    /** The first caution, relative to that of steps without a pilot. */
    private static final double BEGIN = 0.3;

    /** The standard errors by which a run of few chains must miss the tolerance. */
    private static final int CLEARLY = 2;

    /** The part of the chains of a first run with a caution, and the least number. */
    private static final int PART = 8;

    private static final int FEW = 32;

    private CautionSearch() {}

    static double find(Fors solver, Problem problem, Pilot pilot, int chains) {
        double usual = AdaptiveSteps.caution(solver.tolerance(), solver.slopes().isNone());
        double caution = Math.max(LEAST, BEGIN * usual);
        int few = Math.max(FEW, chains / PART);
        while (caution < MOST
                && (difference(solver, problem, pilot, caution, few, -CLEARLY) > 0
                        || difference(solver, problem, pilot, caution, chains, 1) > 0)) {
            caution *= FACTOR;
        }
        return Math.min(MOST, FACTOR * caution);
    }

    /** Returns the bound plus a multiple of its standard error, minus the tolerance. */
    private static double difference(
            Fors solver, Problem problem, Pilot pilot, double caution, int chains, int standardErrors) {
        Fors trial = new Fors(
                solver.tolerance(), solver.bound(), solver.slopes(), new StepRule.Cautious(Math.min(MOST, caution)));
        ClippingBound clipping = new ClippingBound();
        for (Trajectory chain : pilot.run(trial.prepare(problem), chains)) {
            clipping.add(chain.certificate());
        }
        return clipping.mean() + standardErrors * clipping.standardError() - solver.tolerance();
    }
}
