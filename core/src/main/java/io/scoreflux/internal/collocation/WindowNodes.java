package io.scoreflux.internal.collocation;

import io.scoreflux.internal.Kernels;
import io.scoreflux.state.Rows;
import java.util.Arrays;

/**
 * The values of one trajectory at the nodes of a collocation window, for iterations that evaluate D at the nodes and move the states until
 * both agree. Node 0 is the window's top. Arrays hold node k's values in row k. Memory: {@code 3 (maxDegree + 1) d} doubles. Not thread-safe.
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

    /** Memory of the arrays that grow with the dimension. */
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

    /** Begins a window of the given degree: D is unknown at all nodes, no node is asked, and all slopes are 0. */
    public void open(int newDegree) {
        degree = newDegree;
        change = Double.POSITIVE_INFINITY;
        changeBefore = Double.POSITIVE_INFINITY;
        Arrays.fill(slopes, 0);
        Arrays.fill(known, false);
        Arrays.fill(asking, false);
    }

    /** The states at the nodes; the caller may overwrite them. */
    public double[] states() {
        return states;
    }

    /** The states that {@link #answers()} belong to; the caller may overwrite them. */
    public double[] asked() {
        return asked;
    }

    /** D at the nodes, as evaluated, or predicted; the caller may overwrite it. */
    public double[] answers() {
        return answers;
    }

    /** Scalar secant slopes of D at the nodes, 0 where none was measured; the caller may overwrite them. */
    public double[] slopes() {
        return slopes;
    }

    /** Whether D was evaluated at all nodes below the top. */
    public boolean allKnown() {
        for (int k = 1; k <= degree; k++) {
            if (!known[k]) {
                return false;
            }
        }
        return true;
    }

    /** Marks node 0 as known: its D is that of the window above. */
    public void knowTop() {
        known[0] = true;
    }

    /** Has D evaluated in the next round at node 0 too. */
    public void askTop() {
        asking[0] = true;
    }

    /** Has D evaluated in the next round at all nodes below the top. */
    public void askAll() {
        Arrays.fill(asking, 1, degree + 1, true);
    }

    /** The number of nodes where D is to be evaluated in the next round. */
    public int asks() {
        int rows = 0;
        for (int k = 0; k <= degree; k++) {
            rows += asking[k] ? 1 : 0;
        }
        return rows;
    }

    /**
     * Appends the states where D is to be evaluated.
     *
     * @param sigma the nodes' noise levels
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
     * Takes D at the rows that {@link #ask} appended. A second value at a node gives its slope.
     *
     * @param leastMove a state that moved by no more than this shows no slope
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
     * Moves the states below the top to the solution of {@link SecantNewtonSweep}.
     *
     * @return false, with the states as they were, if the system is singular
     */
    public boolean sweep(SecantNewtonSweep newton, double[] weights, double[] decay) {
        return newton.solve(degree, weights, decay, states, answers, asked, slopes);
    }

    /** The distance of node k's state from the one that its D belongs to. */
    public double moved(int k) {
        return Math.sqrt(Kernels.squaredDistance(states, k * dimension, asked, k * dimension, dimension));
    }

    /**
     * Measures the change of the last sweep, and chooses the nodes of the next round: those that are not known, or moved by more than
     * {@code still}. Distances are relative to {@code hypot(radius, sigma)}, as errors made at large sigma shrink with it.
     *
     * @param sigma the nodes' noise levels
     * @return true if no node needs to be asked again
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

    /** The largest relative distance of a node from where its D is known, infinite before the first sweep. */
    public double change() {
        return change;
    }

    /** The factor from the change of one sweep to that of the next, in [0.01, 1]; from {@code otherwise} before the second sweep. */
    public double contraction(double otherwise) {
        double measured = changeBefore < Double.POSITIVE_INFINITY ? change / changeBefore : otherwise;
        return Math.min(1, Math.max(LEAST_CONTRACTION, measured));
    }

    /** Takes over the changes of a window that this one replaces. */
    public void continueFrom(WindowNodes other) {
        change = other.change;
        changeBefore = other.changeBefore;
    }
}
