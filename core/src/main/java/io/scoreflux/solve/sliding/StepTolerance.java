package io.scoreflux.solve.sliding;

/** The error that a step may make, for the tolerance that the user sets for the end. */
final class StepTolerance {
    private static final double NEUTRAL = 1e-7;
    private static final double EXPONENT = 0.15;
    /** Up to this tolerance the last two intervals are integrated again, above it only one. */
    private static final double FINE = 3e-9;
    /** Steps shorter than this, or than the tolerance, are accepted whatever their residual: below lies a jump, or noise. */
    private static final double SHORTEST = 1e-5;
    /** Some roundings of ln sigma. */
    private static final double SHORTEST_EVER = 1e-12;

    private final double tolerance;
    private final double radius;
    private final double unit;

    StepTolerance(double tolerance, double radius) {
        this.tolerance = tolerance;
        this.radius = radius;
        // Errors of loose steps add up to more than one tolerance, those of fine ones to less. With this power the
        // true error is about the tolerance.
        this.unit = tolerance * StrictMath.pow(tolerance / NEUTRAL, -EXPONENT) * radius;
    }

    /** The error that a step may make far below the radius, in the data's units. */
    double unit() {
        return unit;
    }

    /** The error that a step may make at a noise level, in the data's units: errors made at large sigma shrink with it. */
    double at(double sigma) {
        double x = sigma / radius;
        return unit * Math.sqrt(1 + x * x);
    }

    /** The length below which steps are accepted whatever their residual. */
    double shortestStep() {
        return Math.max(SHORTEST_EVER, Math.min(SHORTEST, tolerance));
    }

    /** The number of intervals that are integrated again once a new node is known. */
    int lookBack() {
        return tolerance <= FINE ? 2 : 1;
    }
}
