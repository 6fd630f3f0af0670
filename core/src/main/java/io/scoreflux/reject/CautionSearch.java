package io.scoreflux.reject;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Trajectory;
import java.util.Locale;

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

    /** A first run with a caution has the number of chains divided by this, but at least {@link #FEW}. */
    private static final int PART = 8;

    private static final int FEW = 32;

    private CautionSearch() {}

    /**
     * Returns the caution.
     *
     * @throws InvalidConfigurationException if the bound exceeds the tolerance at the largest caution
     */
    static double find(Fors solver, Problem problem, Pilot pilot, int chains) {
        double usual = AdaptiveSteps.caution(solver.tolerance(), solver.slopes().isNone());
        double caution = Math.max(LEAST, BEGIN * usual);
        while (true) {
            ClippingBound found = decisive(solver, problem, pilot, caution, chains);
            if (!exceeds(found, 1, solver.tolerance())) {
                return Math.min(MOST, FACTOR * caution);
            }
            if (caution == MOST) {
                throw new InvalidConfigurationException(
                        "tolerance",
                        "must be at least the clipping bound at the largest caution, " + (int) MOST,
                        String.format(
                                Locale.ROOT,
                                "%s with a bound of %.1e +- %.0e in %d chains",
                                Violation.text(solver.tolerance()),
                                found.mean(),
                                found.standardError(),
                                found.samples()),
                        "raise {tolerance}");
            }
            caution = Math.min(MOST, FACTOR * caution);
        }
    }

    /** Returns the bound of few chains if that exceeds the tolerance clearly, and otherwise the bound of all chains. */
    private static ClippingBound decisive(Fors solver, Problem problem, Pilot pilot, double caution, int chains) {
        int few = Math.max(FEW, chains / PART);
        // Runs are deterministic: a run of all chains would repeat one of as many.
        if (few < chains) {
            ClippingBound first = bound(solver, problem, pilot, caution, few);
            if (exceeds(first, -CLEARLY, solver.tolerance())) {
                return first;
            }
        }
        return bound(solver, problem, pilot, caution, chains);
    }

    /** Returns whether a bound plus a multiple of its standard error exceeds the tolerance. */
    private static boolean exceeds(ClippingBound found, int standardErrors, double tolerance) {
        return found.mean() + standardErrors * found.standardError() > tolerance;
    }

    private static ClippingBound bound(Fors solver, Problem problem, Pilot pilot, double caution, int chains) {
        Fors trial = new Fors(solver.tolerance(), solver.bound(), solver.slopes(), new StepRule.Cautious(caution));
        ClippingBound clipping = new ClippingBound();
        for (Trajectory chain : pilot.run(trial.prepare(problem), chains)) {
            clipping.add(chain.certificate());
        }
        return clipping;
    }
}
