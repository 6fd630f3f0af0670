package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Kernels;

/**
 * The step rule: it chooses the degree and length of the next step from the residuals of neighbouring degrees. Residual k is the distance
 * between the corrected states of degree k and k - 1, relative to the allowed error of the step.
 *
 * <p>The constants were measured on four mixtures. The number of calls depends little on them.
 */
final class StepControl {
    private static final double SAFETY = 0.7;
    private static final double GROWTH = 1.4;
    private static final double LEAST_SHRINK = 0.2;
    private static final double AFTER_REJECTION = 0.8;
    /** A step grows by at least this factor or not at all, because equal steps are better than slightly unequal ones. */
    private static final double DEAD_BAND = 1.02;

    private static final double PROPORTIONAL = 0.4;
    private static final double LEAST_DAMPING = 0.7;

    private final int minDegree;
    private final int maxDegree;
    private int degree = 1;
    private double lastResidual = 1;
    private boolean rejected;

    StepControl(int minDegree, int maxDegree) {
        this.minDegree = minDegree;
        this.maxDegree = maxDegree;
    }

    /** Returns the degree of the next corrector, which the number of nodes may reduce further. */
    int degree() {
        return degree;
    }

    void degree(int newDegree) {
        degree = newDegree;
        lastResidual = 1;
        rejected = false;
    }

    /**
     * Raises each residual that is below both neighbours to the smaller of them. Such a residual may be small only because a component of the
     * difference changes sign.
     *
     * @param residuals the residuals from index 1 on; overwritten
     * @param n the last index
     */
    static void fillDips(double[] residuals, int n) {
        double before = residuals[1];
        for (int k = 1; k < n; k++) {
            double own = residuals[k];
            residuals[k] = Math.max(own, Math.min(before, residuals[k + 1]));
            before = own;
        }
    }

    /**
     * Returns the degree among q - 1, q and q + 1 that allows the longest step, within the bounds of the settings and of the number of nodes.
     */
    int bestDegree(double[] residuals, int q, int nodes, boolean accepted) {
        int best = q;
        double longest = Double.NEGATIVE_INFINITY;
        int most = Math.min(Math.min(nodes, maxDegree), accepted ? q + 1 : q);
        for (int k = Math.max(Math.min(minDegree, most), q - 1); k <= most; k++) {
            double factor = logFactor(residuals[k], k);
            if (factor > longest) {
                longest = factor;
                best = k;
            }
        }
        return best;
    }

    /**
     * Sets the degree of the next step from the residuals of a step of degree q.
     *
     * @return the factor by which the length of the step changes
     */
    double next(double[] residuals, int q, int nodes, boolean accepted) {
        int best = bestDegree(residuals, q, nodes, accepted);
        double residual = residuals[q];
        double factor = SAFETY * StrictMath.exp(logFactor(residuals[best], best));
        if (accepted) {
            double damping = Kernels.power(
                    Math.min(lastResidual, 1) / Math.max(residual, Double.MIN_NORMAL), PROPORTIONAL / (q + 1));
            factor *= Math.min(1, Math.max(LEAST_DAMPING, damping));
        }
        factor = Math.min(accepted ? (rejected ? 1 : GROWTH) : AFTER_REJECTION, Math.max(LEAST_SHRINK, factor));
        if (accepted && factor > 1 && factor < DEAD_BAND) {
            factor = 1;
        }
        degree = best;
        lastResidual = residual;
        rejected = !accepted;
        return factor;
    }

    /** Returns the logarithm of the factor by which a step of degree k may change, without the safety factor. */
    private static double logFactor(double residual, int k) {
        return -StrictMath.log(Math.max(residual, Double.MIN_NORMAL)) / (k + 1);
    }
}
