package io.scoreflux.internal.expectation;

/**
 * The empirical Bernstein confidence sequence of Waudby-Smith and Ramdas (2024) for the mean of numbers in [lower, upper]. It holds at all
 * times at once, for any distribution.
 *
 * <p>With the numbers scaled to [0, 1], centre {@code sum lam_i f_i / sum lam_i} and half-width {@code (L + sum v_i psi(lam_i)) / sum lam_i},
 * where {@code psi(lam) = -ln(1 - lam) - lam} and {@code v_i = (f_i - m_{i-1})^2}. The weights {@code lam_i = min(1/2, eps / s^2_{i-1})} make
 * the sequence narrowest when the half-width is eps. m and s^2 count one imaginary number 1/2 with variance 1/4.
 */
public final class EmpiricalBernstein {
    private static final double MOST = 0.5;

    private final double lower;
    private final double range;
    private final double within;
    private final double logTerm;
    private double count = 1;
    private double mean = 0.5;
    private double variance = 0.25;
    private double weights;
    private double weighted;
    private double penalties;

    /**
     * Creates the sequence.
     *
     * @param within the half-width at which it is narrowest
     * @param logTerm L: ln(2 / alpha) for an interval, ln(1 / alpha) for one end of it
     */
    public EmpiricalBernstein(double lower, double upper, double within, double logTerm) {
        this.lower = lower;
        this.range = upper - lower;
        this.within = within / range;
        this.logTerm = logTerm;
    }

    /** Adds a number in [lower, upper]. */
    public void add(double value) {
        double scaled = (value - lower) / range;
        double weight = Math.min(MOST, within / variance);
        double offset = scaled - mean;
        weights += weight;
        weighted += weight * scaled;
        penalties += offset * offset * penalty(weight);
        double before = count;
        count++;
        mean += offset / count;
        variance = (variance * before + (scaled - mean) * (scaled - mean)) / count;
    }

    private static double penalty(double weight) {
        return -StrictMath.log1p(-weight) - weight;
    }

    /** Returns the centre of the interval. */
    public double centre() {
        return lower + range * (weights == 0 ? 0.5 : weighted / weights);
    }

    /** Returns half the width of the interval; the whole range before the first number. */
    public double halfWidth() {
        return weights == 0 ? range : range * Math.min(1, (logTerm + penalties) / weights);
    }

    /**
     * Returns how many numbers there are when the half-width is the given one, if the variance stays as it is; infinity if it stays larger.
     *
     * @param halfWidth greater than 0
     */
    public double needed(double halfWidth) {
        double wanted = halfWidth / range;
        double weight = Math.min(MOST, within / variance);
        double missing = logTerm + penalties - wanted * weights;
        double gain = wanted * weight - variance * penalty(weight);
        double numbers = count - 1;
        return missing <= 0 ? numbers : gain > 0 ? numbers + missing / gain : Double.POSITIVE_INFINITY;
    }
}
