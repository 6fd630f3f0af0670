package io.scoreflux.solve.parallel;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.SecantNewtonSweep;
import io.scoreflux.internal.collocation.WindowNodes;
import java.util.Arrays;

/**
 * One step of Newton's method for the states of a window, with the Jacobian of {@link SecantPairs}. {@link SecantNewtonSweep} solves the
 * system for the scalar part of the Jacobian. The rest is added to the right-hand side, and a fixed-point iteration repeats the solution until
 * it no longer changes. Not thread-safe.
 */
final class WindowSweep {
    private static final int MOST_REPETITIONS = 30;
    /** The squared change of a repetition, relative to that of the whole step, at which the repetitions end. */
    private static final double EXACT = 1e-8;
    /** The largest squared change of the last repetition. If it is larger, the repetitions do not converge. */
    private static final double COARSE = 1e-2;

    private final int dimension;
    private final SecantNewtonSweep newton;
    private final double[] values;
    private final double[] before;
    private final double[] row;

    static long bytes(int dimension, int maxDegree) {
        return SecantNewtonSweep.bytes(dimension, maxDegree) + Double.BYTES * (2L * (maxDegree + 1) + 1) * dimension;
    }

    WindowSweep(int maxDegree, int dimension) {
        this.dimension = dimension;
        this.newton = new SecantNewtonSweep(maxDegree, dimension);
        this.values = new double[(maxDegree + 1) * dimension];
        this.before = new double[(maxDegree + 1) * dimension];
        this.row = new double[dimension];
    }

    /** Updates the states below the top of a window. */
    void sweep(Window window, WindowNodes nodes, SecantPairs pairs) {
        nodes.sweep(newton, window.weights, window.decay);
        boolean any = false;
        for (int k = 1; k <= window.degree; k++) {
            any |= pairs.any(k);
        }
        if (any && !repeat(window, nodes, pairs)) {
            pairs.clear();
            nodes.sweep(newton, window.weights, window.decay);
        }
    }

    /**
     * Propagates an error through a window: solves {@code e_j = (s_j / s_0) e_0 + sum_k W_jk J_k e_k}. Row 0 of {@code errors} is e_0.
     */
    void propagate(Window window, WindowNodes nodes, SecantPairs pairs, double[] errors) {
        int end = (window.degree + 1) * dimension;
        double[] zero = new double[end];
        Arrays.fill(errors, dimension, end, 0);
        for (int repetition = 0; repetition < MOST_REPETITIONS; repetition++) {
            System.arraycopy(errors, 0, before, 0, end);
            Arrays.fill(values, 0);
            for (int k = 1; k <= window.degree; k++) {
                if (pairs.any(k)) {
                    pairs.addCurvature(1, k, errors, zero, nodes.slopes()[k], values, k * dimension, row);
                }
            }
            newton.solve(window.degree, window.weights, window.decay, errors, values, zero, nodes.slopes());
            double change = Kernels.squaredDistance(errors, 0, before, 0, end);
            if (!(change > COARSE * COARSE * Kernels.squaredDistance(errors, 0, zero, 0, end))) {
                return;
            }
        }
    }

    private boolean repeat(Window window, WindowNodes nodes, SecantPairs pairs) {
        double[] states = nodes.states();
        int end = (window.degree + 1) * dimension;
        for (int repetition = 1; ; repetition++) {
            System.arraycopy(states, 0, before, 0, end);
            System.arraycopy(nodes.answers(), 0, values, 0, end);
            for (int k = 1; k <= window.degree; k++) {
                if (pairs.any(k)) {
                    pairs.addCurvature(1, k, states, nodes.asked(), nodes.slopes()[k], values, k * dimension, row);
                }
            }
            nodes.sweep(newton, window.weights, window.decay, values);
            int below = end - dimension;
            double change = Kernels.squaredDistance(states, dimension, before, dimension, below);
            double step = Kernels.squaredDistance(states, dimension, nodes.asked(), dimension, below);
            if (change <= EXACT * step) {
                return true;
            }
            if (repetition == MOST_REPETITIONS || !(change < Double.POSITIVE_INFINITY)) {
                return change <= COARSE * step;
            }
        }
    }
}
