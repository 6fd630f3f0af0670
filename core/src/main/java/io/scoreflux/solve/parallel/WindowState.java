package io.scoreflux.solve.parallel;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.ChebyshevLobatto;
import io.scoreflux.internal.collocation.LagrangeQuadrature;
import io.scoreflux.internal.collocation.WindowNodes;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The data of one trajectory in one window: the values at its nodes, and the residuals that control the iteration. */
final class WindowState {
    /** The error of the Jacobian where none was measured. Slopes are mostly between 0 and 1. */
    private static final double UNMEASURED = 0.5;

    private static final double LARGEST_ERROR = 2;
    /** The share of the error of J in known directions. The errors at the nodes partly cancel each other. */
    private static final double CURVED_SHARE = 0.5;
    /** A smaller part of a change does not show the error of J in its direction. */
    private static final double LEAST_PART = 0.1;
    /** The number of nodes of each neighbouring window from which the truncation error is estimated. */
    private static final int NEIGHBOURS = 2;
    /** No Gaussian has a slope of 1. Its variance would be infinite. */
    private static final double STEEPEST_GAUSSIAN = 0.98;

    private final int dimension;
    final WindowNodes nodes;
    private final SecantPairs pairs;
    private final LagrangeQuadrature quadrature;
    /** The error of the Jacobian at each node: the part of the last change of D that it did not predict, relative to the change of the state. */
    private final double[] unpredicted;
    /** The last change of the state between two evaluations at each node, and the one before; 0 if there was none. */
    private final double[] lastMove;

    private final double[] moveBefore;
    /** The part of the last change that was orthogonal to the directions in which J was known, relative to the change. */
    private final double[] unknownPart;

    private final double[] row;
    private final double[] predicted;
    private final double[] states;
    private final double[] asked;
    private final double[] answers;
    private final double[] slopes;

    Window window;
    /** The relative truncation error of the polynomial of D. {@link #decay} is the decay of its coefficients from one order to the next. */
    double residual;

    double decay;
    /** The error at the end of the window because D is rough there, in the data's units. */
    double rough;
    /** The number of times that this window, or one that it replaced, was halved or changed its degree. */
    int refined;
    /** The number of rounds that evaluated D at the present nodes. */
    int rounds;

    /**
     * Creates a state at which nothing is known.
     *
     * @param quadrature the quadrature of the trajectory
     */
    WindowState(Window window, int maxDegree, int dimension, LagrangeQuadrature quadrature) {
        this.dimension = dimension;
        this.quadrature = quadrature;
        this.nodes = new WindowNodes(maxDegree, dimension);
        this.states = nodes.states();
        this.asked = nodes.asked();
        this.answers = nodes.answers();
        this.slopes = nodes.slopes();
        this.pairs = new SecantPairs(maxDegree, dimension);
        this.unpredicted = new double[maxDegree + 1];
        this.lastMove = new double[maxDegree + 1];
        this.moveBefore = new double[maxDegree + 1];
        this.unknownPart = new double[maxDegree + 1];
        this.row = new double[dimension];
        this.predicted = new double[dimension];
        this.window = window;
        open(window);
    }

    void open(Window newWindow) {
        window = newWindow;
        nodes.open(window.degree);
        pairs.clear();
        Arrays.fill(unpredicted, UNMEASURED);
        Arrays.fill(lastMove, 0);
        Arrays.fill(moveBefore, 0);
        Arrays.fill(unknownPart, 1);
        residual = Double.POSITIVE_INFINITY;
        decay = 1;
        refined = 0;
        rounds = 0;
    }

    /** Appends the nodes of the next round and returns their number. */
    int ask(Rows append) {
        rounds++;
        return nodes.ask(window.sigma, append);
    }

    /** Receives D at the rows that {@link #ask} appended, and returns their number. See {@link WindowNodes#tell}. */
    int tell(double[] source, int firstRow, double leastMove) {
        int at = firstRow;
        for (int k = 0; k <= window.degree; k++) {
            if (nodes.asks(k)) {
                if (nodes.isKnown(k) && nodes.moved(k) > leastMove) {
                    unknownPart[k] = pairs.unknownPart(k, states, asked, row) / nodes.moved(k);
                    moveBefore[k] = lastMove[k];
                    lastMove[k] = nodes.moved(k);
                    unpredicted[k] = Math.min(LARGEST_ERROR, unpredicted(k, source, at * dimension) / nodes.moved(k));
                    pairs.add(k, states, asked, source, at * dimension, answers);
                }
                at++;
            }
        }
        return nodes.tell(source, firstRow, leastMove);
    }

    /** Returns the distance of a new value of D at node k from its prediction. */
    private double unpredicted(int k, double[] source, int at) {
        Arrays.fill(predicted, 0);
        addAnswer(1, k, predicted, 0);
        return Math.sqrt(Kernels.squaredDistance(predicted, 0, source, at, dimension));
    }

    /**
     * Returns the error of the state at the end of the window because J is not exact, in the data's units: the sum over the nodes of weight, error
     * of J, and distance dz of the state from where D was evaluated.
     *
     * <p>In the directions of the last differences, J is a secant slope, and its error is proportional to the length of the secant and of dz. So
     * the error of J decreases as they do. In the other directions it stays.
     */
    double jacobianError() {
        int m = window.degree;
        double sum = 0;
        for (int k = 1; k <= m; k++) {
            double moved = nodes.moved(k);
            double secants = moveBefore[k] + lastMove[k];
            double shrinkage = moveBefore[k] > 0 ? Math.min(1, (lastMove[k] + moved) / secants) : 1;
            double rest = Math.min(1, unpredicted[k] / Math.max(LEAST_PART, unknownPart[k]));
            double error =
                    CURVED_SHARE * unpredicted[k] * shrinkage * moved + rest * pairs.unknownPart(k, states, asked, row);
            sum += Math.abs(window.weights[(m - 1) * (m + 1) + k]) * error;
        }
        return sum;
    }

    /**
     * Adds the truncation error at the end of the window: the integral of the polynomial through the nodes of this window and the
     * {@value #NEIGHBOURS} next ones on each side, minus that of the polynomial of this window.
     *
     * @param above the previous window, or null
     * @param below the next window, or null
     */
    void addTruncation(@Nullable WindowState above, @Nullable WindowState below, double[] out) {
        int m = window.degree;
        int up = above == null ? 0 : NEIGHBOURS;
        int down = below == null ? 0 : NEIGHBOURS;
        double[] levels = new double[up + m + 1 + down];
        System.arraycopy(window.tau, 0, levels, up, m + 1);
        if (above != null) {
            System.arraycopy(above.window.tau, above.window.degree - up, levels, 0, up);
        }
        if (below != null) {
            System.arraycopy(below.window.tau, 1, levels, up + m + 1, down);
        }
        double[] weights = window.endWeights(levels, quadrature);
        for (int i = 0; i < levels.length; i++) {
            int k = i - up;
            if (above != null && k < 0) {
                above.addAnswer(weights[i], above.window.degree + k, out, 0);
            } else if (below != null && k > m) {
                below.addAnswer(weights[i], k - m, out, 0);
            } else {
                addAnswer(weights[i] - window.weights[(m - 1) * (m + 1) + k], k, out, 0);
            }
        }
    }

    /** Replaces an error of the state at the top, which is row 0 of {@code errors}, by the error at the end that follows from it. */
    void propagate(WindowSweep sweep, double[] errors) {
        sweep.propagate(window, nodes, pairs, errors);
        System.arraycopy(errors, window.degree * dimension, errors, 0, dimension);
    }

    /**
     * Sets the initial guess: the path of a Gaussian of standard deviation {@code std} that starts at {@code start} at the noise level
     * {@code startSigma}, and D of this Gaussian.
     *
     * @param mean has the mean of the Gaussian from index {@code at} on
     */
    void guess(double[] start, double startSigma, double[] mean, int at, double std) {
        double width = StrictMath.hypot(std, startSigma);
        for (int k = 0; k <= window.degree; k++) {
            double level = StrictMath.hypot(std, window.sigma[k]);
            double slope = (std / level) * (std / level);
            int row = k * dimension;
            for (int i = 0; i < dimension; i++) {
                double fromMean = level / width * (start[i] - mean[at + i]);
                states[row + i] = mean[at + i] + fromMean;
                answers[row + i] = mean[at + i] + slope * fromMean;
                asked[row + i] = states[row + i];
            }
            slopes[k] = slope;
        }
        nodes.askAll();
    }

    /** Sets the state at the first node, and D there. */
    void top(double[] state, double[] answer, int at) {
        System.arraycopy(state, 0, states, 0, dimension);
        System.arraycopy(state, 0, asked, 0, dimension);
        System.arraycopy(answer, at, answers, 0, dimension);
    }

    /** Sets the state and D at the first node to those at the last node of the previous window, with D corrected along its slope. */
    void carry(WindowState before) {
        int last = before.window.degree;
        Arrays.fill(answers, 0, dimension, 0);
        before.addAnswer(1, last, answers, 0);
        System.arraycopy(before.states, last * dimension, states, 0, dimension);
        System.arraycopy(before.states, last * dimension, asked, 0, dimension);
        slopes[0] = before.slopes[last];
    }

    /** Adds a multiple of D at node k, corrected with its Jacobian to the present state. */
    private void addAnswer(double factor, int k, double[] out, int at) {
        int from = k * dimension;
        double c = slopes[k];
        for (int i = 0; i < dimension; i++) {
            out[at + i] += factor * (answers[from + i] + c * (states[from + i] - asked[from + i]));
        }
        if (k > 0 && pairs.any(k)) {
            pairs.addCurvature(factor, k, states, asked, c, out, at, row);
        }
    }

    /**
     * Updates the states below the top by one sweep with the present values of D. If a state leaps by more than {@code farthest}, in units of
     * {@code hypot(radius, sigma)}, the Jacobian is useless, and the sweep is repeated without it. D is bounded, and so are then the states.
     */
    void sweep(WindowSweep sweep, double radius, double farthest) {
        sweep.sweep(window, nodes, pairs);
        boolean leaps = false;
        for (int k = 1; k <= window.degree; k++) {
            leaps |= !(nodes.moved(k) <= farthest * StrictMath.hypot(radius, window.sigma[k]));
        }
        if (leaps) {
            pairs.clear();
            Arrays.fill(slopes, 0);
            sweep.sweep(window, nodes, pairs);
        }
    }

    /** Writes the value of D's polynomial at a level. Each value of D is corrected along its slope to the present state. */
    private void predict(double level, double[] basis, double[] out, int at) {
        window.basis(level, basis);
        Arrays.fill(out, at, at + dimension, 0);
        for (int k = 0; k <= window.degree; k++) {
            addAnswer(basis[k], k, out, at);
        }
    }

    /** Returns the slope at a level by linear interpolation between the nodes. */
    private double slopeAt(double level) {
        int k = 1;
        while (k < window.degree && window.tau[k] > level) {
            k++;
        }
        double fraction = (window.tau[k - 1] - level) / (window.tau[k - 1] - window.tau[k]);
        fraction = Math.min(1, Math.max(0, fraction));
        return slopes[k - 1] + fraction * (slopes[k] - slopes[k - 1]);
    }

    /** Returns the node below the top that is nearest to a level. */
    private int nearest(double level) {
        int best = 1;
        for (int k = 2; k <= window.degree; k++) {
            if (Math.abs(window.tau[k] - level) < Math.abs(window.tau[best] - level)) {
                best = k;
            }
        }
        return best;
    }

    /** Writes the state at a level within the window, from the polynomial. */
    void stateAt(double level, double[] weights, double[] out) {
        window.weightsAt(level, quadrature, weights);
        Kernels.setScaled(out, 0, StrictMath.exp(level - window.tau[0]), states, 0, dimension);
        for (int k = 0; k <= window.degree; k++) {
            addAnswer(weights[k], k, out, 0);
        }
    }

    /** Writes the state at the end of the window. */
    void endState(double[] out) {
        System.arraycopy(states, window.degree * dimension, out, 0, dimension);
    }

    /**
     * Measures the change of the last sweep and the truncation residual, and chooses the nodes of the next round.
     *
     * @param radius the radius of the data, which sets the unit of distances together with the noise level
     * @param still the largest change of a node that is not evaluated again
     * @param scratch space for one row
     */
    void measure(double radius, double still, double[] scratch) {
        nodes.measureChange(radius, window.sigma, still);
        double a0 = coefficient(0, scratch);
        double a1 = coefficient(1, scratch);
        double a2 = coefficient(2, scratch);
        double a3 = coefficient(3, scratch);
        decay = ChebyshevLobatto.decay(a0, a1, a2, a3);
        rough = ChebyshevLobatto.rough(a0, a1, a2, a3, window.length());
        residual = window.chebyshev.truncation(a0, a1, a2, a3, decay, window.length()) / window.unit(radius);
    }

    /** Returns the largest relative distance of a node's state from the state where its D was evaluated. */
    double change() {
        return nodes.change();
    }

    /** Returns the expected change of the next sweep. */
    double expectedChange() {
        return nodes.change() * nodes.contraction(0);
    }

    /** Returns the expected change of the sweep after the next one, if sweeps continue to contract as they did. */
    double foresight() {
        double contraction = nodes.contraction(1);
        return nodes.change() * contraction * contraction;
    }

    /** Returns the mean over the nodes of the steepest known slopes, with negative slopes counted as 0. */
    double meanSteepest() {
        double sum = 0;
        for (int k = 1; k <= window.degree; k++) {
            sum += Math.max(0, pairs.steepest(k, slopes[k]));
        }
        return sum / window.degree;
    }

    /** Interpolates states, D and slopes from a window that contains this one and that this one replaces. */
    void interpolate(WindowState old, double[] basis, double[] row) {
        for (int k = 0; k <= window.degree; k++) {
            double level = window.tau[k];
            int at = k * dimension;
            old.predict(level, basis, answers, at);
            old.stateAt(Math.max(level, old.window.tau[old.window.degree]), basis, row);
            System.arraycopy(row, 0, states, at, dimension);
            System.arraycopy(row, 0, asked, at, dimension);
            slopes[k] = old.slopeAt(level);
            int near = old.nearest(level);
            pairs.copy(k, old.pairs, near);
            unpredicted[k] = old.unpredicted[near];
            lastMove[k] = old.lastMove[near];
            moveBefore[k] = old.moveBefore[near];
            unknownPart[k] = old.unknownPart[near];
        }
        if (window.tau[0] == old.window.tau[0]) {
            System.arraycopy(old.states, 0, states, 0, dimension);
            System.arraycopy(old.asked, 0, asked, 0, dimension);
            System.arraycopy(old.answers, 0, answers, 0, dimension);
        }
        nodes.askAll();
        nodes.continueFrom(old.nodes);
        refined = old.refined + 1;
        // Used if the calls run out before the window's own residual is measured.
        residual = old.residual;
    }

    /**
     * Starts from the end of the previous window. The path is that of the Gaussian which has the state, D and the slope of D there. Below the
     * levels where modes separate, the data around the path are nearly such a Gaussian.
     *
     * <p>With variance a^2 and mean mu, {@code D - mu = c (z - mu)} for the slope {@code c = a^2 / (a^2 + s^2)}, and {@code z - mu} varies as
     * {@code sqrt(a^2 + s^2)}.
     */
    void enter(WindowState before) {
        carry(before);
        double c = Math.min(STEEPEST_GAUSSIAN, Math.max(0, slopes[0]));
        double top = window.sigma[0];
        double std = top * Math.sqrt(c / (1 - c));
        for (int k = 1; k <= window.degree; k++) {
            double factor = StrictMath.hypot(std, window.sigma[k]) / StrictMath.hypot(std, top);
            double slope = StrictMath.pow(std / StrictMath.hypot(std, window.sigma[k]), 2);
            int row = k * dimension;
            for (int i = 0; i < dimension; i++) {
                double fromMean = (states[i] - answers[i]) / (1 - c);
                states[row + i] = states[i] + (factor - 1) * fromMean;
                answers[row + i] = answers[i] + (slope * factor - c) * fromMean;
                asked[row + i] = states[row + i];
            }
            slopes[k] = slope;
        }
        nodes.askAll();
    }

    /** Returns the norm of D's Chebyshev coefficient of order {@code degree - fromTop}. */
    private double coefficient(int fromTop, double[] scratch) {
        Arrays.fill(scratch, 0);
        for (int k = 0; k <= window.degree; k++) {
            addAnswer(window.chebyshev.factor(fromTop, k), k, scratch, 0);
        }
        return Kernels.norm(scratch, 0, dimension);
    }
}
