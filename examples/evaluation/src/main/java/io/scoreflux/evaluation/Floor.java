package io.scoreflux.evaluation;

import io.scoreflux.internal.collocation.Nodes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The calls that piecewise polynomial interpolation of D needs along a trajectory that is known in advance.
 *
 * <p>The noise range of a {@link KnownPath} is divided into pieces of whole cells. On each piece, the polynomial in ln sigma through the
 * values at n Chebyshev nodes replaces D, with n from 1 to {@value #MOST_NODES}. A piece may have n nodes if the polynomial is within
 * {@code error * radius} of D on the whole piece (tested in {@value #FINE} Chebyshev points). Dynamic programming over the cells finds the
 * pieces with the fewest nodes in total: {@code nodes(b) = min over a < b of nodes(a) + n(a, b)}. The floor is this number times the
 * evaluations of the model that one D takes, which are two if guidance needs both branches.
 *
 * <p>The final state is {@code int e^{-(tau - tau_end)} D dtau} plus the rest of the initial state, and the weight integrates to less than
 * 1. If the polynomials replace D, the error of the final state is therefore at most {@code error * radius}. It may be smaller, because the
 * errors of a piece cancel in the integral. So the floor is not a lower bound, but the cost of interpolating the denoiser. A solver, in
 * addition, does not know the trajectory.
 */
public final class Floor {
    /** The maximum number of rows in the mean. */
    public static final int MOST_ROWS = 8;

    private static final int MOST_NODES = 32;
    private static final int FINE = 48;
    private static final int NONE = 1 << 24;

    private static final Nodes POINTS = Nodes.chebyshev(FINE);
    /** For each n, the error of the polynomial through n nodes at each point, as a matrix that applies to the values at all points. */
    private static final double[][][] MISSES = misses();

    private Floor() {}

    /**
     * The mean over the first rows, at most {@value #MOST_ROWS}.
     *
     * @param radius the unit of errors, positive
     * @param errors the maximum relative errors of D, each at least 1e-11
     * @param each run after each row
     * @throws IllegalStateException if the path of a row cannot be computed
     */
    public static Curve of(Experiment experiment, double radius, double[] errors, Runnable each) {
        int rows = rows(experiment);
        int evaluations = experiment.denoiser().evaluations(experiment.condition());
        double[] mean = new double[errors.length]; // NaN if a piece of one cell needs more than MOST_NODES.
        for (int k = 0; k < rows; k++) {
            int[] nodes = nodes(
                    KnownPath.of(
                            experiment.denoiser(), experiment.condition(), experiment.problem(), experiment.state(k)),
                    radius,
                    errors);
            for (int e = 0; e < errors.length; e++) {
                mean[e] += nodes[e] < NONE ? (double) evaluations * nodes[e] / rows : Double.NaN;
            }
            each.run();
        }
        List<Curve.Point> points = new ArrayList<>();
        for (int e = 0; e < errors.length; e++) {
            if (!Double.isNaN(mean[e])) {
                points.add(new Curve.Point(mean[e], errors[e]));
            }
        }
        return new Curve("floor", points);
    }

    /** The number of rows in the mean. */
    public static int rows(Experiment experiment) {
        return Math.min(MOST_ROWS, experiment.rows());
    }

    /** The fewest nodes for each error. */
    static int[] nodes(KnownPath path, double radius, double[] errors) {
        int cells = path.cells();
        int[][] total = new int[errors.length][cells + 1];
        for (int[] row : total) {
            Arrays.fill(row, 1, cells + 1, NONE);
        }
        double[] fine = new double[FINE * path.dimension()];
        for (int a = 0; a < cells; a++) {
            // A longer piece never needs fewer nodes, so its search continues from the number of the shorter piece.
            int[] n = new int[errors.length];
            Arrays.fill(n, 1);
            for (int b = a + 1; b <= cells && Arrays.stream(n).min().orElseThrow() <= MOST_NODES; b++) {
                for (int i = 0; i < FINE; i++) {
                    path.read(a + (b - a) * POINTS.node(i), fine, i * path.dimension());
                }
                double[] missed = new double[MOST_NODES + 1];
                Arrays.fill(missed, Double.NaN);
                for (int e = 0; e < errors.length; e++) {
                    while (n[e] <= MOST_NODES
                            && !(missed(n[e], fine, path.dimension(), missed) <= errors[e] * radius)) {
                        n[e]++;
                    }
                    if (n[e] <= MOST_NODES) {
                        total[e][b] = Math.min(total[e][b], total[e][a] + n[e]);
                    }
                }
            }
        }
        return Arrays.stream(total).mapToInt(row -> row[cells]).toArray();
    }

    /** The largest distance of the polynomial through n nodes from D, cached in {@code known}. */
    private static double missed(int n, double[] fine, int dimension, double[] known) {
        if (Double.isNaN(known[n])) {
            double largest = 0;
            double[] sum = new double[dimension];
            for (double[] row : MISSES[n]) {
                Arrays.fill(sum, 0);
                for (int j = 0; j < FINE; j++) {
                    for (int i = 0; i < dimension; i++) {
                        sum[i] += row[j] * fine[j * dimension + i];
                    }
                }
                double square = 0;
                for (double one : sum) {
                    square += one * one;
                }
                largest = Math.max(largest, square);
            }
            known[n] = Math.sqrt(largest);
        }
        return known[n];
    }

    private static double[][][] misses() {
        double[][][] misses = new double[MOST_NODES + 1][FINE][FINE];
        for (int n = 1; n <= MOST_NODES; n++) {
            Nodes nodes = Nodes.chebyshev(n);
            // The values at the n nodes come from the polynomial through all points.
            double[][] fromPoints = new double[n][FINE];
            for (int k = 0; k < n; k++) {
                POINTS.basis(nodes.node(k), fromPoints[k]);
            }
            double[] basis = new double[n];
            for (int i = 0; i < FINE; i++) {
                nodes.basis(POINTS.node(i), basis);
                misses[n][i][i] = 1;
                for (int k = 0; k < n; k++) {
                    for (int j = 0; j < FINE; j++) {
                        misses[n][i][j] -= basis[k] * fromPoints[k][j];
                    }
                }
            }
        }
        return misses;
    }
}
