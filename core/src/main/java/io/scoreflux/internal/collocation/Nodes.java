package io.scoreflux.internal.collocation;

import io.scoreflux.internal.Require;
import java.util.Arrays;

/**
 * Distinct interpolation nodes on [0, 1] in ascending order, with their barycentric weights (Berrut and Trefethen 2004, doi
 * 10.1137/S0036144502417715). Immutable.
 */
public final class Nodes {
    private final double[] x;
    private final double[] barycentric;

    private Nodes(double[] x) {
        this.x = x;
        this.barycentric = new double[x.length];
        for (int k = 0; k < x.length; k++) {
            double product = 1;
            for (int j = 0; j < x.length; j++) {
                if (j != k) {
                    // 4 is the inverse capacity of [0, 1]. With this factor the products neither overflow nor
                    // underflow.
                    product *= 4 * (x[k] - x[j]);
                }
            }
            barycentric[k] = 1 / product;
        }
    }

    /** Returns the n roots of the Chebyshev polynomial of degree n, inside (0, 1): the nodes of Gatmiry, Chen and Salim. */
    public static Nodes chebyshev(int n) {
        Require.atLeast("n", n, 1);
        double[] x = new double[n];
        for (int i = 0; i < n; i++) {
            double sine = StrictMath.sin(Math.PI * (2 * i + 1) / (4.0 * n));
            x[i] = sine * sine;
        }
        return new Nodes(x);
    }

    /** Returns the extrema of the Chebyshev polynomial of degree {@code degree}: degree + 1 nodes, including both ends. */
    public static Nodes chebyshevLobatto(int degree) {
        Require.atLeast("degree", degree, 1);
        double[] x = new double[degree + 1];
        for (int i = 0; i <= degree; i++) {
            double sine = StrictMath.sin(Math.PI * i / (2.0 * degree));
            x[i] = sine * sine;
        }
        return new Nodes(x);
    }

    /** Returns the number of nodes. */
    public int size() {
        return x.length;
    }

    /** Returns node i, in [0, 1]. */
    public double node(int i) {
        return x[i];
    }

    /**
     * Writes the values at {@code at} of the Lagrange polynomials of all nodes. The polynomial through values f_k is
     * {@code sum_k basis_k f_k}. {@code at} may be outside [0, 1].
     */
    public void basis(double at, double[] basis) {
        double total = 0;
        for (int k = 0; k < x.length; k++) {
            double distance = at - x[k];
            if (distance == 0) {
                Arrays.fill(basis, 0, x.length, 0);
                basis[k] = 1;
                return;
            }
            basis[k] = barycentric[k] / distance;
            total += basis[k];
        }
        if (at >= 0 && at <= 1) {
            for (int k = 0; k < x.length; k++) {
                basis[k] /= total;
            }
            return;
        }
        // Outside [0, 1] the denominator of the quotient suffers cancellation. The product form does not.
        double product = 1;
        for (double node : x) {
            product *= 4 * (at - node);
        }
        for (int k = 0; k < x.length; k++) {
            basis[k] *= product / 4;
        }
    }
}
