package io.scoreflux.solve.picard;

import io.scoreflux.collocation.ExponentialQuadrature;
import io.scoreflux.solve.SecantNewtonSweep;
import io.scoreflux.solve.SecantSlope;
import io.scoreflux.state.Kernels;
import io.scoreflux.state.Rows;
import java.util.Arrays;

/**
 * One window of adaptive Picard collocation: the states at its nodes, D's answers at them, and the sweep that brings the two
 * together. Node 0 is the window's start; node k lies {@code h x_k} below it in ln sigma. Room for asking, telling and
 * sweeping is made once: 64 d doubles at degree 12.
 */
final class CollocationWindow {
    private final int dimension;
    /** Row k is the state at node k. */
    final double[] states;
    /** Row k is the state at which D was last evaluated for node k. */
    private final double[] asked;
    /** Row k is D there. */
    private final double[] answers;
    /** Scalar secant slope of D at each node, from two evaluations at the same noise level; 0 until there are two. */
    private final double[] slopes;

    private final boolean[] known;
    private final double[] weights;
    private final double[] decay;
    private final double[] basis;
    private final double[] coefficient;
    private final SecantNewtonSweep newton;

    private PicardRule rule;
    /** ln sigma at the start, and the window's length. */
    private double top;

    private double length;

    /** Memory of the arrays that grow with the dimension, including those of the sweep. */
    static long bytes(int dimension, int maxDegree) {
        return (long) Double.BYTES * (3 * (maxDegree + 1) + 1) * dimension
                + SecantNewtonSweep.bytes(dimension, maxDegree);
    }

    CollocationWindow(PicardRule rule, int maxDegree, int dimension) {
        int nodes = maxDegree + 1;
        this.rule = rule;
        this.dimension = dimension;
        this.states = new double[nodes * dimension];
        this.asked = new double[nodes * dimension];
        this.answers = new double[nodes * dimension];
        this.slopes = new double[nodes];
        this.known = new boolean[nodes];
        this.weights = new double[maxDegree * nodes];
        this.decay = new double[maxDegree];
        this.basis = new double[nodes];
        this.coefficient = new double[dimension];
        this.newton = new SecantNewtonSweep(maxDegree, dimension);
    }

    int degree() {
        return rule.degree;
    }

    double length() {
        return length;
    }

    double top() {
        return top;
    }

    /** ln sigma at node k. */
    double tau(int node) {
        return top - length * rule.nodes.node(node);
    }

    /** Begins a window at a state whose D is not known yet: all nodes start from that state. */
    void openCold(PicardRule newRule, double newTop, double newLength, double[] start) {
        open(newRule, newTop, newLength);
        known[0] = false;
        for (int k = 0; k <= degree(); k++) {
            System.arraycopy(start, 0, states, k * dimension, dimension);
        }
    }

    /**
     * Begins a window where D at the start is known from {@code before}, whose polynomial predicts D at the other nodes.
     *
     * @param fromNode the node of {@code before} that is the start: its last, or 0 if that window was given up
     */
    void openWarm(PicardRule newRule, double newTop, double newLength, CollocationWindow before, int fromNode) {
        open(newRule, newTop, newLength);
        int at = fromNode * dimension;
        System.arraycopy(before.states, at, states, 0, dimension);
        System.arraycopy(before.states, at, asked, 0, dimension);
        System.arraycopy(before.answers, at, answers, 0, dimension);
        known[0] = true;
        for (int k = 1; k <= degree(); k++) {
            before.predict(tau(k), answers, k * dimension);
        }
        integrate();
    }

    private void open(PicardRule newRule, double newTop, double newLength) {
        rule = newRule;
        top = newTop;
        length = newLength;
        rule.quadrature.weights(length, weights, decay);
        Arrays.fill(slopes, 0);
        Arrays.fill(known, false);
    }

    /** D by this window's polynomial, anywhere. */
    private void predict(double tau, double[] out, int at) {
        rule.nodes.basis((top - tau) / length, basis);
        Arrays.fill(out, at, at + dimension, 0);
        for (int k = 0; k <= degree(); k++) {
            Kernels.addScaled(out, at, basis[k], answers, k * dimension, dimension);
        }
    }

    boolean known(int node) {
        return known[node];
    }

    /** Asks for D at a node; node 0 lies at {@code sigmaAtTop} exactly. */
    void ask(int node, double sigmaAtTop, Rows append) {
        append.append(states, node * dimension, node == 0 ? sigmaAtTop : StrictMath.exp(tau(node)));
    }

    /** Takes D at a node's present state; the second answer at a node gives its slope. */
    void tell(int node, double[] source, int at) {
        int to = node * dimension;
        if (known[node]) {
            slopes[node] = SecantSlope.between(states, to, asked, to, source, at, answers, to, dimension, slopes[node]);
        }
        System.arraycopy(states, to, asked, to, dimension);
        System.arraycopy(source, at, answers, to, dimension);
        known[node] = true;
    }

    /** One sweep: Picard's iteration while no slope is known, Newton's with secant slopes afterwards. */
    void sweep() {
        if (!anySlope() || !newton.solve(degree(), weights, decay, states, answers, asked, slopes)) {
            integrate();
        }
    }

    private boolean anySlope() {
        for (int k = 1; k <= degree(); k++) {
            if (slopes[k] != 0) {
                return true;
            }
        }
        return false;
    }

    private void integrate() {
        int m = degree();
        for (int j = 1; j <= m; j++) {
            int row = j * dimension;
            Kernels.setScaled(states, row, decay[j - 1], states, 0, dimension);
            for (int k = 0; k <= m; k++) {
                Kernels.addScaled(states, row, weights[(j - 1) * (m + 1) + k], answers, k * dimension, dimension);
            }
        }
    }

    /** How far a node's state has moved since D was evaluated there. */
    double moved(int node) {
        return Math.sqrt(Kernels.squaredDistance(states, node * dimension, asked, node * dimension, dimension));
    }

    /** Moves D's answers along their slopes to the present states: the polynomial that the last sweep integrated. */
    void settle() {
        for (int k = 1; k <= degree(); k++) {
            int row = k * dimension;
            for (int i = row; i < row + dimension; i++) {
                answers[i] += slopes[k] * (states[i] - asked[i]);
            }
        }
        System.arraycopy(states, 0, asked, 0, (degree() + 1) * dimension);
    }

    /** The size of D's Chebyshev coefficient of order degree - fromTop. */
    double coefficient(int fromTop) {
        Arrays.fill(coefficient, 0);
        for (int k = 0; k <= degree(); k++) {
            Kernels.addScaled(coefficient, 0, rule.chebyshev.factor(fromTop, k), answers, k * dimension, dimension);
        }
        return Kernels.norm(coefficient, 0, dimension);
    }

    /** The mean of the measured slopes, not below 0, or {@code otherwise} where none was measured. */
    double meanSlope(double otherwise) {
        double sum = 0;
        int measured = 0;
        for (int k = 1; k <= degree(); k++) {
            if (slopes[k] != 0) {
                sum += Math.max(0, slopes[k]);
                measured++;
            }
        }
        return measured == 0 ? otherwise : sum / measured;
    }

    /** The size of the state at the window's end, the unit of rounding. */
    double endSize() {
        int row = degree() * dimension;
        return Kernels.norm(states, row, dimension);
    }

    /** The state at a level inside the settled window. */
    void stateAt(double tau, double[] out) {
        double fraction = Math.min(1, Math.max(0, (top - tau) / length));
        if (fraction == 1) {
            System.arraycopy(states, degree() * dimension, out, 0, dimension);
            return;
        }
        double[] factors = new double[degree() + 1];
        double[] fade = new double[1];
        new ExponentialQuadrature(rule.nodes, new double[] {fraction}).weights(length, factors, fade);
        Kernels.setScaled(out, 0, fade[0], states, 0, dimension);
        for (int k = 0; k <= degree(); k++) {
            Kernels.addScaled(out, 0, factors[k], answers, k * dimension, dimension);
        }
    }
}
