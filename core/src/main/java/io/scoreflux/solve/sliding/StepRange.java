package io.scoreflux.solve.sliding;

import io.scoreflux.solve.Problem;

/** The part of the noise range that a trajectory's steps cover, in tau = ln sigma. Below it, only the step to sigma 0 remains. */
final class StepRange {
    /**
     * The share of the tolerance that the last step, to sigma 0, may add to the error. Once the root mean square distance of the data from D is
     * at most this share, the solver takes the last step in any case.
     */
    static final double LAST_SHARE = 0.1;

    /** In a coarse finish, the solver takes the last step at the latest where that distance is this share of the radius. */
    private static final double COARSE = 1e-3;

    final double startSigma;
    final double startTau;
    final double toSigma;
    final boolean toZero;
    /** ln sigma where the steps end. */
    final double endTau;
    /** ln sigma where the steps of a coarse finish end. */
    final double coarseEndTau;

    StepRange(double startSigma, Problem problem, double tolerance) {
        this.startSigma = startSigma;
        this.startTau = StrictMath.log(startSigma);
        this.toSigma = problem.toSigma();
        this.toZero = toSigma == 0;
        this.endTau = toZero ? lastTau(LAST_SHARE * tolerance, problem) : StrictMath.log(toSigma);
        this.coarseEndTau = toZero ? Math.max(endTau, lastTau(COARSE, problem)) : endTau;
    }

    /**
     * Returns ln sigma of the level where the root mean square distance of the data from D is at most a share of the radius, because the
     * standard deviation of each component is below sigma there. The result is at least 1 below the start.
     */
    private double lastTau(double share, Problem problem) {
        return Math.min(StrictMath.log(share * problem.radius() / Math.sqrt(problem.dimension())), startTau - 1);
    }

    /** Returns ln sigma of a stop level, which is -infinity for 0. */
    double tau(double sigma) {
        return sigma == toSigma && !toZero ? endTau : StrictMath.log(sigma);
    }
}
