package io.scoreflux.solve.sliding;

import io.scoreflux.internal.collocation.SecantSlope;

/** The last two measured slopes of D, and the rule when to measure the next. */
final class SlopeMemory {
    /** Steps between two measurements, and the share of the tolerance from which on a measurement is worth a call. */
    private static final int PERIOD = 8;

    private static final double WORTH = 0.02;
    /** The same where the slope matters much. */
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
    private double tauBefore;
    private int steps;

    void clear() {
        count = 0;
        slope = 0;
        steps = 0;
    }

    /** Sets the slope that follows from that of the start window. */
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

    /** Whether a new slope is worth a call, if the slope changes the state by this share of the tolerance. */
    boolean isDue(double share) {
        return (steps >= PERIOD && share > WORTH) || (steps >= SHORT_PERIOD && share > URGENT);
    }

    /** The slope at a level at or below the last measurement: half of the trend, over at most the distance between the last two. */
    double at(double level) {
        double trend = 0;
        if (count >= 2 && tauBefore > tau) {
            trend = (slope - before) / (tauBefore - tau) * Math.min(tau - level, tauBefore - tau);
        }
        return SecantSlope.bounded(slope + TREND * trend);
    }

    /**
     * The noise floor of the data around the trajectory: below it D of a Gaussian of variance a^2 has slope
     * {@code c = a^2 / (a^2 + s^2)}, so {@code a^2 = s^2 c / (1 - c)}. Half of the smaller of the
     * squares that the last two slopes imply, as slopes are larger between modes.
     */
    double noiseFloor(double s) {
        return Math.sqrt(Math.min(FLOOR_SHARE * impliedSquare(), LARGEST_FLOOR * s * s));
    }

    /** The smaller of the noise floors that the last two slopes imply, not halved. */
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
