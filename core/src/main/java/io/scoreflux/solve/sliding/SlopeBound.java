package io.scoreflux.solve.sliding;

/**
 * The bound {@code R^2 / (R^2 + s^2)} on the slope dD/dz at large sigma s. It holds for the mean over states. If the support has the radius R,
 * the slope is at most {@code R^2 / s^2}. R is initially {@value #CAUTION} times the root mean square radius of the data, and increases when a
 * measured slope contradicts the bound.
 */
final class SlopeBound {
    private static final double CAUTION = 2;
    /** A measured slope above this multiple of the bound shows that the radius is too small. */
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

    /**
     * Returns whether a slope measured at s contradicts the bound. If it does, the radius is increased; after a few increases, no slope
     * contradicts the bound.
     */
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
