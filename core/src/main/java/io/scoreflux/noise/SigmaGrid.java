package io.scoreflux.noise;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;

/** A rule that divides a noise range into levels for fixed-step solvers. Levels are descending and include both ends exactly. */
public enum SigmaGrid {
    /** Equal steps in ln sigma. */
    UNIFORM_LOG {
        @Override
        double level(double from, double to, double fraction) {
            double logFrom = StrictMath.log(from);
            return StrictMath.exp(logFrom + fraction * (StrictMath.log(to) - logFrom));
        }
    },
    /** Equal steps in sigma^(1/7) (Karras et al. 2022, arXiv 2206.00364, eq. 5 with rho = 7). */
    KARRAS {
        @Override
        double level(double from, double to, double fraction) {
            double a = StrictMath.pow(from, 1.0 / 7);
            double b = StrictMath.pow(to, 1.0 / 7);
            return StrictMath.pow(a + fraction * (b - a), 7);
        }
    };

    /**
     * The smallest positive noise level, and the smallest radius, of a sampler. Solvers square noise levels and the radius, denoisers
     * divide by these squares, and rejection sampling multiplies two of them. Within these limits, fourth powers are normal numbers in
     * double precision.
     */
    public static final double MIN_SIGMA = 1e-75;

    /** The largest noise level, and the largest radius, of a sampler; see {@link #MIN_SIGMA}. */
    public static final double MAX_SIGMA = 1e75;

    abstract double level(double from, double to, double fraction);

    /**
     * Returns the {@code steps + 1} noise levels of the grid.
     *
     * @param from the first and largest level, positive
     * @param to the last and smallest level, positive and below {@code from}
     * @param steps the number of intervals between the levels, at least 1
     * @throws IllegalArgumentException if an argument is out of range, or neighbouring levels are not distinct doubles
     */
    public double[] levels(double from, double to, int steps) {
        requireRange(from, Require.positive("toSigma", to));
        Require.atLeast("steps", steps, 1);
        double[] levels = new double[steps + 1];
        for (int i = 1; i < steps; i++) {
            levels[i] = level(from, to, (double) i / steps);
        }
        levels[0] = from;
        levels[steps] = to;
        for (int i = 0; i < steps; i++) {
            if (!(levels[i] > levels[i + 1])) {
                throw new InvalidArgumentException(
                        "steps",
                        "must be fewer, because levels from " + Violation.text(from) + " to " + Violation.text(to)
                                + " are not distinct doubles",
                        steps);
            }
        }
        return levels;
    }

    /** Checks that a noise range is descending: {@code from > to >= 0}, both finite. */
    public static void requireRange(double from, double to) {
        Require.positive("fromSigma", from);
        if (!(to >= 0 && to < Double.POSITIVE_INFINITY)) {
            throw new InvalidArgumentException("toSigma", "must be finite and at least 0", to);
        }
        if (!(from > to)) {
            throw new InvalidArgumentException(
                    "fromSigma",
                    "must be greater than {toSigma}",
                    Violation.text(from) + " <= " + Violation.text(to),
                    from < to ? "swap them" : "end at a smaller noise level");
        }
    }

    /**
     * Checks that a noise range is descending and that its arithmetic is representable: {@code from > to}, {@code to} is 0 or at least
     * {@link #MIN_SIGMA}, {@code from} is at least {@link #MIN_SIGMA} and at most {@link #MAX_SIGMA}.
     */
    public static void requireRepresentable(double from, double to) {
        requireRange(from, to);
        if (to != 0 && to < MIN_SIGMA) {
            throw new InvalidArgumentException(
                    "toSigma",
                    "must be at least " + Violation.text(MIN_SIGMA) + ", or 0",
                    to,
                    "end at 0 or at a larger noise level",
                    "scale the data");
        }
        if (from < MIN_SIGMA) {
            throw new InvalidArgumentException(
                    "fromSigma",
                    "must be at least " + Violation.text(MIN_SIGMA),
                    from,
                    "start at a larger noise level",
                    "scale the data");
        }
        if (from > MAX_SIGMA) {
            throw new InvalidArgumentException(
                    "fromSigma",
                    "must be at most " + Violation.text(MAX_SIGMA),
                    from,
                    "start at a smaller noise level",
                    "scale the data");
        }
    }

    /** Checks that the radius of the data is from {@link #MIN_SIGMA} to {@link #MAX_SIGMA}, and returns it. */
    public static double requireRadius(double radius) {
        if (!(Require.positive("radius", radius) >= MIN_SIGMA && radius <= MAX_SIGMA)) {
            throw new InvalidArgumentException(
                    "radius",
                    "must be at least " + Violation.text(MIN_SIGMA) + " and at most " + Violation.text(MAX_SIGMA),
                    radius,
                    "scale the data");
        }
        return radius;
    }
}
