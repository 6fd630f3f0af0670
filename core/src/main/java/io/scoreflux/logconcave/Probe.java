package io.scoreflux.logconcave;

import io.scoreflux.error.Violation;
import io.scoreflux.internal.Kernels;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.state.Rows;
import org.jspecify.annotations.Nullable;

/**
 * Differences of the gradient between the initial state of a chain and points close to it, in a few random directions. They estimate the
 * size of the Jacobian minus A, its mean slope, and its asymmetry. Each probe is used once.
 */
final class Probe {
    static final int DIRECTIONS = 4;
    private static final double FINE = 1e-4;
    /** The distance that suits gradients in single precision. */
    private static final double COARSE = 1e-2;

    private final int d;
    private final double length;
    private final double[] directions;
    private final double[] steps;
    private final double[] changes;
    private double size;
    private double residual;
    private double along;
    private double squaredLength;

    private Probe(int dimension, double length, double[] directions) {
        this.d = dimension;
        this.length = length;
        this.directions = directions;
        this.steps = new double[DIRECTIONS * d];
        this.changes = new double[DIRECTIONS * d];
    }

    /** Creates a probe of points that are very close to the initial state. */
    static Probe fine(int dimension, NormalStream random) {
        double[] directions = new double[DIRECTIONS * dimension];
        random.fill(directions, 0, directions.length);
        return new Probe(dimension, FINE, directions);
    }

    boolean isFine() {
        return length == FINE;
    }

    /** Creates a probe in the same directions with points that are farther out. */
    Probe coarser() {
        return new Probe(d, COARSE, directions);
    }

    /** Appends the initial state and the points around it, at all of which the term is finite. Returns their number. */
    int ask(Geometry geometry, double[] start, Rows append) {
        double[] point = start.clone();
        double[] x = new double[d];
        geometry.toX(point, x);
        append.append(x, 0, 1);
        for (int k = 0; k < DIRECTIONS; k++) {
            for (int i = 0; i < d; i++) {
                point[i] = start[i] + length * directions[k * d + i];
            }
            geometry.oracle.pull(point, start, geometry.inward());
            for (int i = 0; i < d; i++) {
                steps[k * d + i] = point[i] - start[i];
            }
            geometry.toX(point, x);
            append.append(x, 0, 1);
        }
        return DIRECTIONS + 1;
    }

    /** Takes the gradients in the order of {@link #ask}. Writes the gradient at the initial state, in the coordinates of the chain. */
    void tell(Geometry geometry, double[] answers, int at, double[] gradient) {
        double[] a = geometry.coordinates.curvature();
        double[] there = new double[d];
        geometry.coordinates.pullBack(answers, at, gradient);
        for (int k = 0; k < DIRECTIONS; k++) {
            geometry.coordinates.pullBack(answers, at + (k + 1) * d, there);
            for (int i = 0; i < d; i++) {
                double step = steps[k * d + i];
                double change = there[i] - gradient[i];
                double beyond = change - a[i] * step;
                changes[k * d + i] = change;
                size += change * change;
                residual += beyond * beyond;
                along += beyond * step;
                squaredLength += step * step / (DIRECTIONS * d);
            }
        }
    }

    /** Returns why a chain cannot start here, apart from an asymmetry, or null. */
    @Nullable
    Violation refusal(Geometry geometry) {
        if (!Double.isFinite(residual())) {
            return Violation.of(
                    "the gradient",
                    "must change moderately around the initial state",
                    "too steep",
                    "choose another {initialState}",
                    "scale the {coordinates}");
        }
        if (isStuck()) {
            return Violation.of(
                    "the region around the initial state",
                    "must be wide enough for a step",
                    "too narrow",
                    "choose another {initialState}");
        }
        if (isConstant() && geometry.oracle.isNormal() && geometry.mode() == null) {
            return Violation.of(
                    "the gradient",
                    "must change around the initial state, because a constant gradient does not confine the chain",
                    "constant",
                    "check the {gradient}");
        }
        return null;
    }

    /** Returns whether the term leaves no room around the initial state. */
    private boolean isStuck() {
        return squaredLength == 0;
    }

    /** Returns whether the gradient is the same at all points. */
    private boolean isConstant() {
        return size == 0;
    }

    /** Returns |H - A|_F. */
    double residual() {
        return Math.sqrt(residual / (DIRECTIONS * squaredLength));
    }

    /** Returns tr(H - A) / d. */
    double slope() {
        return along / (DIRECTIONS * d * squaredLength);
    }

    /** Returns |K|_F / |J|_F for J = S + K with K antisymmetric, from 0 to 1. It is estimated from v'Jw - w'Jv over pairs of directions. */
    double asymmetry() {
        if (size == 0 || d == 1) {
            return 0;
        }
        double sum = 0;
        for (int k = 0; k < DIRECTIONS; k++) {
            for (int l = 0; l < k; l++) {
                double twice =
                        Kernels.dot(steps, k * d, changes, l * d, d) - Kernels.dot(steps, l * d, changes, k * d, d);
                sum += 0.25 * twice * twice;
            }
        }
        int pairs = DIRECTIONS * (DIRECTIONS - 1) / 2;
        // The estimate from a few directions may exceed 1.
        return Math.min(1, Math.sqrt(DIRECTIONS * sum / pairs / (squaredLength * size)));
    }
}
