package io.scoreflux.internal.expectation;

/**
 * The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024): half-width
 * {@code s sqrt(2 (n q + 1) / (n^2 q) ln(sqrt(n q + 1) / alpha))}, at all times from the first look on, for numbers with a variance.
 *
 * <p>{@code q = (-2 ln alpha + ln(-2 ln alpha) + 1) / n_target} makes it narrowest at n_target numbers. The first look fixes
 * {@code n_target = 9.2 s^2 / eps^2}, about the number at which the half-width is eps.
 */
public final class AsymptoticSequence {
    private static final double TARGET = 9.2;

    private final double alpha;
    private final double within;
    private double q;

    /**
     * Creates the sequence.
     *
     * @param alpha one minus the confidence, below 1
     * @param within the half-width at which it is narrowest
     */
    public AsymptoticSequence(double alpha, double within) {
        this.alpha = alpha;
        this.within = within;
    }

    /** Returns half the width of the interval at {@code n} numbers of this variance. The first call with a positive variance is the first look. */
    public double halfWidth(long n, double variance) {
        if (!(variance > 0)) {
            return Double.POSITIVE_INFINITY;
        }
        if (q == 0) {
            double target = Math.max((double) n, TARGET * variance / (within * within));
            double log = -2 * StrictMath.log(alpha);
            q = (log + StrictMath.log(log) + 1) / target;
        }
        double one = n * q + 1;
        return Math.sqrt(variance * 2 * one / ((double) n * n * q) * StrictMath.log(Math.sqrt(one) / alpha));
    }
}
