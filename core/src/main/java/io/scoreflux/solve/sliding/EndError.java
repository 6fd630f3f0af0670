package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.NewtonQuadrature;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * The error estimate of a certificate. It estimates the error at the end of a trajectory from all of its nodes and from its pairs of evaluations
 * at one noise level, without a call of the denoiser.
 *
 * <p>Each step used only the nodes above it. The estimate integrates each interval again with the polynomial through 8 to 12 nodes
 * around it, and converts D to the new states with a {@link PathJacobian}. It repeats this until the end settles. Let d be the distance between
 * the solver's end and the new end, and p the last change of the new end. The estimate is {@code sqrt(d^2 + p^2)} times {@value #FACTOR}, and
 * {@value #FLOOR} times the usual error is added in quadrature.
 *
 * <p>The usual error is added because the Jacobian is known in a few directions only. Errors in the other directions are missing from d. The
 * step rule keeps errors near the tolerance, so an estimate far below the tolerance would claim more than is known.
 *
 * <p>The constants are from the table of certificates of {@code TargetBenchmarks} in {@code examples/benchmarks}; docs/accuracy.md has the
 * command.
 *
 * <p>Memory: {@code 16 d} bytes per node and {@code 8 d} bytes per pair for dimension d, with space for 64 nodes and 16 pairs at first, and as
 * much again as that of the nodes during the estimate.
 */
final class EndError {
    /**
     * The number of nodes around an interval. The polynomials must resolve the errors of steps of any degree, and few nodes are far apart, where
     * polynomials of high degree oscillate.
     */
    private static final int NODES = 10;

    private static final int NODES_OF_ROUGH = 4;
    private static final int NODES_OF_SHORT = 8;
    private static final int NODES_OF_LONG = 12;
    /** Paths with fewer nodes are short. */
    private static final int SHORT = 60;
    /** Paths with at least this number of nodes are long. */
    private static final int LONG = 120;

    /**
     * An unstable flow amplifies errors by up to {@code e^k}. The m passes compute the first m terms of the power series; eight were too few.
     */
    private static final int PASSES = 20;
    /** The end has settled when a pass moves it by less than this share of its distance from the solver's end. */
    private static final double SETTLED = 0.01;

    private static final double FACTOR = 1.25;
    /** The least estimate, in usual errors. */
    private static final double FLOOR = 1.25;

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
    /** The pairs of evaluations. */
    final PathJacobian jacobian;

    /** Returns the capacity, in rows, for the usual number of nodes at a tolerance. */
    static int rows(Sliding settings) {
        int nodes = (int)
                Math.min(settings.maxCalls(), Math.ceil(-NODES_PER_DIGIT * StrictMath.log10(settings.tolerance())));
        int room = FIRST_NODES;
        while (room < nodes) {
            room *= 2;
        }
        return 2 * room + PathJacobian.pairs();
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
        this.jacobian = new PathJacobian(dimension);
    }

    /** Returns the number of nodes. */
    int count() {
        return count;
    }

    void clear() {
        count = 0;
        jacobian.clear();
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

    /**
     * Returns the estimated error of the end, in the data's units.
     *
     * @param start the state at the first node
     * @param end contains the solver's state at the last node, from {@code endAt} on
     * @param usual the usual error for the tolerance, in the data's units
     * @param rough whether D varied over distances shorter than a step, so that polynomials through many nodes oscillate
     * @param noisy whether D may be rough in the state as well, so that slopes above 1 are not believed
     */
    double estimate(double[] start, double[] end, int endAt, double usual, boolean rough, boolean noisy) {
        int n = rough ? Math.min(NODES_OF_ROUGH, count - 1) : nodesAround();
        int intervals = count - 1;
        double[] decay = new double[intervals];
        double[] weights = weights(n, decay);
        jacobian.at(tau, count, noisy ? 1 : Double.POSITIVE_INFINITY);
        double[] states = new double[count * dimension];
        System.arraycopy(start, 0, states, 0, dimension);
        double[] moved = answers.clone();
        double[] before = new double[dimension];
        int last = intervals * dimension;
        double distance = 0;
        double change = Double.POSITIVE_INFINITY;
        for (int pass = 0; pass < PASSES && change > SETTLED * distance; pass++) {
            if (pass > 0) {
                System.arraycopy(states, last, before, 0, dimension);
                convert(states, moved);
            }
            for (int k = 0; k < intervals; k++) {
                int to = (k + 1) * dimension;
                Kernels.setScaled(states, to, decay[k], states, k * dimension, dimension);
                for (int i = 0; i < n; i++) {
                    int from = (first(k, n) + i) * dimension;
                    Kernels.addScaled(states, to, weights[k * n + i], moved, from, dimension);
                }
            }
            distance = Math.sqrt(Kernels.squaredDistance(states, last, end, endAt, dimension));
            change = pass == 0 ? change : Math.sqrt(Kernels.squaredDistance(states, last, before, 0, dimension));
        }
        double floor = FLOOR * usual;
        return Math.sqrt(FACTOR * FACTOR * (distance * distance + change * change) + floor * floor);
    }

    /** Writes D at the given states: the values of D at the nodes, converted with the Jacobian. */
    private void convert(double[] states, double[] moved) {
        System.arraycopy(answers, 0, moved, 0, count * dimension);
        double[] difference = new double[dimension];
        for (int i = 0; i < count; i++) {
            jacobian.addProduct(i, states, asked, moved, difference);
        }
    }

    /** Returns the number of nodes of an interval's polynomial. */
    private int nodesAround() {
        int n = Math.min(count < SHORT ? NODES_OF_SHORT : count < LONG ? NODES : NODES_OF_LONG, count);
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
