package io.scoreflux.solve.sliding;

import io.scoreflux.internal.collocation.SecantSlope;

/** The last two measured slopes of D, and the rule that decides when to measure again. */
final class SlopeMemory {
    /** The number of steps after which a slope is old. {@link #WORTH} is the share of the tolerance above which a new one is worth a call. */
    private static final int PERIOD = 12;
    /** The same where the flow may be unstable, because the slope changes fast there and the certificate depends on it. */
    private static final int UNSTABLE_PERIOD = 4;

    private static final double WORTH = 0.02;
    /** The same if the error of the slope has an effect above the share {@link #URGENT}. */
    private static final int SHORT_PERIOD = 2;

    private static final double URGENT = 0.1;
    /**
     * Above this slope in the steepest observed direction, the flow may be unstable, and a slope is not continued as that of a Gaussian.
     */
    private static final double STABLE = 0.9;
    /** Above this value, a slope is not continued as that of a Gaussian, because 1 - c has few correct digits. */
    private static final double NEARLY_ONE = 0.999;
    /** The age of the slope of the start window, in steps, because it comes from a higher level. */
    private static final int AGE_OF_START = 8;
    /** The share of the trend of the last two slopes that is extrapolated. */
    private static final double TREND = 0.5;

    private static final double FLOOR_SHARE = 0.5;
    private static final double LARGEST_FLOOR = 3;

    private int count;
    private double slope;
    private double tau;
    /** The slope in the direction of the last change of D, which is the steepest that is known. */
    private double steepest;

    private double before;
    private double tauBefore;
    private int steps;

    void clear() {
        count = 0;
        slope = 0;
        steepest = 0;
        steps = 0;
    }

    /** Sets the slope that follows from the slope of the start window. */
    void fromStart(double level, double value) {
        count = 1;
        slope = value;
        tau = level;
        steepest = 0;
        steps = AGE_OF_START;
    }

    /** Adds a measured slope, and the slope in the direction of the change of D. */
    void measured(double level, double value, double steepestValue) {
        before = slope;
        tauBefore = tau;
        slope = value;
        steepest = steepestValue;
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
     * @param displacement the effect of a slope of 1 on the state, relative to the tolerance
     * @param size the size of the slope
     * @param error the error of the slope
     */
    boolean isDue(double displacement, double size, double error) {
        int period = steepest > STABLE ? UNSTABLE_PERIOD : PERIOD;
        double largest = Math.max(error, Math.max(size, steepest));
        return (steps >= period && displacement * largest > WORTH)
                || (steps >= SHORT_PERIOD && displacement * error > URGENT);
    }

    /**
     * Returns the slope at a level at or below the last measurement. A slope between 0 and 1 is continued as that of a Gaussian of variance
     * {@code a^2 = s^2 c / (1 - c)}. Near a split of modes, where the steepest slope is not that of a Gaussian, half of the trend of the slope is
     * extrapolated instead, over at most the distance between the last two measurements.
     */
    double at(double level) {
        if (0 < slope && slope < NEARLY_ONE && steepest <= STABLE) {
            return 1 / (1 + (1 - slope) / slope * StrictMath.exp(2 * (level - tau)));
        }
        double trend = 0;
        if (count >= 2 && tauBefore > tau) {
            trend = (slope - before) / (tauBefore - tau) * Math.min(tau - level, tauBefore - tau);
        }
        return SecantSlope.bounded(slope + TREND * trend);
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
