package io.scoreflux.reject;

import io.scoreflux.state.Kernels;

/**
 * Steps by one chain's own past. A weight's standard deviation at a question is {@code tau}; {@code tau / eps} changes slowly along a
 * chain, so that a smoothed value of it, kappa, predicts the next step's. The step is the longest with
 * {@code eps kappa <= bound / caution}, within these limits:
 *
 * <ul>
 *   <li>eps grows by at most {@value #GROWTH} a step and stays below {@value #LONGEST}: weights are small above the levels where modes
 *       split, and a chain that trusted them would jump over those levels;
 *   <li>the first is as short as if D's slope were 1 along one direction, a weight's deviation being (pi / 2) eps then;
 *   <li>except where the data's radius says that nothing is to be seen yet: the mean slope of D at level s is at most
 *       R^2 / (R^2 + s^2), which makes tau at most (pi / 2) eps R^2 / (R^2 + v);
 *   <li>eps stays above {@value #SHORTEST}: after one wild answer kappa falls back within some hundred steps, and a chain whose answers
 *       ask for steps so short {@value #MOST_SHORTEST} times in a row is given up.
 * </ul>
 *
 * <p>The caution for a tolerance, {@code 1.85 tolerance^-0.42}, was chosen on mixtures of several shapes, to keep the bound on what
 * clipping costs the law, over the whole range, near the tolerance or below: it is no proof. A = 0 leaves weights with light tails, and
 * {@code 3 tolerance^-0.17} is enough.
 */
final class AdaptiveSteps implements ChainSteps {
    private static final double GROWTH = 1.15;
    private static final double LONGEST = 0.25;
    /** A million dimensions with A = 0 at the least tolerance need no shorter ones. */
    private static final double SHORTEST = 1e-5;

    private static final int MOST_SHORTEST = 1000;
    /** Even with nothing to see, some of the noise stays, for the next step to look. */
    private static final double ALL = 0.95;
    /** Smoothing: a larger kappa is believed at once, a smaller one slowly. */
    private static final double UP = 0.8;

    private static final double DOWN = 0.2;
    private static final double CAUTION = 1.85;
    private static final double EXPONENT = -0.42;
    private static final double CAUTION_WITHOUT_SLOPE = 3;
    private static final double EXPONENT_WITHOUT_SLOPE = -0.17;

    private final double largestDeviation;
    private final double squaredRadius;
    private double kappaSquared = Double.NaN;
    private double previous = LONGEST;
    private int shortest;

    /** Of a chain whose A is 0 ({@code none}), or is found. */
    AdaptiveSteps(double tolerance, double bound, double radius, boolean none) {
        this.largestDeviation = bound / caution(tolerance, none);
        this.squaredRadius = radius * radius;
    }

    /** How many deviations of a weight the bound is to be. */
    private static double caution(double tolerance, boolean none) {
        return none
                ? CAUTION_WITHOUT_SLOPE * Kernels.power(tolerance, EXPONENT_WITHOUT_SLOPE)
                : CAUTION * Kernels.power(tolerance, EXPONENT);
    }

    @Override
    public double next(double sigma, double target) {
        double eps = Math.min(LONGEST, GROWTH * previous);
        if (Double.isNaN(kappaSquared)) {
            // Nothing is seen yet, as where a corrector begins among the modes: as for a slope of 1.
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
        eps = Math.max(eps, beforeAnything(sigma * sigma));
        double next = sigma * Math.sqrt(1 - eps);
        if (next <= target) {
            return target;
        }
        // What would be left is less than a step: two equal ones instead.
        return next * Math.sqrt(1 - eps) < target ? Math.sqrt(sigma * target) : next;
    }

    /** The step that the radius allows. */
    private double beforeAnything(double variance) {
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
