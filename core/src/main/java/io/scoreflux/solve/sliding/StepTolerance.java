package io.scoreflux.solve.sliding;

/** The allowed error of a step, for the tolerance that the user sets for the end. */
final class StepTolerance {
    private static final double NEUTRAL = 1e-7;
    private static final double EXPONENT = 0.15;
    /** Up to this tolerance the last two intervals are integrated again, and above it only the last one. */
    private static final double FINE = 3e-9;
    /** Steps shorter than both this and the tolerance are accepted whatever their residual, which then comes from a jump or from noise. */
    private static final double SHORTEST = 1e-5;
    /** A few rounding errors of ln sigma. */
    private static final double SHORTEST_EVER = 1e-12;

    private static final double EVEN_ERROR = 1e-5;
    private static final double EVEN_STEPS = 4.5;
    private static final double EVEN_EXPONENT = 0.472;
    /** Networks round the time to 1,000 levels, and equal steps must not be in phase with them. */
    private static final double MOST_EVEN_STEPS = 530;

    private final double tolerance;
    private final double radius;
    private final double unit;
    private final int evenSteps;

    StepTolerance(double tolerance, double radius, boolean dual) {
        this.tolerance = tolerance;
        this.radius = radius;
        this.evenSteps = 2
                * (int) Math.round(
                        Math.min(MOST_EVEN_STEPS, EVEN_STEPS * StrictMath.pow(tolerance, -EVEN_EXPONENT)) / 2);
        // Errors of steps at large tolerances add up to more than one tolerance, and those at small tolerances to
        // less. With this power the true error is about the tolerance. In a dual problem, where errors do not decay, it
        // is without the power.
        double scale = dual ? 1 : StrictMath.pow(tolerance / NEUTRAL, -EXPONENT);
        this.unit = tolerance * scale * radius;
    }

    /** Returns the allowed error of a step far below the radius, in the data's units. */
    double unit() {
        return unit;
    }

    /** Returns the allowed error of a step at a noise level, in the data's units: errors made at large sigma shrink with sigma. */
    double at(double sigma) {
        double x = sigma / radius;
        return unit * Math.sqrt(1 + x * x);
    }

    /**
     * Returns the number of equal steps on a rough D, which is even. The effect of roughness decreases about as the root of their number, until
     * the steps resolve it.
     */
    int evenSteps() {
        return evenSteps;
    }

    /** Returns the size of variations of D above which equal steps are better than steps of a high degree. */
    double evenError(double sigma) {
        return EVEN_ERROR * StrictMath.hypot(radius, sigma);
    }

    /**
     * Returns the size of a usual error at the end, in the data's units: the tolerance or, if it is smaller, the geometric mean of the tolerance
     * and of the allowed error of a step. At coarse tolerances, steps are allowed less than the tolerance.
     */
    double usualError() {
        return Math.min(tolerance * radius, Math.sqrt(tolerance * radius * unit));
    }

    /** Returns the length below which steps are accepted whatever their residual. */
    double shortestStep() {
        return Math.max(SHORTEST_EVER, Math.min(SHORTEST, tolerance));
    }

    /** Returns the number of intervals that are integrated again once a new node is known. */
    int lookBack() {
        return tolerance <= FINE ? 2 : 1;
    }
}
