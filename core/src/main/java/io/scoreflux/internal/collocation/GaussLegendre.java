package io.scoreflux.internal.collocation;

import io.scoreflux.internal.Require;

/**
 * Gauss-Legendre quadrature on [0, 1], exact for polynomials of degree {@code 2 n - 1}.
 *
 * <p>The nodes are computed by Newton's method on the three-term recurrence, starting from Chebyshev's asymptotic approximation. The
 * weights are {@code 1 / ((1 - t^2) P_n'(t)^2)}.
 */
public final class GaussLegendre {
    private final double[] nodes;
    private final double[] weights;

    /** Computes the rule with n points. */
    public GaussLegendre(int n) {
        Require.atLeast("n", n, 1);
        nodes = new double[n];
        weights = new double[n];
        for (int i = 0; i < n; i++) {
            double t = -StrictMath.cos(Math.PI * (i + 0.75) / (n + 0.5));
            double slope = 0;
            // Convergence is quadratic from four digits: three steps reach rounding; two more are a margin.
            for (int step = 0; step < 5; step++) {
                double p = 1;
                double previous = 0;
                for (int k = 1; k <= n; k++) {
                    double next = ((2 * k - 1) * t * p - (k - 1) * previous) / k;
                    previous = p;
                    p = next;
                }
                slope = n * (t * p - previous) / (t * t - 1);
                t -= p / slope;
            }
            nodes[i] = 0.5 * (1 + t);
            weights[i] = 1 / ((1 - t * t) * slope * slope);
        }
    }

    /** Returns the number of points. */
    public int size() {
        return nodes.length;
    }

    /** Returns point i, in ascending order. */
    public double node(int i) {
        return nodes[i];
    }

    /** Returns the weight of point i. */
    public double weight(int i) {
        return weights[i];
    }
}
