package io.scoreflux.solve.parallel;

import io.scoreflux.collocation.ChebyshevLobatto;
import io.scoreflux.solve.SecantNewtonSweep;
import io.scoreflux.solve.SecantSlope;
import io.scoreflux.state.Kernels;
import io.scoreflux.state.Rows;
import java.util.Arrays;

/** What one trajectory knows at the nodes of one window; room for the highest degree is made once. */
final class WindowState {
    private final int dimension;
    /** Row k: the state at node k. */
    final double[] states;
    /** Row k: the state that the answer belongs to. */
    final double[] asked;
    /** Row k: D there, as evaluated, or predicted where it was not. */
    final double[] answers;
    /** Scalar slope of D at each node. */
    final double[] slopes;
    /** Whether D was evaluated at the node. */
    final boolean[] known;
    /** Whether the node is asked in the round in the air. */
    final boolean[] asking;

    Window window;
    /** The largest relative distance of a node from where D is known, before and after the last sweep. */
    double change;

    double changeBefore;
    /** What D's coefficients beyond the polynomial's degree would add, relative; and their decay from one order to the next. */
    double residual;

    double decay;
    /** Times that this window or one before it in its place was split or changed its degree. */
    int refined;
    /** Rounds in which the window was asked with its present nodes. */
    int rounds;

    WindowState(Window window, int maxDegree, int dimension) {
        this.dimension = dimension;
        int n = maxDegree + 1;
        this.states = new double[n * dimension];
        this.asked = new double[n * dimension];
        this.answers = new double[n * dimension];
        this.slopes = new double[n];
        this.known = new boolean[n];
        this.asking = new boolean[n];
        this.window = window;
        open(window);
    }

    void open(Window newWindow) {
        window = newWindow;
        change = Double.POSITIVE_INFINITY;
        changeBefore = Double.POSITIVE_INFINITY;
        residual = Double.POSITIVE_INFINITY;
        decay = 1;
        refined = 0;
        rounds = 0;
        Arrays.fill(known, false);
        Arrays.fill(asking, false);
        Arrays.fill(slopes, 0);
    }

    /** Appends the nodes that are to be asked; returns how many they are. */
    int ask(Rows append) {
        int rows = 0;
        rounds++;
        for (int k = 1; k <= window.degree; k++) {
            if (asking[k]) {
                append.append(states, k * dimension, window.sigma[k]);
                rows++;
            }
        }
        return rows;
    }

    /**
     * Takes the answers of this window's rows; returns how many they were.
     *
     * @param leastMove a node that moved less tells nothing of its slope
     */
    int tell(double[] source, int firstRow, double leastMove) {
        int row = firstRow;
        for (int k = 1; k <= window.degree; k++) {
            if (asking[k]) {
                tellNode(k, source, row * dimension, leastMove);
                row++;
            }
        }
        return row - firstRow;
    }

    private void tellNode(int k, double[] source, int at, double leastMove) {
        int to = k * dimension;
        if (known[k] && moved(k) > leastMove) {
            slopes[k] = SecantSlope.between(states, to, asked, to, source, at, answers, to, dimension, slopes[k]);
        }
        System.arraycopy(states, to, asked, to, dimension);
        System.arraycopy(source, at, answers, to, dimension);
        known[k] = true;
    }

    /** The first node's state and D are those of the last node of the window before, moved along its slope. */
    void carry(WindowState before) {
        int last = before.window.degree;
        Arrays.fill(answers, 0, dimension, 0);
        before.addAnswer(1, last, answers, 0);
        System.arraycopy(before.states, last * dimension, states, 0, dimension);
        System.arraycopy(before.states, last * dimension, asked, 0, dimension);
        slopes[0] = before.slopes[last];
    }

    /** Adds a multiple of D at node k, moved along its slope to the present state. */
    private void addAnswer(double factor, int k, double[] out, int at) {
        int row = k * dimension;
        double c = slopes[k];
        for (int i = 0; i < dimension; i++) {
            out[at + i] += factor * (answers[row + i] + c * (states[row + i] - asked[row + i]));
        }
    }

    /** Brings the states of nodes 1 and following up to date with the answers. */
    void sweep(SecantNewtonSweep newton) {
        newton.solve(window.degree, window.weights, window.decay, states, answers, asked, slopes);
    }

    /** How far a node's state is from where its D is known. */
    double moved(int k) {
        return Math.sqrt(Kernels.squaredDistance(states, k * dimension, asked, k * dimension, dimension));
    }

    /** D's polynomial at a level, each value moved along its slope to the present state. */
    void predict(double level, double[] basis, double[] out, int at) {
        window.basis(level, basis);
        Arrays.fill(out, at, at + dimension, 0);
        for (int k = 0; k <= window.degree; k++) {
            addAnswer(basis[k], k, out, at);
        }
    }

    /** The slope at a level, linear between the nodes. */
    double slopeAt(double level) {
        int k = 1;
        while (k < window.degree && window.tau[k] > level) {
            k++;
        }
        double fraction = (window.tau[k - 1] - level) / (window.tau[k - 1] - window.tau[k]);
        fraction = Math.min(1, Math.max(0, fraction));
        return slopes[k - 1] + fraction * (slopes[k] - slopes[k - 1]);
    }

    /** The state at a level within the window, by the polynomial. */
    void stateAt(double level, double[] weights, double[] out) {
        window.weightsAt(level, weights);
        Kernels.setScaled(out, 0, StrictMath.exp(level - window.tau[0]), states, 0, dimension);
        for (int k = 0; k <= window.degree; k++) {
            addAnswer(weights[k], k, out, 0);
        }
    }

    /**
     * Decides which nodes to ask next, and measures both residuals.
     *
     * <p>The change is the largest distance of a node from where its D is known. The residual is what the coefficients beyond the
     * polynomial's degree would add to the state, from the decay of the last four.
     *
     * @param radius the unit of distances, with the noise level
     * @param still a node that moved less than this is not asked again
     * @param scratch room for a row
     */
    void measure(double radius, double still, double[] scratch) {
        changeBefore = change;
        change = 0;
        for (int k = 1; k <= window.degree; k++) {
            double moved = moved(k) / StrictMath.hypot(radius, window.sigma[k]);
            change = Math.max(change, moved);
            asking[k] = !known[k] || moved > still;
        }
        double a0 = coefficient(0, scratch);
        double a1 = coefficient(1, scratch);
        double a2 = coefficient(2, scratch);
        double a3 = coefficient(3, scratch);
        decay = ChebyshevLobatto.decay(a0, a1, a2, a3);
        double last = ChebyshevLobatto.last(a0, a1, a2, a3, decay);
        double span = -StrictMath.expm1(-window.length());
        residual = 2 * span * last * decay / window.degree / StrictMath.hypot(radius, window.sigma[window.degree]);
    }

    /** What the next sweep would move the states by, as the last ones shrank. */
    double expectedChange() {
        return change * Math.min(1, Math.max(0.01, change / changeBefore));
    }

    boolean isKnown() {
        for (int k = 1; k <= window.degree; k++) {
            if (!known[k]) {
                return false;
            }
        }
        return true;
    }

    int asks() {
        int rows = 0;
        for (int k = 1; k <= window.degree; k++) {
            rows += asking[k] ? 1 : 0;
        }
        return rows;
    }

    void askAll() {
        Arrays.fill(asking, 1, window.degree + 1, true);
    }

    /** The mean of the slopes, those below 0 taken as 0. */
    double meanSlope() {
        double sum = 0;
        for (int k = 1; k <= window.degree; k++) {
            sum += Math.max(0, slopes[k]);
        }
        return sum / window.degree;
    }

    /** States, D and slopes at the nodes of this window by the polynomial of one that contains it. */
    void interpolate(WindowState old, double[] basis, double[] row) {
        for (int k = 0; k <= window.degree; k++) {
            double level = window.tau[k];
            int at = k * dimension;
            old.predict(level, basis, answers, at);
            old.stateAt(Math.max(level, old.window.tau[old.window.degree]), basis, row);
            System.arraycopy(row, 0, states, at, dimension);
            System.arraycopy(row, 0, asked, at, dimension);
            slopes[k] = old.slopeAt(level);
        }
        if (window.tau[0] == old.window.tau[0]) {
            System.arraycopy(old.states, 0, states, 0, dimension);
            System.arraycopy(old.asked, 0, asked, 0, dimension);
            System.arraycopy(old.answers, 0, answers, 0, dimension);
        }
        askAll();
        refined = old.refined + 1;
        change = old.change;
        changeBefore = old.changeBefore;
        // Used if the calls end before the window's own value is measured.
        residual = old.residual;
    }

    /** Goes on from the end of the window before: D stays as it is there. */
    void enter(WindowState before) {
        carry(before);
        for (int k = 1; k <= window.degree; k++) {
            int row = k * dimension;
            System.arraycopy(answers, 0, answers, row, dimension);
            Kernels.setScaled(states, row, window.decay[k - 1], states, 0, dimension);
            Kernels.addScaled(states, row, 1 - window.decay[k - 1], answers, 0, dimension);
            System.arraycopy(states, row, asked, row, dimension);
        }
        askAll();
    }

    /** The size of D's Chebyshev coefficient of order degree - r. */
    private double coefficient(int r, double[] scratch) {
        Arrays.fill(scratch, 0);
        for (int k = 0; k <= window.degree; k++) {
            addAnswer(window.chebyshev.factor(r, k), k, scratch, 0);
        }
        return Kernels.norm(scratch, 0, dimension);
    }
}
