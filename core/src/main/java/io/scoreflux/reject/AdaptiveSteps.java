package io.scoreflux.reject;

import io.scoreflux.internal.reject.RejectionException;

/**
 * Steps that a chain chooses from its own past. Let tau be the standard deviation of the weights at a point where the denoiser was
 * evaluated. {@code tau / eps} changes slowly along a chain, so its smoothed value kappa predicts that of the next step. The step is the
 * longest with {@code eps kappa <= bound / caution}, within these limits:
 *
 * <ul>
 *   <li>eps grows by at most a factor of {@value #GROWTH} for each step, up to {@value #LONGEST}. Weights are small above the levels where
 *       modes split, and without this limit a chain could skip these levels;
 *   <li>the first step is as short as if the slope of D were 1 along one direction, for which tau is (pi / 2) eps;
 *   <li>far above the radius R of the data, steps may be longer than that: the mean slope of D at level s is at most R^2 / (R^2 + s^2), which
 *       makes tau at most (pi / 2) eps R^2 / (R^2 + v);
 *   <li>eps is at least {@value #SHORTEST}. After one extreme value of the denoiser, kappa decreases again within some hundred steps; a chain
 *       that needs the shortest step more than {@value #MOST_SHORTEST} times in a row fails.
 * </ul>
 *
 * <p>Weights are normal given the point, so a weight exceeds the bound only where tau is a few times its prediction. {@link #caution} is
 * the factor that this requires.
 */
final class AdaptiveSteps implements ChainSteps {
    private static final double GROWTH = 1.15;
    private static final double LONGEST = 0.25;
    /** The shortest step, which is enough for a million dimensions with A = 0 at the smallest tolerance. */
    private static final double SHORTEST = 1e-5;

    private static final int MOST_SHORTEST = 1000;
    /** The largest eps. Some noise must remain, so that the next step can evaluate D. */
    private static final double ALL = 0.95;
    /** The weight of a larger value in the smoothed kappa, and below that of a smaller one: kappa increases fast and decreases slowly. */
    private static final double UP = 0.8;

    private static final double DOWN = 0.2;
    private static final double CAUTION_WITHOUT_SLOPE = 1.6;
    private static final double CAUTION_AT_LEAST = 0.4;
    private static final double CAUTION = 0.45;

    private final double largestDeviation;
    private final double squaredRadius;
    private double kappaSquared = Double.NaN;
    private double previous = LONGEST;
    private int shortest;

    /** Creates the control of one chain, for weights whose standard deviation is predicted to be at most {@code bound / caution}. */
    AdaptiveSteps(double caution, double bound, double radius) {
        this.largestDeviation = bound / caution;
        this.squaredRadius = radius * radius;
    }

    /**
     * Returns the ratio of the bound to the standard deviation of a weight for a tolerance. With L = ln(1 / tolerance) it is 1.6 L if A is 0,
     * and otherwise 0.4 + 0.45 L^2, but at least 1. If A is 0, a weight is about a product of two normal numbers, the direction of the path
     * and the distance of its point, so its tail is exponential. The error of A is one more random factor. The constants were chosen on
     * mixtures such that the clipping bound over the whole range is at most the tolerance; this is not proven.
     *
     * @param none whether A is 0
     */
    static double caution(double tolerance, boolean none) {
        double log = StrictMath.log(1 / tolerance);
        return Math.max(1, none ? CAUTION_WITHOUT_SLOPE * log : CAUTION_AT_LEAST + CAUTION * log * log);
    }

    @Override
    public double next(double sigma, double target) {
        double eps = Math.min(LONGEST, GROWTH * previous);
        if (Double.isNaN(kappaSquared)) {
            // No weight is known yet, and a corrector may begin among the modes: assume a slope of 1.
            eps = Math.min(eps, largestDeviation * 2 / Math.PI);
        } else if (kappaSquared > 0) {
            eps = Math.min(eps, largestDeviation / Math.sqrt(kappaSquared));
        }
        eps = Math.max(eps, SHORTEST);
        shortest = eps == SHORTEST ? shortest + 1 : 0;
        if (shortest > MOST_SHORTEST) {
            throw RejectionException.noProgress(MOST_SHORTEST, SHORTEST);
        }
        previous = eps;
        eps = Math.max(eps, allowedByRadius(sigma * sigma));
        double next = sigma * Math.sqrt(1 - eps);
        if (next <= target) {
            return target;
        }
        // The remainder would be shorter than a step: take two steps of equal length.
        return next * Math.sqrt(1 - eps) < target ? Math.sqrt(sigma * target) : next;
    }

    /** Returns the eps that the radius allows, 0 below the radius. */
    private double allowedByRadius(double variance) {
        double k = largestDeviation * 2 / Math.PI;
        return variance < squaredRadius
                ? 0
                : Math.min(ALL, k * (squaredRadius + variance) / (squaredRadius + k * variance));
    }

    @Override
    public void see(double weightVariance, double eps) {
        double largest = largestDeviation / SHORTEST;
        double seen = Math.min(weightVariance / (eps * eps), largest * largest);
        if (Double.isNaN(kappaSquared)) {
            kappaSquared = seen;
        } else {
            kappaSquared += (seen > kappaSquared ? UP : DOWN) * (seen - kappaSquared);
        }
    }
}
