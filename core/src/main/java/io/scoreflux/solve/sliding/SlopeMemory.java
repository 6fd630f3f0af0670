package io.scoreflux.solve.sliding;

import io.scoreflux.internal.collocation.SecantSlope;

/** The last two measured slopes of D, and the rule that decides when to measure again. */
final class SlopeMemory {
    /** The number of steps between two measurements. {@link #WORTH} is the share of the tolerance above which a measurement is worth a call. */
    private static final int PERIOD = 8;

    /** The distance in ln sigma after which a slope is measured again before the number of steps is complete. */
    private static final double FAR = 2;

    private static final double WORTH = 0.02;
    /** The same for a slope with a large effect, above the share {@link #URGENT}. */
    private static final int SHORT_PERIOD = 2;

    private static final double URGENT = 0.4;
    /** The share of the trend of the last two slopes that is extrapolated. */
    private static final double TREND = 0.5;

    /** Above this value, a slope is not continued as that of a Gaussian, because 1 - c has few correct digits. */
    private static final double NEARLY_ONE = 0.999;

    private static final double FLOOR_SHARE = 0.5;
    private static final double LARGEST_FLOOR = 3;

    private int count;
    private double slope;
    private double tau;
    private double before;
    private double tauBefore;
    private int steps;

    void clear() {
        count = 0;
        slope = 0;
        steps = 0;
    }

    /** Sets the slope that follows from the slope of the start window. */
    void fromStart(double level, double value) {
        count = 1;
        slope = value;
        tau = level;
        steps = PERIOD;
    }

    void measured(double level, double value) {
        before = slope;
        tauBefore = tau;
        slope = value;
        tau = level;
        count++;
        steps = -1;
    }

    /** Counts a step since the last measurement. */
    void step() {
        steps++;
    }

    /**
     * Returns whether a new slope is worth a call.
     *
     * @param share the effect of the slope on the state, relative to the tolerance
     * @param level ln sigma of the new slope
     */
    boolean isDue(double share, double level) {
        boolean old = steps >= PERIOD || (steps >= SHORT_PERIOD && tau - level > FAR);
        return (old && share > WORTH) || (steps >= SHORT_PERIOD && share > URGENT);
    }

    /**
     * Returns the slope at a level at or below the last measurement. A slope between 0 and 1 is continued as that of a Gaussian of variance
     * {@code a^2 = s^2 c / (1 - c)}. Half of the trend of ln a^2 between the last two measurements is extrapolated, over at most the distance
     * between them. For other slopes, this is the trend of the slope itself.
     */
    double at(double level) {
        if (count == 0) {
            return 0;
        }
        double below = tau - level;
        double between = count >= 2 ? tauBefore - tau : 0;
        double share = between > 0 ? TREND * Math.min(below, between) / between : 0;
        if (!isGaussian(slope)) {
            return SecantSlope.bounded(slope + share * (slope - before));
        }
        double odds = logOdds(slope);
        double change = between > 0 && isGaussian(before) ? odds - logOdds(before) - 2 * between : 0;
        return 1 / (1 + StrictMath.exp(-(odds + 2 * below + share * change)));
    }

    private static boolean isGaussian(double c) {
        return c > 0 && c < NEARLY_ONE;
    }

    private static double logOdds(double c) {
        return StrictMath.log(c / (1 - c));
    }

    /** Returns whether a level lies between the last two measurements. */
    boolean encloses(double level) {
        return count >= 2 && level < tauBefore && level > tau;
    }

    /** Returns the slope at a level between the last two measurements. */
    double between(double level) {
        return slope + (level - tau) / (tauBefore - tau) * (before - slope);
    }

    /**
     * Returns the noise floor of the data around the trajectory. Below it, D of a Gaussian of variance a^2 has the slope
     * {@code c = a^2 / (a^2 + s^2)}, so {@code a^2 = s^2 c / (1 - c)}. The square of the result is half of the smaller a^2 of the last two
     * slopes, because slopes are larger between modes, and at most {@code 3 s^2}.
     */
    double noiseFloor(double s) {
        return Math.sqrt(Math.min(FLOOR_SHARE * impliedSquare(), LARGEST_FLOOR * s * s));
    }

    /** Returns the smaller of the noise floors that the last two slopes imply, without the factor of a half and the bound. */
    double impliedFloor() {
        return Math.sqrt(impliedSquare());
    }

    private double impliedSquare() {
        if (count == 0 || slope <= 0) {
            return 0;
        }
        double square = implied(tau, slope);
        if (count >= 2) {
            square = Math.min(square, implied(tauBefore, before));
        }
        return square;
    }

    private static double implied(double level, double c) {
        double share = Math.max(0, Math.min(c, 0.99));
        return StrictMath.exp(2 * level) * share / (1 - share);
    }
}
