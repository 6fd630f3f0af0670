package io.scoreflux.solve.sliding;

/**
 * The bound {@code R^2 / (R^2 + s^2)} on the slope dD/dz at large sigma s. It holds in the mean over states; a support within radius R
 * bounds the slope by {@code R^2 / s^2}. R starts at {@value #CAUTION} times the data's root mean square radius and grows when a measured
 * slope contradicts it.
 */
final class SlopeBound {
    private static final double CAUTION = 2;
    /** A measured slope of this many times the bound shows that the radius is too small. */
    private static final double CONTRADICTION = 1.5;

    private static final int MOST_CORRECTIONS = 3;

    private double radius;
    private int corrections;

    SlopeBound(double rootMeanSquareRadius) {
        this.radius = CAUTION * rootMeanSquareRadius;
    }

    double at(double s) {
        return radius * radius / (radius * radius + s * s);
    }

    /** Returns whether a slope measured at s contradicts the bound, and enlarges the radius if so. */
    boolean isBrokenBy(double slope, double s) {
        if (slope <= CONTRADICTION * at(s) || corrections == MOST_CORRECTIONS) {
            return false;
        }
        corrections++;
        double share = Math.min(slope, 0.9);
        double implied = 1.5 * s * Math.sqrt(share / (1 - share));
        radius = Math.max(2 * radius, Math.min(implied, 10 * radius));
        return true;
    }
}
