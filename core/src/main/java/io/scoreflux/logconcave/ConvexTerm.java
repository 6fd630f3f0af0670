package io.scoreflux.logconcave;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import java.util.Arrays;

/**
 * A convex function h that is added to f and permits exact draws from {@code exp(-h(x) - (x - m)' Q (x - m) / 2)}: the indicator of a set,
 * which restricts the density to this set, or a weighted L1 norm. Immutable.
 *
 * <p>A box, non-negativity and L1 are sums over the axes. They require a diagonal preconditioner and a diagonal modelled curvature. A
 * half-space works with any.
 */
public sealed interface ConvexTerm permits Box, HalfSpace, L1, NoTerm {

    /** Returns the number of coordinates, or 0 if the term fits any number. */
    int dimension();

    /** Returns h = 0. */
    static ConvexTerm none() {
        return NoTerm.INSTANCE;
    }

    /**
     * Returns a restriction to {@code lower_i <= x_i <= upper_i}.
     *
     * @param lower the lower bounds, which may be negative infinity; copied
     * @param upper the upper bounds, above the lower ones, which may be infinity; copied
     */
    static ConvexTerm box(double[] lower, double[] upper) {
        Require.atLeast("dimension", lower.length, 1);
        if (upper.length != lower.length) {
            throw new InvalidArgumentException(
                    "upper", "must have " + lower.length + " numbers like {lower}", upper.length);
        }
        for (int i = 0; i < lower.length; i++) {
            if (!(lower[i] < upper[i])) {
                throw new InvalidArgumentException(
                        "lower[" + i + "]",
                        "must be below {upper[" + i + "]}",
                        Violation.text(lower[i]) + " >= " + Violation.text(upper[i]));
            }
        }
        return new Box(lower.clone(), upper.clone());
    }

    /** Returns a restriction to {@code x_i >= 0}. */
    static ConvexTerm nonNegative(int dimension) {
        double[] upper = new double[Require.atLeast("dimension", dimension, 1)];
        Arrays.fill(upper, Double.POSITIVE_INFINITY);
        return new Box(new double[dimension], upper);
    }

    /**
     * Returns a restriction to {@code normal . x <= offset}.
     *
     * @param normal finite, not zero; copied
     * @param offset finite
     */
    static ConvexTerm halfSpace(double[] normal, double offset) {
        Require.atLeast("dimension", normal.length, 1);
        Require.finiteRow("normal", normal, normal.length);
        Require.finite("offset", offset);
        if (Arrays.stream(normal).allMatch(entry -> entry == 0)) {
            throw new InvalidArgumentException("normal", "must have an entry other than 0", "0");
        }
        return new HalfSpace(normal.clone(), offset);
    }

    /**
     * Returns {@code sum_i weight_i |x_i|}: a Laplace prior of scale 1 / weight_i on each axis.
     *
     * @param weights finite, not negative; copied
     */
    static ConvexTerm l1(double... weights) {
        Require.atLeast("dimension", weights.length, 1);
        for (int i = 0; i < weights.length; i++) {
            Require.within("weights[" + i + "]", weights[i], 0, Double.POSITIVE_INFINITY);
        }
        return new L1(weights.clone());
    }
}
