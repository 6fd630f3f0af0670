package io.scoreflux.solve.sliding;

import io.scoreflux.solve.Problem;

/** The part of the noise range that a trajectory's steps cover, in tau = ln sigma. Below it only the step to sigma 0 is left. */
final class StepRange {
    /**
     * The last step to sigma 0 may add this share of the tolerance. Where the root mean square distance of the data from D is at most
     * this share, the last step is taken in any case.
     */
    static final double LAST_SHARE = 0.1;

    /** A coarse finish takes the last step at the latest where that distance is this share of the radius. */
    private static final double COARSE = 1e-3;

    final double startSigma;
    final double startTau;
    final double toSigma;
    final boolean toZero;
    /** Where the steps end. */
    final double endTau;
    /** Where the steps of a coarse finish end. */
    final double coarseEndTau;

    StepRange(double startSigma, Problem problem, double tolerance) {
        this.startSigma = startSigma;
        this.startTau = StrictMath.log(startSigma);
        this.toSigma = problem.toSigma();
        this.toZero = toSigma == 0;
        this.endTau = toZero ? lastTau(LAST_SHARE * tolerance, problem) : StrictMath.log(toSigma);
        this.coarseEndTau = toZero ? Math.max(endTau, lastTau(COARSE, problem)) : endTau;
    }

    /** The level where the rms distance of the data from D is at most a share of the radius: the data's deviation there is below sigma. */
    private double lastTau(double share, Problem problem) {
        return Math.min(StrictMath.log(share * problem.radius() / Math.sqrt(problem.dimension())), startTau - 1);
    }

    /** ln sigma of a stop level, -infinity for 0. */
    double tau(double sigma) {
        return sigma == toSigma && !toZero ? endTau : StrictMath.log(sigma);
    }
}
