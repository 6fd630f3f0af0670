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
 * </pre>
 *
 * <p>A residual estimates the error only if the differences {@code D - P_k} decrease with k. If D begins to vary after a smooth stretch, they
 * are equal for all k, and the residuals become small only because neighbouring gains are. Paths upwards meet such an onset at each scale of the
 * data, and in a dual problem the error persists. There, residual k is the largest of {@code |W_k - W_{j-1}| |D - P_k| share} over j &lt;= k, where
 * the share of {@code D - P_j} that {@code D - P_k} retains is {@code <D - P_k, D - P_j> / |D - P_j|^2}, limited to [0, 1].
 *
 * <p>A slope c of D converts the value of D to the corrected state: {@code D = D(z_p) + c (z_c - z_p)}. The methods allocate no memory.
 */
final class CollocationStep {
    /** The number of fixed-point sweeps between the corrected state and the value of D converted to it. */
    private static final int SWEEPS = 4;
    /** A repeated integration that would change a state by more than this number of allowed errors indicates a jump of D. */
    private static final double WILD = 100;
    /**
     * The same for a dual problem. At an onset, nodes suddenly become denser, and a polynomial through the dense ones oscillates in the longer
     * intervals above them. A change by more than the allowed error of the accepted step is then no improvement.
     */
    private static final double WILD_IN_DUAL = 2;

    private final int dimension;
    private final boolean dual;
    private final NodeWindow nodes;
    private final NodePolynomial polynomial;

    /** The length h in ln sigma. */
    private double length;
    /** ln sigma of the new node. {@link #sigma} is its noise level. */
    double tau;

    double sigma;
    /** The allowed error of the step, in the data's units. */
    double allowed;
    /** The number of nodes of the predictor, which is the degree of the corrector. */
    int q;
    /** The slope c of the last correction. */
    double slope;

    private final double[] g;
    private final double[] newton;
    private final double[] gain;
    private final double[] basis;
    /**
     * Index k, from 1 to {@link Roughness#HIGHEST}: the size of {@code D - P_k} for independent errors of size 1 of the values at all nodes.
     */
    final double[] amplification;
    /** Index k, from 1 on: |D - P_k|. */
    final double[] differences;
    /** Index k, from 1 on: the residual of degree k, relative to the allowed error. */
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

    CollocationStep(NodeWindow nodes, NodePolynomial polynomial, int dimension, boolean dual) {
        this.dimension = dimension;
        this.dual = dual;
        this.nodes = nodes;
        this.polynomial = polynomial;
        int terms = nodes.capacity + 1;
        this.g = new double[terms];
        this.newton = new double[terms];
        this.gain = new double[terms];
        this.basis = new double[terms];
        this.amplification = new double[Roughness.HIGHEST + 1];
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
        amplify(Math.min(n, Roughness.HIGHEST));
        Arrays.fill(predictions, 0, dimension, 0);
        for (int k = 1; k <= n; k++) {
            int row = k * dimension;
            System.arraycopy(predictions, row - dimension, predictions, row, dimension);
            Kernels.addScaled(predictions, row, newton[k - 1], polynomial.divided, row - dimension, dimension);
        }
        polynomial.carry(nodes.states, nodes.at(0), length, g, q, predicted);
    }

    /** Computes the amplification of the orders up to n: sqrt(1 + the sum of the squared Lagrange polynomials at the new node). */
    private void amplify(int n) {
        double[] v = polynomial.v;
        for (int k = 1; k <= n; k++) {
            int newest = k - 1;
            double own = 1;
            double sum = 1;
            for (int j = 0; j < newest; j++) {
                double distance = v[j] - v[newest];
                basis[j] /= distance;
                own /= -distance;
                double weight = newton[k] * basis[j] / (1 - v[j]);
                sum += weight * weight;
            }
            basis[newest] = own;
            double weight = newton[k] * own / (1 - v[newest]);
            amplification[k] = Math.sqrt(sum + weight * weight);
        }
    }

    /** Returns the size of independent errors of all values that would explain {@code |D - P_k|}, for k up to {@link Roughness#HIGHEST}. */
    double deviation(int k) {
        return differences[k] / amplification[k];
    }

    /** Returns the length in ln sigma. */
    double length() {
        return length;
    }

    /** Receives D at the predicted state. */
    void evaluated(double[] answers, int at) {
        System.arraycopy(answers, at, raw, 0, dimension);
        System.arraycopy(predicted, 0, asked, 0, dimension);
    }

    /** Receives D at the corrected state, which replaces D at the predicted state. Returns the secant slope between the two. */
    double evaluatedAgain(double[] answers, int at) {
        double measured = SecantSlope.between(corrected, 0, asked, 0, answers, at, raw, 0, dimension, 0);
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
            residuals[k] = Math.abs(gain[k] - gain[k - 1]) * differences[k] / allowed;
        }
        if (dual) {
            for (int k = Math.max(1, q - 1); k <= Math.min(n, q + 1); k++) {
                raise(k);
            }
        }
    }

    /** Raises residual k if differences do not decrease. */
    private void raise(int k) {
        int row = k * dimension;
        for (int j = 1; j < k; j++) {
            double product = 0;
            for (int i = 0; i < dimension; i++) {
                product += (answer[i] - predictions[row + i]) * (answer[i] - predictions[j * dimension + i]);
            }
            if (product > 0) {
                double share = Math.min(1, product / (differences[j] * differences[j]));
                double distance = Math.abs(gain[k] - gain[j - 1]) * differences[k] / allowed;
                residuals[k] = Math.max(residuals[k], distance * share);
            }
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
        integrate(lookBack, mostMove());
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
        integrateAgain(oldest, mostMove());
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

    private double mostMove() {
        return (dual ? WILD_IN_DUAL : WILD) * allowed;
    }

    /** Returns the residual of the corrector's degree, relative to the allowed error. */
    double residual() {
        return residuals[q];
    }
}
