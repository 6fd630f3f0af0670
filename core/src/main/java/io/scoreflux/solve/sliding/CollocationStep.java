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
    /** The number of differences of orders above q that the step rule uses. */
    private static final int BEYOND = 2;
    /** The noise detector uses differences up to this order. */
    private static final int FEWEST_ORDERS = 6;
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

    /** The highest order of the differences, which the step rule and the detectors of roughness and noise use. */
    int orders;

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
    /** P_q at the new node. */
    private final double[] prediction;
    /** D - P_k, for one k after another. */
    private final double[] remainder;
    /** Row k, in a dual problem: D - P_k. */
    private final double[][] remainders;

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
        this.prediction = new double[dimension];
        this.remainder = new double[dimension];
        this.remainders = new double[dual ? terms : 0][dimension];
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
        int n = Math.min(nodes.count(), Math.max(q + BEYOND, FEWEST_ORDERS));
        orders = n;
        polynomial.extend(nodes, length);
        polynomial.interpolate(nodes, n, nodes.next().drop());
        polynomial.integrate(nodes, n, g);
        double product = 1;
        for (int j = 0; j <= n; j++) {
            newton[j] = product;
            gain[j] = j == 0 ? 0 : g[j] / product;
            if (j < n) {
                product *= 1 - polynomial.v[j];
            }
        }
        amplify(Math.min(n, Roughness.HIGHEST));
        Kernels.setScaled(predicted, nodes.next().decay(), nodes.state(0));
        Kernels.addRows(predicted, g, 0, polynomial.divided, 0, q);
        Arrays.fill(prediction, 0);
        Kernels.addRows(prediction, newton, 0, polynomial.divided, 0, q);
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
        // The sweeps of z_c = z_p + W_q (D + c (z_c - z) - P_q), from z_c = z, where D was evaluated, sum up a
        // geometric series.
        double factor = gain[q] * slope;
        double state = 0;
        double value = 0;
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            value = state;
            state = 1 + factor * state;
        }
        double weight = gain[q];
        double slopeOfSweeps = slope * value;
        for (int k = 0; k < dimension; k++) {
            double move = predicted[k] - asked[k] + weight * (raw[k] - prediction[k]);
            corrected[k] = asked[k] + state * move;
            answer[k] = raw[k] + slopeOfSweeps * move;
            remainder[k] = answer[k] - prediction[k];
        }
        difference(q, Kernels.dot(remainder, 0, remainder, 0, dimension));
        for (int k = q + 1; k <= orders; k++) {
            difference(k, add(-newton[k - 1], k - 1));
        }
        if (q < orders) {
            for (int k = 0; k < dimension; k++) {
                remainder[k] = answer[k] - prediction[k];
            }
        }
        for (int k = q - 1; k >= 1; k--) {
            difference(k, add(newton[k], k));
        }
        if (dual) {
            for (int k = Math.max(1, q - 1); k <= Math.min(orders, q + 1); k++) {
                raise(k);
            }
        }
    }

    /** Adds a multiple of a divided difference to the remainder and returns its square. */
    private double add(double factor, int order) {
        Kernels.addScaled(remainder, factor, polynomial.divided[order]);
        return Kernels.dot(remainder, 0, remainder, 0, dimension);
    }

    private void difference(int k, double square) {
        differences[k] = Math.sqrt(square);
        residuals[k] = Math.abs(gain[k] - gain[k - 1]) * differences[k] / allowed;
        if (dual) {
            System.arraycopy(remainder, 0, remainders[k], 0, dimension);
        }
    }

    /** Raises residual k if differences do not decrease. */
    private void raise(int k) {
        for (int j = 1; j < k; j++) {
            double product = Kernels.dot(remainders[k], 0, remainders[j], 0, dimension);
            if (product > 0) {
                double share = Math.min(1, product / (differences[j] * differences[j]));
                double residual = Math.abs(gain[k] - gain[j - 1]) * differences[k] / allowed;
                residuals[k] = Math.max(residuals[k], residual * share);
            }
        }
    }

    /**
     * Returns the error that the corrected state has for a slope of D of 1 because D was not evaluated at that state, in the data's units:
     * {@code W_q |z_c - z_p|}.
     */
    double displacement() {
        return gain[q] * Kernels.distance(corrected, asked);
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
        nodes.add(tau, sigma, answer, corrected, state);
        polynomial.nodeAdded();
    }

    /**
     * Adds the new node to the start window and integrates the whole window again. The values of D still belong to the states where they were
     * evaluated, so that the window can be repaired later.
     */
    void acceptInStart() {
        integrate(nodes.count() - 1, Double.POSITIVE_INFINITY);
        nodes.add(tau, sigma, answer, asked, state);
        polynomial.nodeAdded();
    }

    /** Adds the new node to the polynomial and integrates the state to it. */
    private void integrate(int lookBack, double mostMove) {
        double[] difference = polynomial.divided[q];
        double scale = 1 / newton[q];
        for (int k = 0; k < dimension; k++) {
            difference[k] = (answer[k] - prediction[k]) * scale;
        }
        polynomial.degree = q;
        integrateAgain(lookBack, mostMove);
        Kernels.setScaled(state, nodes.next().decay(), nodes.state(0));
        Kernels.addRows(state, g, 0, polynomial.divided, 0, q + 1);
    }

    /** Integrates the whole window again after the repair of its values of D, with the polynomial through all nodes. */
    void integrateWindow() {
        int oldest = nodes.count() - 1;
        polynomial.interpolate(nodes, nodes.count(), nodes.above(0).drop());
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
        System.arraycopy(nodes.state(from), 0, state, 0, dimension);
        for (int i = from; i >= 1; i--) {
            double[] below = nodes.state(i - 1);
            polynomial.carry(nodes, i - 1, state, state);
            double moved = Kernels.distance(state, below);
            if (moved > mostMove) {
                return;
            }
            System.arraycopy(state, 0, below, 0, dimension);
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
