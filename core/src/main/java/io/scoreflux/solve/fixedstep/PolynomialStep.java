package io.scoreflux.solve.fixedstep;

import io.scoreflux.internal.collocation.GaussLegendre;

/**
 * Integrals of the probability flow over a step, with a polynomial in {@code lambda = -ln s} in place of D: {@code int_0^h e^{-(h - u)} P(u) du},
 * where u is the distance from the beginning of the step.
 */
final class PolynomialStep {
    /** Exact to rounding for polynomials of degree 5 and the exponential over steps up to 10. */
    private static final GaussLegendre RULE = new GaussLegendre(20);

    private PolynomialStep() {}

    /**
     * Returns the weights, over the step from {@code s[i]} to {@code s[i + 1]}, of the values of D at the {@code n} levels newest, newest - 1, ...
     */
    static double[] weights(double[] s, int i, int newest, int n) {
        double h = StrictMath.log(s[i] / s[i + 1]);
        double[] node = new double[n];
        for (int j = 0; j < n; j++) {
            node[j] = StrictMath.log(s[i] / s[newest - j]);
        }
        double[] weights = new double[n];
        for (int g = 0; g < RULE.size(); g++) {
            double u = h * RULE.node(g);
            double factor = h * RULE.weight(g) * StrictMath.exp(u - h);
            for (int j = 0; j < n; j++) {
                weights[j] += factor * basis(node, j, u);
            }
        }
        return weights;
    }

    /** Returns the Lagrange polynomial that is 1 at {@code node[j]}. */
    private static double basis(double[] node, int j, double u) {
        double product = 1;
        for (int k = 0; k < node.length; k++) {
            if (k != j) {
                product *= (u - node[k]) / (node[j] - node[k]);
            }
        }
        return product;
    }
}
