package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.SecantSlope;
import java.util.Arrays;

/**
 * One step of sliding-window collocation, from the newest node down by h to a new node. P_k is the polynomial of D through the k newest nodes.
 * N_k and g_k are those of {@link NodePolynomial}, all at the new node, and W_k = g_k / N_k:
 *
 * <pre>
 * predict   z_p = e^{-h} z_0 + sum_{j &lt; q} g_j D[v_0, ..., v_j]
 * evaluate  D at z_p
 * correct   z_c = z_p + W_q (D - P_q)
 * residual  |W_k - W_{k-1}| |D - P_k| = |z_c of degree k - z_c of degree k - 1|, for every k
 * error     (0.7 |W_k - W_{k-1}| + 2 r W_k^2) |D - P_k|
 * </pre>
 *
 * <p>The second term of the error is due to the conversion of D to the corrected state, {@code W_k |D - P_k|} away, along a slope with
 * the error r.
 *
 * <p>A slope c of D converts the value of D to the corrected state: {@code D = D(z_p) + c (z_c - z_p)}. The methods allocate no memory.
 */
final class CollocationStep {
    /**
     * The share of the residual of a degree that is its error. The residual is the error of the next lower degree, and the repeated
     * integration reduces the error further.
     */
    private static final double TRUNCATION = 0.7;
    /** The weight of the error of the slope in the error of a step. */
    private static final double SLOPE_WEIGHT = 2;
    /** The number of fixed-point sweeps between the corrected state and the value of D converted to it. */
    private static final int SWEEPS = 4;
    /** The error of a slope before it is known. */
    private static final double UNKNOWN = 0.3;
    /** The largest error of a slope. Larger ones are mostly noise of the denoiser. */
    private static final double LARGEST = 1;
    /** The least share of the error of a slope that remains at the next measurement. */
    private static final double REMEMBERED = 0.5;
    /** A repeated integration that would change a state by more than this number of allowed errors indicates a jump of D. */
    private static final double WILD = 100;

    private final int dimension;
    private final NodeWindow nodes;
    private final NodePolynomial polynomial;

    /** The length h in ln sigma. */
    double length;
    /** ln sigma of the new node. {@link #sigma} is its noise level. */
    double tau;

    double sigma;
    /** The allowed error of the step, in the data's units. */
    double allowed;
    /** The number of nodes of the predictor, which is the degree of the corrector. */
    int q;
    /** The slope c of the last correction. */
    double slope;
    /** The error of slopes: the distance of a measured change of D from that of its slope, over the change of the state. */
    double slopeError;
    /** The slope in the direction of the last measured change of D, or 0 if D changed against the state. */
    double steepest;
    /** The share of the residuals that counts as an error. */
    private double truncation = 1;

    private final double[] g;
    private final double[] newton;
    private final double[] gain;
    /** Index k, from 1 on: |D - P_k|. */
    final double[] differences;
    /** Index k, from 1 on: the estimated error of degree k, relative to the allowed error. */
    final double[] residuals;
    /** Row k: P_k. */
    private final double[] predictions;

    final double[] predicted;
    final double[] corrected;
    /** The last value of D, as the denoiser returned it. {@link #asked} is the state where it was evaluated. */
    final double[] raw;

    final double[] asked;
    /** D at the corrected state. */
    private final double[] answer;
    /** The state at the new node, integrated with all known values. */
    private final double[] state;

    CollocationStep(NodeWindow nodes, NodePolynomial polynomial, int dimension) {
        this.dimension = dimension;
        this.nodes = nodes;
        this.polynomial = polynomial;
        int terms = nodes.capacity + 1;
        this.g = new double[terms];
        this.newton = new double[terms];
        this.gain = new double[terms];
        this.differences = new double[terms];
        this.residuals = new double[terms];
        this.predictions = new double[terms * dimension];
        this.predicted = new double[dimension];
        this.corrected = new double[dimension];
        this.raw = new double[dimension];
        this.asked = new double[dimension];
        this.answer = new double[dimension];
        this.state = new double[dimension];
    }

    /**
     * Predicts the state at a new node.
     *
     * @param h the length of the step
     * @param level ln sigma of the new node
     * @param noise sigma of the new node
     * @param allowedError the allowed error, in the data's units
     * @param degree the degree of the corrector; at most the number of nodes
     */
    void predict(double h, double level, double noise, double allowedError, int degree) {
        length = h;
        tau = level;
        sigma = noise;
        allowed = allowedError;
        q = degree;
        int n = nodes.count();
        polynomial.interpolate(nodes, tau);
        polynomial.integrate(nodes.tau(0), length, n, g);
        double product = 1;
        for (int j = 0; j <= n; j++) {
            newton[j] = product;
            gain[j] = j == 0 ? 0 : g[j] / product;
            if (j < n) {
                product *= 1 - polynomial.v[j];
            }
        }
        Arrays.fill(predictions, 0, dimension, 0);
        for (int k = 1; k <= n; k++) {
            int row = k * dimension;
            System.arraycopy(predictions, row - dimension, predictions, row, dimension);
            Kernels.addScaled(predictions, row, newton[k - 1], polynomial.divided, row - dimension, dimension);
        }
        polynomial.carry(nodes.states, nodes.at(0), length, g, q, predicted);
    }

    /** Receives D at the predicted state. */
    void evaluated(double[] answers, int at) {
        System.arraycopy(answers, at, raw, 0, dimension);
        System.arraycopy(predicted, 0, asked, 0, dimension);
    }

    /** Takes residuals as errors, in the start window and in coarse steps. */
    void useResiduals() {
        truncation = 1;
        slopeError = 0;
    }

    /** Estimates errors from residuals and from the error of the slope, in regular steps. */
    void useErrors() {
        truncation = TRUNCATION;
        slopeError = slopeError == 0 ? UNKNOWN : slopeError;
    }

    /**
     * Receives D at the corrected state, which replaces D at the predicted state. Returns the secant slope between the two. The error of the
     * slope used so far becomes known, too.
     */
    double evaluatedAgain(double[] answers, int at) {
        double measured = SecantSlope.between(corrected, 0, asked, 0, answers, at, raw, 0, dimension, 0);
        double wrong = 0;
        double change = 0;
        double product = 0;
        double square = 0;
        for (int k = 0; k < dimension; k++) {
            double moved = corrected[k] - asked[k];
            double changed = answers[at + k] - raw[k];
            double missed = changed - slope * moved;
            change += changed * changed;
            product += changed * moved;
            wrong += missed * missed;
            square += moved * moved;
        }
        steepest = product > 0 ? Math.min(LARGEST, change / product) : 0;
        if (square > 0) {
            slopeError = Math.min(LARGEST, Math.max(Math.sqrt(wrong / square), REMEMBERED * slopeError));
        }
        System.arraycopy(answers, at, raw, 0, dimension);
        System.arraycopy(corrected, 0, asked, 0, dimension);
        return measured;
    }

    /** Corrects the state and D with the slope c of D, and computes the residuals of all degrees. */
    void correct(double c) {
        slope = c;
        System.arraycopy(raw, 0, answer, 0, dimension);
        int row = q * dimension;
        for (int sweep = 0; sweep < (slope == 0 ? 1 : SWEEPS); sweep++) {
            if (sweep > 0) {
                for (int k = 0; k < dimension; k++) {
                    answer[k] = raw[k] + slope * (corrected[k] - asked[k]);
                }
            }
            for (int k = 0; k < dimension; k++) {
                corrected[k] = predicted[k] + gain[q] * (answer[k] - predictions[row + k]);
            }
        }
        int n = nodes.count();
        for (int k = 1; k <= n; k++) {
            differences[k] = Math.sqrt(Kernels.squaredDistance(answer, 0, predictions, k * dimension, dimension));
            double error = truncation * Math.abs(gain[k] - gain[k - 1]) + SLOPE_WEIGHT * slopeError * gain[k] * gain[k];
            residuals[k] = error * differences[k] / allowed;
        }
    }

    /**
     * Returns the error that the corrected state has for a slope of D of 1 because D was not evaluated at that state, in the data's units:
     * {@code W_q |z_c - z_p|}.
     */
    double displacement() {
        return gain[q] * Math.sqrt(Kernels.squaredDistance(corrected, 0, asked, 0, dimension));
    }

    /**
     * Adds the new node to the window, with the corrected values of D and of the state.
     *
     * @param lookBack the number of intervals above the step that are integrated again with the new node
     */
    void accept(int lookBack) {
        integrate(lookBack, WILD * allowed);
        for (int i = 0; i < lookBack; i++) {
            nodes.repair(i, slope);
        }
        nodes.add(tau, answer, corrected, state);
    }

    /**
     * Adds the new node to the start window and integrates the whole window again. The values of D still belong to the states where they were
     * evaluated, so that the window can be repaired later.
     */
    void acceptInStart() {
        integrate(nodes.count() - 1, Double.POSITIVE_INFINITY);
        nodes.add(tau, answer, asked, state);
    }

    /** Adds the new node to the polynomial and integrates the state to it. */
    private void integrate(int lookBack, double mostMove) {
        int row = q * dimension;
        for (int k = 0; k < dimension; k++) {
            polynomial.divided[row + k] = (answer[k] - predictions[row + k]) / newton[q];
        }
        polynomial.degree = q;
        integrateAgain(lookBack, mostMove);
        polynomial.carry(nodes.states, nodes.at(0), length, g, q + 1, state);
    }

    /** Integrates the whole window again after the repair of its values of D, with the polynomial through all nodes. */
    void integrateWindow() {
        int oldest = nodes.count() - 1;
        polynomial.interpolate(nodes, nodes.tau(0) - 1);
        polynomial.degree = oldest;
        integrateAgain(oldest, WILD * allowed);
    }

    /**
     * Integrates the intervals below node {@code from} again. Stops if a state would move by more than {@code mostMove}: over a long interval
     * after a jump of D, the new polynomial is worse than the old one.
     */
    private void integrateAgain(int from, double mostMove) {
        if (from == 0) {
            return;
        }
        System.arraycopy(nodes.states, nodes.at(from), state, 0, dimension);
        for (int i = from; i >= 1; i--) {
            int below = nodes.at(i - 1);
            polynomial.carry(state, 0, nodes.tau(i), nodes.tau(i) - nodes.tau(i - 1), state);
            double moved = Math.sqrt(Kernels.squaredDistance(state, 0, nodes.states, below, dimension));
            if (moved > mostMove) {
                return;
            }
            System.arraycopy(state, 0, nodes.states, below, dimension);
        }
    }

    /** Returns the residual of the corrector's degree, relative to the allowed error. */
    double residual() {
        return residuals[q];
    }
}
