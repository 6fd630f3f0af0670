package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.NewtonQuadrature;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * The error estimate of a certificate. It estimates the error at the end of a trajectory from all of its nodes and measured slopes, without a
 * call of the denoiser.
 *
 * <p>Each step used only the nodes above it. The estimate integrates each interval again with the polynomial through {@value #NODES} nodes
 * around it, and converts D to the new states with slopes interpolated between the measured ones. It makes several passes over the path. Let d
 * be the distance between the solver's end and the end after the last pass, and p the distance between the ends after the second and the last
 * pass. The estimate is {@code 1.75 sqrt(d^2 + 4 p^2)}.
 *
 * <p>Memory: {@code 16 d} bytes per node for dimension d, with space for 64 nodes at first, and as much again during the estimate.
 */
final class EndError {
    /**
     * Polynomials of degree 9 resolve the errors of steps of any degree: the ratio of the estimate to the true error is near 1 at all
     * tolerances.
     */
    private static final int NODES = 10;

    /** From this number of nodes on, the steps have such degrees that the estimate needs two more nodes. */
    private static final int LONG = 120;

    /**
     * An unstable flow amplifies errors by up to {@code e^k}. The m passes compute the first m terms of the power series; five were too few.
     */
    private static final int PASSES = 8;

    /**
     * With this factor, on four problems and at eight tolerances, the estimate is below a third of the true error for 0.3 to 3.4 per cent of a
     * problem's rows.
     */
    private static final double FACTOR = 1.75;

    private static final double PASS_SHARE = 2;

    private static final int FIRST_NODES = 64;
    /** The approximate number of calls for each decimal digit of the tolerance on difficult targets. */
    private static final double NODES_PER_DIGIT = 16;

    private final int dimension;
    private final NewtonQuadrature quadrature;
    private int count;
    private double[] tau = new double[FIRST_NODES];
    /** The values of D as the denoiser returned them. {@link #asked} contains the states where they were evaluated. */
    private double[] answers;

    private double[] asked;
    private int slopeCount;
    private double[] slopeTau = new double[16];
    private double[] slopes = new double[16];

    /** Returns the capacity, in rows, for the usual number of nodes at a tolerance. */
    static int rows(Sliding settings) {
        int nodes = (int)
                Math.min(settings.maxCalls(), Math.ceil(-NODES_PER_DIGIT * StrictMath.log10(settings.tolerance())));
        int room = FIRST_NODES;
        while (room < nodes) {
            room *= 2;
        }
        return 2 * room;
    }

    /**
     * Creates an estimator without nodes. It interpolates in the given coordinate, with the value that the coordinate has at the time of the
     * estimate.
     */
    EndError(DoubleUnaryOperator coordinate, int dimension) {
        this.dimension = dimension;
        this.quadrature = new NewtonQuadrature(coordinate);
        this.answers = new double[Math.multiplyExact(tau.length, dimension)];
        this.asked = new double[Math.multiplyExact(tau.length, dimension)];
    }

    void clear() {
        count = 0;
        slopeCount = 0;
    }

    /** Adds the next node, with D and the state where it was evaluated. */
    void add(double level, double[] answer, double[] state) {
        if (count == tau.length) {
            tau = Arrays.copyOf(tau, 2 * count);
            answers = Arrays.copyOf(answers, Math.multiplyExact(2 * count, dimension));
            asked = Arrays.copyOf(asked, Math.multiplyExact(2 * count, dimension));
        }
        tau[count] = level;
        count++;
        replace(0, answer, 0, state, 0);
    }

    /** Replaces D at the node {@code back} places before the last one by D at another state. */
    void replace(int back, double[] answer, int answerAt, double[] state, int stateAt) {
        int at = (count - 1 - back) * dimension;
        System.arraycopy(answer, answerAt, answers, at, dimension);
        System.arraycopy(state, stateAt, asked, at, dimension);
    }

    /** Adds a measured slope. Levels must descend. */
    void addSlope(double level, double slope) {
        if (slopeCount == slopes.length) {
            slopeTau = Arrays.copyOf(slopeTau, 2 * slopeCount);
            slopes = Arrays.copyOf(slopes, 2 * slopeCount);
        }
        slopeTau[slopeCount] = level;
        slopes[slopeCount] = slope;
        slopeCount++;
    }

    /** Returns the slope of D at a level, linear between measurements. Above the first measurement it decreases as 1 / s^2. */
    private double slope(double level) {
        if (slopeCount == 0) {
            return 0;
        }
        if (level >= slopeTau[0]) {
            return slopes[0] * StrictMath.exp(-2 * (level - slopeTau[0]));
        }
        for (int i = 1; i < slopeCount; i++) {
            if (level >= slopeTau[i]) {
                double fraction = (level - slopeTau[i - 1]) / (slopeTau[i] - slopeTau[i - 1]);
                return slopes[i - 1] + fraction * (slopes[i] - slopes[i - 1]);
            }
        }
        return slopes[slopeCount - 1];
    }

    /**
     * Returns the estimated error of the end, in the data's units.
     *
     * @param start the state at the first node
     * @param end contains the solver's state at the last node, from {@code endAt} on
     */
    double estimate(double[] start, double[] end, int endAt) {
        int n = nodesAround();
        int intervals = count - 1;
        double[] decay = new double[intervals];
        double[] weights = weights(n, decay);
        double[] slope = new double[count];
        for (int i = 0; i < count; i++) {
            slope[i] = slope(tau[i]);
        }
        double[] states = new double[count * dimension];
        System.arraycopy(start, 0, states, 0, dimension);
        double[] moved = answers.clone();
        double[] once = new double[dimension];
        for (int pass = 0; pass < PASSES; pass++) {
            for (int k = 0; k < intervals; k++) {
                int to = (k + 1) * dimension;
                Kernels.setScaled(states, to, decay[k], states, k * dimension, dimension);
                for (int i = 0; i < n; i++) {
                    int from = (first(k, n) + i) * dimension;
                    Kernels.addScaled(states, to, weights[k * n + i], moved, from, dimension);
                }
            }
            if (pass == 1) {
                System.arraycopy(states, intervals * dimension, once, 0, dimension);
            }
            for (int i = 0; i < count; i++) {
                for (int x = i * dimension; x < (i + 1) * dimension; x++) {
                    moved[x] = answers[x] + slope[i] * (states[x] - asked[x]);
                }
            }
        }
        int last = intervals * dimension;
        double difference = Math.sqrt(Kernels.squaredDistance(states, last, end, endAt, dimension));
        double settled = Math.sqrt(Kernels.squaredDistance(states, last, once, 0, dimension));
        return FACTOR * Math.sqrt(difference * difference + PASS_SHARE * PASS_SHARE * settled * settled);
    }

    /** Returns the number of nodes of an interval's polynomial. */
    private int nodesAround() {
        int n = Math.min(count < LONG ? NODES : NODES + 2, count);
        // The solver may have used the polynomial through all nodes. Only one of lower degree can differ from it.
        return n == count && n > 2 ? n - 1 : n;
    }

    /** Returns the first of the n nodes around interval k. */
    private int first(int k, int n) {
        return Math.max(0, Math.min(count - n, k + 1 - n / 2));
    }

    /** Returns the quadrature weights of the n nodes around each interval. Writes e^{-h} of each interval to {@code decay}. */
    private double[] weights(int n, double[] decay) {
        double[] v = new double[count];
        quadrature.between(tau[0], tau[count - 1]);
        for (int i = 0; i < count; i++) {
            v[i] = quadrature.v(tau[i]);
        }
        double[] weights = new double[decay.length * n];
        double[] own = new double[n];
        for (int k = 0; k < decay.length; k++) {
            double h = tau[k] - tau[k + 1];
            quadrature.weights(tau[k], h, v, first(k, n), n, own);
            System.arraycopy(own, 0, weights, k * n, n);
            decay[k] = StrictMath.exp(-h);
        }
        return weights;
    }
}
