package io.scoreflux.solve.picard;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.ChebyshevLobatto;
import io.scoreflux.internal.collocation.ExponentialQuadrature;
import io.scoreflux.internal.collocation.SecantNewtonSweep;
import io.scoreflux.internal.collocation.WindowNodes;
import java.util.Arrays;

/**
 * One window of adaptive Picard collocation: the values at its nodes, the polynomial of D through them, and the sweep that moves the states to
 * the integral of the polynomial. Node 0 is the window's top; node k lies {@code h x_k} below it in ln sigma.
 */
final class CollocationWindow {
    private final int dimension;
    final WindowNodes nodes;
    /** The noise levels of the nodes. */
    final double[] sigma;

    private final double[] states;
    private final double[] answers;
    private final double[] slopes;
    private final double[] weights;
    private final double[] decays;
    private final double[] basis;
    private final double[] scratch;
    private final SecantNewtonSweep newton;

    private PicardRule rule;
    /** ln sigma at the top. */
    private double top;

    private double length;
    /** The decay of D's Chebyshev coefficients from one order to the next. */
    private double decay;

    private double rough;

    /** Returns the memory of the arrays that grow with the dimension, including those of the sweep. */
    static long bytes(int dimension, int maxDegree) {
        return WindowNodes.bytes(dimension, maxDegree)
                + (long) Double.BYTES * dimension
                + SecantNewtonSweep.bytes(dimension, maxDegree);
    }

    CollocationWindow(PicardRule rule, int maxDegree, int dimension) {
        int n = maxDegree + 1;
        this.rule = rule;
        this.dimension = dimension;
        this.nodes = new WindowNodes(maxDegree, dimension);
        this.states = nodes.states();
        this.answers = nodes.answers();
        this.slopes = nodes.slopes();
        this.sigma = new double[n];
        this.weights = new double[maxDegree * n];
        this.decays = new double[maxDegree];
        this.basis = new double[n];
        this.scratch = new double[dimension];
        this.newton = new SecantNewtonSweep(maxDegree, dimension);
    }

    int degree() {
        return rule.degree;
    }

    double length() {
        return length;
    }

    /** Returns ln sigma at the end of the window. */
    double bottom() {
        return top - length;
    }

    /** Opens the first window at a state where D is not known. The initial guess at all nodes is that state. */
    void openCold(PicardRule newRule, double sigmaAtTop, double newTop, double newLength, double[] start) {
        open(newRule, newTop, newLength);
        // Exact, unlike exp(ln sigma).
        sigma[0] = sigmaAtTop;
        for (int k = 0; k <= degree(); k++) {
            System.arraycopy(start, 0, states, k * dimension, dimension);
        }
        nodes.askTop();
    }

    /**
     * Opens a window whose top is a node of {@code before}. The polynomial of {@code before} predicts D at the other nodes.
     *
     * @param fromNode the last node of {@code before}, or 0 if that window was rejected
     */
    void openWarm(PicardRule newRule, double newTop, double newLength, CollocationWindow before, int fromNode) {
        open(newRule, newTop, newLength);
        int at = fromNode * dimension;
        System.arraycopy(before.states, at, states, 0, dimension);
        System.arraycopy(before.states, at, nodes.asked(), 0, dimension);
        System.arraycopy(before.answers, at, answers, 0, dimension);
        nodes.knowTop();
        for (int k = 1; k <= degree(); k++) {
            before.predict(tau(k), answers, k * dimension);
        }
        integrate();
    }

    private void open(PicardRule newRule, double newTop, double newLength) {
        rule = newRule;
        top = newTop;
        length = newLength;
        rule.quadrature.weights(length, weights, decays);
        nodes.open(degree());
        nodes.askAll();
        for (int k = 0; k <= degree(); k++) {
            sigma[k] = StrictMath.exp(tau(k));
        }
    }

    /** Returns ln sigma at node k. */
    private double tau(int k) {
        return top - length * rule.nodes.node(k);
    }

    /** Writes D at a level, which may be outside the window, from the polynomial of this window. */
    private void predict(double tau, double[] out, int at) {
        rule.nodes.basis((top - tau) / length, basis);
        Arrays.fill(out, at, at + dimension, 0);
        for (int k = 0; k <= degree(); k++) {
            Kernels.addScaled(out, at, basis[k], answers, k * dimension, dimension);
        }
    }

    /** Performs one sweep: a Picard iteration if no slope is known, and otherwise a step of Newton's method with secant slopes. */
    void sweep() {
        if (!anySlope() || !nodes.sweep(newton, weights, decays)) {
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
            Kernels.setScaled(states, row, decays[j - 1], states, 0, dimension);
            for (int k = 0; k <= m; k++) {
                Kernels.addScaled(states, row, weights[(j - 1) * (m + 1) + k], answers, k * dimension, dimension);
            }
        }
    }

    /** Corrects D along its slopes to the present states. The result is the polynomial that the last sweep integrated. */
    void settle() {
        double[] asked = nodes.asked();
        for (int k = 1; k <= degree(); k++) {
            int row = k * dimension;
            for (int i = row; i < row + dimension; i++) {
                answers[i] += slopes[k] * (states[i] - asked[i]);
            }
        }
        System.arraycopy(states, 0, asked, 0, (degree() + 1) * dimension);
    }

    /**
     * Estimates the error of the state at the end of the window from the truncation of D's Chebyshev series, in the data's units. Also sets the
     * decay.
     */
    double truncation() {
        double a0 = coefficient(0);
        double a1 = coefficient(1);
        double a2 = coefficient(2);
        double a3 = coefficient(3);
        decay = ChebyshevLobatto.decay(a0, a1, a2, a3);
        rough = ChebyshevLobatto.rough(a0, a1, a2, a3, length);
        return rule.chebyshev.truncation(a0, a1, a2, a3, decay, length);
    }

    /** Returns the error from roughness of D that {@link #truncation} determined, in the data's units. */
    double rough() {
        return rough;
    }

    /** Returns the decay that {@link #truncation} determined. */
    double decay() {
        return decay;
    }

    /** Returns the norm of D's Chebyshev coefficient of order {@code degree - fromTop}. */
    private double coefficient(int fromTop) {
        Arrays.fill(scratch, 0);
        for (int k = 0; k <= degree(); k++) {
            Kernels.addScaled(scratch, 0, rule.chebyshev.factor(fromTop, k), answers, k * dimension, dimension);
        }
        return Kernels.norm(scratch, 0, dimension);
    }

    /** Returns the mean of the measured slopes, with negative slopes counted as 0, or {@code otherwise} if none was measured. */
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

    /** Returns the norm of the state at the end of the window; its rounding is relative to this norm. */
    double endSize() {
        return Kernels.norm(states, degree() * dimension, dimension);
    }

    /** Writes the state at a level inside the accepted window. */
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
