package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.Coordinate;
import io.scoreflux.internal.collocation.FlowQuadrature;
import java.util.Arrays;

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
 * <p>Memory: {@code 16 d} bytes per node and {@code 8 d} bytes per pair for dimension d, with space for the usual number of nodes and for 16 pairs at
 * first.
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
     * The largest number of passes. A pass converts D at each node to the new state and then integrates the interval below the node, so that the
     * passes converge for an unstable flow. The polynomial of an interval also uses nodes below it; a pass uses their values from the previous
     * pass.
     */
    private static final int PASSES = 20;
    /**
     * The passes stop when one moves the new end by less than this fraction of the usual error plus the distance between the new end and the
     * solver's end.
     */
    private static final double SETTLED = 0.02;

    private static final double FACTOR = 1.25;
    /** The least estimate, in usual errors. */
    private static final double FLOOR = 1.25;

    /** In a dual problem, up to this number of nodes around an interval are left out. */
    private static final int LEAVE_OUT = 4;

    /** The least number of nodes by which the memory grows. */
    private static final int MORE_NODES = 16;
    /** The solver measures a slope at about each eighth node. */
    private static final int NODES_PER_PAIR = 8;
    /** The usual number of calls for each decimal digit of the tolerance. */
    private static final double NODES_PER_DIGIT = 12;
    /** With more digits than these, each digit takes more calls. */
    private static final double FEW_DIGITS = 8;

    private final int dimension;
    private final boolean dual;
    private final Coordinate coordinate;
    private final FlowQuadrature quadrature = new FlowQuadrature(new FlowQuadrature.Workspace());
    private int count;
    private double[] tau;
    private double[] sigma;
    /** The values of D as the denoiser returned them. {@link #asked} contains the states where they were evaluated. */
    private double[][] answers;

    private double[][] asked;
    /** The pairs of evaluations. */
    final PathJacobian jacobian;

    /** Returns the capacity, in rows, for the usual number of nodes at a tolerance. */
    static int rows(Sliding settings) {
        int nodes = usualNodes(settings);
        return 2 * nodes + PathJacobian.rows(nodes / NODES_PER_PAIR);
    }

    private static int usualNodes(Sliding settings) {
        double digits = -StrictMath.log10(settings.tolerance());
        double nodes = NODES_PER_DIGIT * digits * Math.max(1, digits / FEW_DIGITS);
        return (int) Math.ceil(Math.max(1, Math.min(settings.maxCalls(), nodes)));
    }

    /**
     * Creates an estimator without nodes. It interpolates in the given coordinate, with the value that the coordinate has at the time of the
     * estimate.
     */
    EndError(Sliding settings, Coordinate coordinate, int dimension, boolean dual) {
        this.dual = dual;
        this.dimension = dimension;
        this.coordinate = coordinate;
        this.jacobian = new PathJacobian(dimension);
        int nodes = usualNodes(settings);
        this.tau = new double[nodes];
        this.sigma = new double[nodes];
        this.answers = new double[nodes][dimension];
        this.asked = new double[nodes][dimension];
    }

    void clear() {
        count = 0;
        jacobian.clear();
    }

    /** Releases the memory. The estimator is not used again. */
    void release() {
        answers = new double[0][];
        asked = answers;
        jacobian.release();
    }

    /** Adds the next node, with D and the state where it was evaluated. */
    void add(double level, double noise, double[] answer, double[] state) {
        if (count == tau.length) {
            int capacity = count + Math.max(MORE_NODES, count / 8);
            tau = Arrays.copyOf(tau, capacity);
            sigma = Arrays.copyOf(sigma, capacity);
            answers = Arrays.copyOf(answers, capacity);
            asked = Arrays.copyOf(asked, capacity);
            for (int i = count; i < capacity; i++) {
                answers[i] = new double[dimension];
                asked[i] = new double[dimension];
            }
        }
        tau[count] = level;
        sigma[count] = noise;
        count++;
        replace(0, answer, 0, state);
    }

    /** Replaces D at the node {@code back} places before the last one by D at another state. */
    void replace(int back, double[] answer, int answerAt, double[] state) {
        int node = count - 1 - back;
        System.arraycopy(answer, answerAt, answers[node], 0, dimension);
        System.arraycopy(state, 0, asked[node], 0, dimension);
    }

    /**
     * Returns the estimated error of the end, in the data's units. The method overwrites the nodes, so that it can be called only once.
     *
     * @param start the state at the first node
     * @param end the solver's state at the last node
     * @param usual the usual error for the tolerance, in the data's units
     */
    double estimate(double[] start, double[] end, double usual) {
        int n = nodesAround();
        int intervals = count - 1;
        double[] decay = new double[intervals];
        int[] first = new int[intervals];
        int[] size = new int[intervals];
        double[] weights = weights(n, first, size, decay);
        jacobian.at(tau, count);
        double[] state = new double[dimension];
        double[] before = new double[dimension];
        double distance = 0;
        double change = Double.POSITIVE_INFINITY;
        for (int pass = 0; pass < PASSES && change > SETTLED * (distance + usual); pass++) {
            System.arraycopy(state, 0, before, 0, dimension);
            System.arraycopy(start, 0, state, 0, dimension);
            for (int k = 0; k < intervals; k++) {
                convert(k, state, pass);
                Kernels.setScaled(state, decay[k], state);
                Kernels.addRows(state, weights, k * n, answers, first[k], size[k]);
            }
            convert(intervals, state, pass);
            distance = Kernels.distance(state, end);
            change = pass == 0 ? change : Kernels.distance(state, before);
        }
        double floor = FLOOR * usual;
        return Math.sqrt(FACTOR * FACTOR * (distance * distance + change * change) + floor * floor);
    }

    /**
     * Converts D at node k to a state. D was evaluated at a state z. The first conversion overwrites z with D - J z. Each conversion adds J times
     * the new state to it.
     */
    private void convert(int k, double[] state, int pass) {
        if (pass == 0) {
            jacobian.addProduct(k, -1, asked[k], answers[k], asked[k]);
        }
        jacobian.addProduct(k, 1, state, asked[k], answers[k]);
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
        // Sums of lengths are exact enough for the shortest intervals, and differences of u are not.
        for (int i = 0; i < count; i++) {
            if (i > 0) {
                quadrature.interval(sigma[i - 1], tau[i - 1] - tau[i]);
                quadrature.coordinate(coordinate);
                v[i] = v[i - 1] + quadrature.drop();
            }
        }
        double unit = v[count - 1];
        for (int i = 0; i < count; i++) {
            v[i] /= unit;
        }
        double[] weights = new double[decay.length * n];
        double[] own = new double[n];
        for (int k = 0; k < decay.length; k++) {
            double h = tau[k] - tau[k + 1];
            first[k] = first(k, n);
            size[k] = n;
            quadrature.interval(sigma[k], h);
            quadrature.coordinate(coordinate);
            if (dual) {
                chooseNodes(k, unit, v, own, first, size);
            }
            quadrature.weights(v[k], unit, v, first[k], size[k], own);
            System.arraycopy(own, 0, weights, k * n, size[k]);
            decay[k] = quadrature.decay();
        }
        return weights;
    }

    /**
     * Chooses the nodes of an interval in a dual problem. If steps suddenly become shorter below the interval, polynomials through many of the
     * dense nodes oscillate in it. So the number of nodes below the interval increases from one to half of all nodes, and the choice is the number
     * at which the integral over the interval changes least. All nodes are n, n - 2 or n - 4.
     */
    private void chooseNodes(int k, double unit, double[] v, double[] own, int[] first, int[] size) {
        int n = own.length;
        double[] integral = new double[dimension];
        double[] before = new double[dimension];
        double least = Double.POSITIVE_INFINITY;
        for (int m = n; m >= Math.max(3, n - LEAVE_OUT); m -= 2) {
            int lowest = Math.max(0, k + 2 - m);
            for (int i = lowest; i <= first(k, m); i++) {
                quadrature.weights(v[k], unit, v, i, m, own);
                Arrays.fill(integral, 0);
                Kernels.addRows(integral, own, 0, answers, i, m);
                double change = Kernels.distance(integral, before);
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
