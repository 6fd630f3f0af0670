package io.scoreflux.posterior;

import java.util.function.DoubleUnaryOperator;

/**
 * The noise levels of a leg, equally spaced in ln s except for a shorter first step, and the weights of a predictor-corrector scheme on them. A quantity q with
 * {@code dq/dc = F} grows in a step by {@code sum_j w_j F_j}, where the weights integrate the polynomial in ln s through the last values of F
 * over the clock c. The predictor uses the values up to the start of the step, and the corrector also the value at its end.
 */
final class StepTable {
    /** The number of values of F that the predictor uses. */
    static final int PREDICT = 3;
    /** The number of values of F that the corrector uses. */
    static final int CORRECT = 4;

    /** Nodes and weights of Gauss-Legendre quadrature with 8 points in [-1, 1]. */
    private static final double[] NODES = {0.1834346424956498, 0.525532409916329, 0.7966664774136267, 0.9602898564975363
    };

    private static final double[] WEIGHTS = {
        0.362683783378362, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763
    };

    /**
     * The length of the first step relative to the others. Only one value of F is known there, so that its error would dominate. Moves have
     * a tenth of the error that they would have with equal steps.
     */
    private static final double FIRST = 0.25;

    private final double[] levels;
    private final double[] logs;

    /**
     * Divides a range into steps in ln s.
     *
     * @param step the largest length of a step in ln s
     */
    StepTable(double from, double to, double step) {
        double length = StrictMath.log(from / to);
        int n = Math.max(1, (int) Math.ceil(length / step + 1 - FIRST - 1e-9));
        levels = new double[n + 1];
        logs = new double[n + 1];
        double start = StrictMath.log(from);
        for (int i = 0; i <= n; i++) {
            double done = i == 0 ? 0 : n == 1 ? 1 : (i - 1 + FIRST) / (n - 1 + FIRST);
            logs[i] = start - length * done;
            levels[i] = i == 0 ? from : i == n ? to : StrictMath.exp(logs[i]);
        }
    }

    int steps() {
        return levels.length - 1;
    }

    double level(int i) {
        return levels[i];
    }

    /** The clock of the free flow, {@code c = 1 / s}: {@code d(z/s)/dc = D}. */
    static double free(double s) {
        return -1 / s;
    }

    /** The clock of an observed direction with noise T, in which the flow of the bridge is linear without D. */
    static DoubleUnaryOperator bridge(double noise) {
        return s -> -1 / (s * Math.sqrt((noise - s) * (noise + s)));
    }

    /**
     * Returns the weights of all steps, newest value first: at [2 n] those of the predictor of step n, and at [2 n + 1] those of its corrector.
     *
     * @param clock dc/dln s as a function of s
     */
    double[][] weights(DoubleUnaryOperator clock) {
        double[][] weights = new double[2 * steps()][];
        for (int n = 0; n < steps(); n++) {
            weights[2 * n] = weights(clock, n, n, Math.min(PREDICT, n + 1));
            weights[2 * n + 1] = weights(clock, n, n + 1, Math.min(CORRECT, n + 2));
        }
        return weights;
    }

    private double[] weights(DoubleUnaryOperator clock, int step, int newest, int count) {
        double middle = 0.5 * (logs[step] + logs[step + 1]);
        double half = 0.5 * (logs[step + 1] - logs[step]);
        double[] weights = new double[count];
        for (int k = 0; k < 2 * NODES.length; k++) {
            double tau = middle + half * (k < NODES.length ? -NODES[k] : NODES[k - NODES.length]);
            double factor = half * WEIGHTS[k % NODES.length] * clock.applyAsDouble(StrictMath.exp(tau));
            for (int j = 0; j < count; j++) {
                double basis = 1;
                for (int i = 0; i < count; i++) {
                    if (i != j) {
                        basis *= (tau - logs[newest - i]) / (logs[newest - j] - logs[newest - i]);
                    }
                }
                weights[j] += factor * basis;
            }
        }
        return weights;
    }
}
