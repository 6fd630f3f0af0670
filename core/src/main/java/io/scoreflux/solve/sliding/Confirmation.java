package io.scoreflux.solve.sliding;

import io.scoreflux.solve.Problem;

/**
 * The levels where values of D must confirm the step to sigma 0.
 *
 * <p>A polynomial through nodes above the finest scale of the data has small residuals, too: it is the polynomial of data without this scale.
 * Structure of the data shows in D at the deep level if it changes the end by more than a few tolerances. Modes that are close to each other
 * show at the shallow level, even if the state at the deep level lies in one of them by chance.
 */
final class Confirmation {
    /** The deep level is at this number of tolerances, divided by sqrt(d). */
    private static final double DEEP = 10;
    /** The shallow level is at this share of the noise floor of the data. */
    private static final double SHALLOW = 0.1;
    /** The shallow level is used if it is more than this factor above the deep one. */
    private static final double FAR = 100;
    /** A value of D is as predicted if its distance is at most this share of the allowed error, or this multiple of the denoiser's noise. */
    private static final double AS_PREDICTED = 0.2;

    private static final double NOISY = 10;

    private final double deepTau;
    private double tau;
    /** ln sigma that the front must reach before the next attempt. */
    private double retryTau = Double.POSITIVE_INFINITY;

    private double surprise;

    Confirmation(double tolerance, Problem problem) {
        this.deepTau = StrictMath.log(DEEP * tolerance * problem.radius() / Math.sqrt(problem.dimension()));
    }

    /** Returns ln sigma of the level where D must be evaluated. */
    double tau() {
        return tau;
    }

    /** Returns the largest distance of D from its prediction, in the data's units. */
    double surprise() {
        return surprise;
    }

    /** Returns whether the front has come far enough since the last attempt. */
    boolean isDue(double front) {
        return front <= retryTau;
    }

    /**
     * Begins an attempt at its first level.
     *
     * @param front ln sigma of the newest node
     * @param noiseFloor the approximate noise floor of the data
     * @return false if the front is at or below the deep level, so that no value of D is needed
     */
    boolean begin(double front, double noiseFloor) {
        double shallow = StrictMath.log(SHALLOW * noiseFloor);
        tau = shallow < front && shallow > deepTau + StrictMath.log(FAR) ? shallow : deepTau;
        surprise = 0;
        return deepTau < front;
    }

    /**
     * Returns whether D is as predicted. If it is not, the attempt has failed, and the next one is due when the steps have covered half of the
     * distance to this level.
     *
     * @param distance the distance of D from its prediction
     * @param allowed the allowed error of a step far below the radius
     * @param noise the size of the denoiser's noise
     * @param front ln sigma of the newest node
     */
    boolean isAsPredicted(double distance, double allowed, double noise, double front) {
        surprise = Math.max(surprise, distance);
        boolean predicted = distance <= Math.max(AS_PREDICTED * allowed, NOISY * noise);
        if (!predicted) {
            surprise = 0;
            retryTau = (front + tau) / 2;
        }
        return predicted;
    }

    /** Moves to the next level. Returns false if there is none. */
    boolean next() {
        boolean shallow = tau > deepTau;
        tau = deepTau;
        return shallow;
    }
}
