package io.scoreflux.internal.collocation;

import io.scoreflux.internal.Kernels;
import io.scoreflux.state.Rows;
import java.util.Arrays;

/**
 * The values of one trajectory at the nodes of a collocation window, for iterations that evaluate D at the nodes and update the states
 * until both are consistent. Node 0 is the top of the window. Row k of each array belongs to node k. Memory: {@code 3 (maxDegree + 1) d}
 * doubles. Not thread-safe.
 */
public final class WindowNodes {
    private static final double LEAST_CONTRACTION = 0.01;

    private final int dimension;
    private final double[] states;
    private final double[] asked;
    private final double[] answers;
    private final double[] slopes;
    private final boolean[] known;
    private final boolean[] asking;
    private int degree;
    private double change;
    private double changeBefore;

    /** Returns the memory in bytes of the arrays that grow with the dimension. */
    public static long bytes(int dimension, int maxDegree) {
        return (long) Double.BYTES * 3 * (maxDegree + 1) * dimension;
    }

    /** Creates nodes for windows of degree up to {@code maxDegree}; call {@link #open} before any other method. */
    public WindowNodes(int maxDegree, int dimension) {
        int n = maxDegree + 1;
        this.dimension = dimension;
        this.states = new double[n * dimension];
        this.asked = new double[n * dimension];
        this.answers = new double[n * dimension];
        this.slopes = new double[n];
        this.known = new boolean[n];
        this.asking = new boolean[n];
    }

    /** Starts a window of the given degree. D is unknown at all nodes, no node is asked, and all slopes are 0. */
    public void open(int newDegree) {
        degree = newDegree;
        change = Double.POSITIVE_INFINITY;
        changeBefore = Double.POSITIVE_INFINITY;
        Arrays.fill(slopes, 0);
        Arrays.fill(known, false);
        Arrays.fill(asking, false);
    }

    /** Returns the states at the nodes; the caller may overwrite them. */
    public double[] states() {
        return states;
    }

    /** Returns the states at which {@link #answers()} were evaluated; the caller may overwrite them. */
    public double[] asked() {
        return asked;
    }

    /** Returns D at the nodes, evaluated or predicted; the caller may overwrite it. */
    public double[] answers() {
        return answers;
    }

    /** Returns the scalar secant slopes of D at the nodes, 0 if not measured; the caller may overwrite them. */
    public double[] slopes() {
        return slopes;
    }

    /** Returns whether D was evaluated at all nodes below the top. */
    public boolean allKnown() {
        for (int k = 1; k <= degree; k++) {
            if (!known[k]) {
                return false;
            }
        }
        return true;
    }

    /** Marks node 0 as known. Its D is that of the window above. */
    public void knowTop() {
        known[0] = true;
    }

    /** Requests D at node 0 in the next round, in addition to other nodes. */
    public void askTop() {
        asking[0] = true;
    }

    /** Requests D at all nodes below the top in the next round. */
    public void askAll() {
        Arrays.fill(asking, 1, degree + 1, true);
    }

    /** Returns whether D at node k is requested in the next round. */
    public boolean asks(int k) {
        return asking[k];
    }

    /** Returns whether D was evaluated at node k. */
    public boolean isKnown(int k) {
        return known[k];
    }

    /** Returns the number of nodes whose D is requested in the next round. */
    public int asks() {
        int rows = 0;
        for (int k = 0; k <= degree; k++) {
            rows += asking[k] ? 1 : 0;
        }
        return rows;
    }

    /**
     * Appends the states at the nodes whose D is requested.
     *
     * @param sigma the noise levels of the nodes
     * @return the number of rows
     */
    public int ask(double[] sigma, Rows append) {
        int rows = 0;
        for (int k = 0; k <= degree; k++) {
            if (asking[k]) {
                append.append(states, k * dimension, sigma[k]);
                rows++;
            }
        }
        return rows;
    }

    /**
     * Receives D at the rows that {@link #ask} appended. A second value at a node determines its slope.
     *
     * @param leastMove the smallest change of a state that determines a slope, exclusive
     * @return the number of rows
     */
    public int tell(double[] source, int firstRow, double leastMove) {
        int row = firstRow;
        for (int k = 0; k <= degree; k++) {
            if (asking[k]) {
                int to = k * dimension;
                int at = row * dimension;
                if (known[k] && moved(k) > leastMove) {
                    slopes[k] =
                            SecantSlope.between(states, to, asked, to, source, at, answers, to, dimension, slopes[k]);
                }
                System.arraycopy(states, to, asked, to, dimension);
                System.arraycopy(source, at, answers, to, dimension);
                known[k] = true;
                row++;
            }
        }
        return row - firstRow;
    }

    /**
     * Updates the states below the top to the solution of {@link SecantNewtonSweep}.
     *
     * @return false if the system is singular; the states are then unchanged
     */
    public boolean sweep(SecantNewtonSweep newton, double[] weights, double[] decay) {
        return sweep(newton, weights, decay, answers);
    }

    /** Does the same with other values of D than {@link #answers()}. */
    public boolean sweep(SecantNewtonSweep newton, double[] weights, double[] decay, double[] values) {
        return newton.solve(degree, weights, decay, states, values, asked, slopes);
    }

    /** Returns the distance between the state of node k and the state at which its D was evaluated. */
    public double moved(int k) {
        return Math.sqrt(Kernels.squaredDistance(states, k * dimension, asked, k * dimension, dimension));
    }

    /**
     * Measures the change of the last sweep, and chooses the nodes of the next round: those where D is unknown or whose state moved by more
     * than {@code still}. Distances are relative to {@code hypot(radius, sigma)}, because errors at large sigma shrink with sigma.
     *
     * @param sigma the noise levels of the nodes
     * @return true if no node must be asked again
     */
    public boolean measureChange(double radius, double[] sigma, double still) {
        changeBefore = change;
        change = 0;
        asking[0] = false;
        boolean done = true;
        for (int k = 1; k <= degree; k++) {
            double moved = moved(k) / StrictMath.hypot(radius, sigma[k]);
            change = Math.max(change, moved);
            asking[k] = !known[k] || moved > still;
            done &= !asking[k];
        }
        return done;
    }

    /**
     * Returns the largest relative distance between the state of a node and the state at which its D was evaluated; infinite before the
     * first sweep.
     */
    public double change() {
        return change;
    }

    /** Returns the ratio of the changes of the last two sweeps, clamped to [0.01, 1]. Before the second sweep the ratio is {@code otherwise}. */
    public double contraction(double otherwise) {
        double measured = changeBefore < Double.POSITIVE_INFINITY ? change / changeBefore : otherwise;
        return Math.min(1, Math.max(LEAST_CONTRACTION, measured));
    }

    /** Copies the changes of a window that this window replaces. */
    public void continueFrom(WindowNodes other) {
        change = other.change;
        changeBefore = other.changeBefore;
    }
}
