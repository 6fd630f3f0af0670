package io.scoreflux.internal.collocation;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * Integrals of the Newton polynomials {@code N_j(v) = (v - v_0) ... (v - v_{j-1})} over unequal nodes, with the exponential weight of the
 * probability flow: {@code g_j = int_0^h e^{-(h - t)} N_j(v(t)) dt}. Here t is the distance from the top of the interval in ln sigma.
 *
 * <p>The quadrature is Gauss-Legendre with {@value #POINTS} points. In an interval up to the next node, all factors v - v_i are positive,
 * so there is no cancellation even in a short interval. Not thread-safe, because a coordinate has mutable state.
 */
public final class NewtonQuadrature {
    private static final int POINTS = 20;
    private static final GaussLegendre RULE = new GaussLegendre(POINTS);

    private final DoubleUnaryOperator coordinate;
    private double origin;
    private double unit = 1;

    /**
     * Creates a quadrature in a coordinate.
     *
     * @param coordinate an increasing function of ln sigma, which may change between uses
     */
    public NewtonQuadrature(DoubleUnaryOperator coordinate) {
        this.coordinate = coordinate;
    }

    /** Sets v = 0 at {@code tau0} and v = 1 at {@code tau1}, which is less than {@code tau0}. */
    public void between(double tau0, double tau1) {
        origin = coordinate.applyAsDouble(tau0);
        unit = origin - coordinate.applyAsDouble(tau1);
    }

    /** Returns v at a level. */
    public double v(double tau) {
        return (origin - coordinate.applyAsDouble(tau)) / unit;
    }

    /**
     * Writes {@code g_0 .. g_degree} for the interval of length {@code h} below {@code top}.
     *
     * @param v the nodes; the first {@code degree} are used
     */
    public void integrate(double top, double h, double[] v, int degree, double[] g) {
        Arrays.fill(g, 0, degree + 1, 0);
        for (int k = 0; k < POINTS; k++) {
            double at = v(top - h * RULE.node(k));
            double product = h * RULE.weight(k) * StrictMath.exp(-h * (1 - RULE.node(k)));
            for (int j = 0; j <= degree; j++) {
                g[j] += product;
                if (j < degree) {
                    product *= at - v[j];
                }
            }
        }
    }

    /**
     * Writes the weights of the values at {@code n} nodes, from {@code v[first]} on, in {@code int_0^h e^{-(h - t)} P(v(t)) dt}, where P is
     * the polynomial through these values.
     */
    public void weights(double top, double h, double[] v, int first, int n, double[] weights) {
        Arrays.fill(weights, 0, n, 0);
        for (int k = 0; k < POINTS; k++) {
            double at = v(top - h * RULE.node(k));
            double factor = h * RULE.weight(k) * StrictMath.exp(-h * (1 - RULE.node(k)));
            for (int i = 0; i < n; i++) {
                double basis = factor;
                for (int j = 0; j < n; j++) {
                    if (j != i) {
                        basis *= (at - v[first + j]) / (v[first + i] - v[first + j]);
                    }
                }
                weights[i] += basis;
            }
        }
    }
}
