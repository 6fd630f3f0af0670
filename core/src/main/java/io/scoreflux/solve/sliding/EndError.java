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
 * around it, and converts D to the new states with a {@link PathJacobian}. It repeats this until the end settles. Let e be the distance between
 * the solver's end and the new end, and p the last change of the new end. The estimate is {@code sqrt(e^2 + p^2)} times {@value #FACTOR}, and
 * {@value #FLOOR} times the usual error is added in quadrature.
 *
 * <p>In a dual problem, errors that the steps make where structure of the data begins do not decay, and nodes become dense there. So the nodes
 * around an interval are those for which its integral changes least.
 *
 * <p>The usual error is the tolerance or, if it is smaller, the geometric mean of the tolerance and the allowed error of a step. It is added
 * because the Jacobian is known in a few directions only. Errors in other directions are missing from e. The
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
    /** The new end has settled when a pass moves it by less than this share of its distance from the solver's end. */
    private static final double SETTLED = 0.01;

    private static final double FACTOR = 1.25;
    /** The least estimate, in usual errors. */
    private static final double FLOOR = 1.25;

    /** In a dual problem, up to this number of nodes around an interval are left out. */
    private static final int LEAVE_OUT = 4;

    private static final int FIRST_NODES = 64;
    /** The solver measures a slope at about each eighth node. */
    private static final int NODES_PER_PAIR = 8;
    /** The approximate number of calls for each decimal digit of the tolerance on difficult targets. */
    private static final double NODES_PER_DIGIT = 16;

    private final int dimension;
    private final boolean dual;
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
        return 2 * room + Math.max(PathJacobian.pairs(), room / NODES_PER_PAIR);
    }

    /**
     * Creates an estimator without nodes. It interpolates in the given coordinate, with the value that the coordinate has at the time of the
     * estimate.
     */
    EndError(DoubleUnaryOperator coordinate, int dimension, boolean dual) {
        this.dual = dual;
        this.dimension = dimension;
        this.quadrature = new NewtonQuadrature(coordinate);
        this.answers = new double[Math.multiplyExact(tau.length, dimension)];
        this.asked = new double[Math.multiplyExact(tau.length, dimension)];
        this.jacobian = new PathJacobian(dimension);
    }

    void clear() {
        count = 0;
        jacobian.clear();
    }

    /** Releases the memory. The estimator is not used again. */
    void release() {
        answers = new double[0];
        asked = answers;
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
     */
    double estimate(double[] start, double[] end, int endAt, double usual) {
        int n = nodesAround();
        int intervals = count - 1;
        double[] decay = new double[intervals];
        int[] first = new int[intervals];
        int[] size = new int[intervals];
        double[] weights = weights(n, first, size, decay);
        jacobian.at(tau, count);
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
                for (int i = 0; i < size[k]; i++) {
                    int from = (first[k] + i) * dimension;
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

    /**
     * Returns the quadrature weights of the nodes around each interval, n at most. Writes the first and the number of these nodes, and e^{-h} of the
     * interval.
     */
    private double[] weights(int n, int[] first, int[] size, double[] decay) {
        double[] v = new double[count];
        quadrature.between(tau[0], tau[count - 1]);
        for (int i = 0; i < count; i++) {
            v[i] = quadrature.v(tau[i]);
        }
        double[] weights = new double[decay.length * n];
        double[] own = new double[n];
        for (int k = 0; k < decay.length; k++) {
            double h = tau[k] - tau[k + 1];
            first[k] = first(k, n);
            size[k] = n;
            if (dual) {
                chooseNodes(k, v, own, first, size);
            }
            quadrature.weights(tau[k], h, v, first[k], size[k], own);
            System.arraycopy(own, 0, weights, k * n, size[k]);
            decay[k] = StrictMath.exp(-h);
        }
        return weights;
    }

    /**
     * Chooses the nodes of an interval in a dual problem. If steps suddenly become shorter below the interval, polynomials through many of the
     * dense nodes oscillate in it. So the number of nodes below the interval increases from one to half of all nodes, and the choice is the number
     * at which the integral over the interval changes least. All nodes are n, n - 2 or n - 4.
     */
    private void chooseNodes(int k, double[] v, double[] own, int[] first, int[] size) {
        int n = own.length;
        double[] integral = new double[dimension];
        double[] before = new double[dimension];
        double least = Double.POSITIVE_INFINITY;
        for (int m = n; m >= Math.max(3, n - LEAVE_OUT); m -= 2) {
            int lowest = Math.max(0, k + 2 - m);
            for (int i = lowest; i <= first(k, m); i++) {
                quadrature.weights(tau[k], tau[k] - tau[k + 1], v, i, m, own);
                Arrays.fill(integral, 0);
                for (int j = 0; j < m; j++) {
                    Kernels.addScaled(integral, 0, own[j], answers, (i + j) * dimension, dimension);
                }
                double change = Math.sqrt(Kernels.squaredDistance(integral, 0, before, 0, dimension));
                // Of equal changes, the last one with all n nodes is best.
                if (i > lowest && (m == n ? change <= least : change < least)) {
                    least = change;
                    first[k] = i;
                    size[k] = m;
                }
                System.arraycopy(integral, 0, before, 0, dimension);
            }
        }
    }
}
