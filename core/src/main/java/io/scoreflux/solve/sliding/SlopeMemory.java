package io.scoreflux.solve.sliding;

import io.scoreflux.internal.collocation.SecantSlope;

/** The last two measured slopes of D, and the rule that decides when to measure again. */
final class SlopeMemory {
    /** The number of steps between two measurements. {@link #WORTH} is the share of the tolerance above which a measurement is worth a call. */
    private static final int PERIOD = 8;

    private static final double WORTH = 0.02;
    /** The same for a slope with a large effect, above the share {@link #URGENT}. */
    private static final int SHORT_PERIOD = 2;

    private static final double URGENT = 0.4;
    /** The share of the trend of the last two slopes that is extrapolated. */
    private static final double TREND = 0.5;

    private static final double FLOOR_SHARE = 0.5;
    private static final double LARGEST_FLOOR = 3;

    private int count;
    private double slope;
    private double tau;
    private double before;
    /** The squared noise floors that the two slopes imply. */
    private double square;

    private double squareBefore;
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
        square = implied(level, value);
        steps = PERIOD;
    }

    void measured(double level, double value) {
        before = slope;
        tauBefore = tau;
        squareBefore = square;
        slope = value;
        tau = level;
        square = implied(level, value);
        count++;
        steps = -1;
    }

    /** Counts a step since the last measurement. */
    void step() {
        steps++;
    }

    /** Returns whether a new slope is worth a call. {@code share} is the effect of the slope on the state, relative to the tolerance. */
    boolean isDue(double share) {
        return (steps >= PERIOD && share > WORTH) || (steps >= SHORT_PERIOD && share > URGENT);
    }

    /**
     * Returns the slope at a level at or below the last measurement. Half of the trend is extrapolated, over at most the distance between the
     * last two measurements.
     */
    double at(double level) {
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
        return count >= 2 ? Math.min(square, squareBefore) : square;
    }

    private static double implied(double level, double c) {
        double share = Math.max(0, Math.min(c, 0.99));
        return StrictMath.exp(2 * level) * share / (1 - share);
    }
}
