package io.scoreflux.internal.expectation;

/**
 * The settings of one mean.
 *
 * @param lower the lower bound of the values, or negative infinity
 * @param upper the upper bound of the values, or positive infinity
 * @param within eps: the half-width that the answer must have, bias included
 * @param alpha one minus the confidence of this mean
 * @param biased whether a part of alpha is for the bound on the bias
 */
public record MeanSettings(double lower, double upper, double within, double alpha, boolean biased) {

    /** Returns whether both bounds are known. */
    public boolean bounded() {
        return lower > Double.NEGATIVE_INFINITY && upper < Double.POSITIVE_INFINITY;
    }

    /** Returns the distance of the bounds. */
    public double range() {
        return upper - lower;
    }

    /** Returns the factor z of the fixed-width rule. */
    public double z() {
        return Quantiles.fixedWidth(alpha);
    }

    /** Returns the part of alpha that is for the interval. The enlarged z of the fixed-width rule leaves the rest for the bias. */
    public double intervalAlpha() {
        return biased ? Quantiles.outside(z()) : alpha;
    }

    /** Returns the part of alpha that is for the bound on the bias. */
    public double biasAlpha() {
        return alpha - Quantiles.outside(z());
    }
}
