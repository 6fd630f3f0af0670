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
    /** The part of alpha that is for the bound on the bias, which is usually small beside the half-width. */
    private static final double BIAS_PART = 0.2;

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
        return Quantiles.fixedWidth(intervalAlpha());
    }

    /** Returns the part of alpha that is for the interval. */
    public double intervalAlpha() {
        return biased ? (1 - BIAS_PART) * alpha : alpha;
    }

    /** Returns the part of alpha that is for the bound on the bias. */
    public double biasAlpha() {
        return alpha - intervalAlpha();
    }
}
