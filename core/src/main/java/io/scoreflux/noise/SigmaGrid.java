package io.scoreflux.noise;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;

/** Grids of noise levels for fixed-step solvers: descending, both ends included exactly. */
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
     * The least positive noise level, and the least radius, of a sampler. Solvers square noise levels and the radius, denoisers divide by
     * these squares, and rejection sampling multiplies two of them. Within these limits fourth powers are normal numbers in double
     * precision.
     */
    public static final double LEAST = 1e-75;

    /** The largest noise level, and the largest radius, of a sampler; see {@link #LEAST}. */
    public static final double MOST = 1e75;

    abstract double level(double from, double to, double fraction);

    /**
     * The grid's {@code steps + 1} noise levels.
     *
     * @param from the first and largest, positive
     * @param to the last and smallest, positive and below {@code from}
     * @param steps intervals between them, at least 1
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
                        "must be fewer, as levels from " + Violation.text(from) + " to " + Violation.text(to)
                                + " are not distinct doubles",
                        steps);
            }
        }
        return levels;
    }

    /** Checks that a noise range goes down: {@code from > to >= 0}, both finite. */
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
                    "swap them");
        }
    }

    /**
     * Checks that a noise range is descending and that its arithmetic is representable: {@code from > to}, {@code to} 0 or at least {@link
     * #LEAST},
     * {@code from} at most {@link #MOST}.
     */
    public static void requireRepresentable(double from, double to) {
        requireRange(from, to);
        if (to != 0 && to < LEAST) {
            throw new InvalidArgumentException(
                    "toSigma",
                    "must be at least " + Violation.text(LEAST) + ", or 0",
                    to,
                    "end at 0 or higher up",
                    "scale the data");
        }
        if (from < LEAST) {
            throw new InvalidArgumentException(
                    "fromSigma",
                    "must be at least " + Violation.text(LEAST),
                    from,
                    "start higher up",
                    "scale the data");
        }
        if (from > MOST) {
            throw new InvalidArgumentException(
                    "fromSigma", "must be at most " + Violation.text(MOST), from, "start lower down", "scale the data");
        }
    }

    /** Checks the data's radius: from {@link #LEAST} to {@link #MOST}. */
    public static double requireRadius(double radius) {
        if (!(Require.positive("radius", radius) >= LEAST && radius <= MOST)) {
            throw new InvalidArgumentException(
                    "radius",
                    "must be at least " + Violation.text(LEAST) + " and at most " + Violation.text(MOST),
                    radius,
                    "scale the data");
        }
        return radius;
    }
}
