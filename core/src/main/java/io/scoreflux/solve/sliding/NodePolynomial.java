package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.NewtonQuadrature;
import java.util.function.DoubleUnaryOperator;

/**
 * The polynomial of D through the nodes of a window, in Newton's form: {@code P(v) = sum_j D[v_0, ..., v_j] N_j(v)} with
 * {@code N_j(v) = (v - v_0) ... (v - v_{j-1})}. The coordinate v is 0 at the newest node.
 *
 * <p>If P replaces D, the flow over a length h in ln sigma is exact: {@code z(h) = e^{-h} z(0) + sum_j g_j D[v_0, ..., v_j]} with g_j from
 * {@link NewtonQuadrature}.
 */
final class NodePolynomial {
    private final int dimension;
    private final NewtonQuadrature quadrature;
    /** The coordinates of the nodes, newest first. */
    final double[] v;
    /** Row j is the divided difference of order j. */
    final double[] divided;

    private final double[] g;
    /** The degree that {@link #carry} uses. */
    int degree;

    /**
     * Creates a polynomial without nodes.
     *
     * @param coordinate an increasing function of ln sigma; it may change between calls of {@link #interpolate}
     * @param terms the largest number of terms
     */
    NodePolynomial(DoubleUnaryOperator coordinate, int terms, int dimension) {
        this.dimension = dimension;
        this.quadrature = new NewtonQuadrature(coordinate);
        this.v = new double[terms];
        this.divided = new double[terms * dimension];
        this.g = new double[terms];
    }

    /** Computes the divided differences of all orders over the nodes. The coordinate v is 1 at {@code bottom}, which is a ln sigma. */
    void interpolate(NodeWindow nodes, double bottom) {
        quadrature.between(nodes.tau(0), bottom);
        for (int i = 0; i < nodes.count(); i++) {
            v[i] = i == 0 ? 0 : quadrature.v(nodes.tau(i));
        }
        nodes.divide(v, divided);
    }

    /** Returns the coordinate v of a level, which is a ln sigma. */
    double at(double level) {
        return quadrature.v(level);
    }

    /** Writes g_0 to g_order for the interval of the given length below {@code top}. */
    void integrate(double top, double length, int order, double[] integrals) {
        quadrature.integrate(top, length, v, order, integrals);
    }

    /** Carries the state in {@code from} from {@code top} down by {@code length}. {@code out} may be {@code from}. */
    void carry(double[] from, int at, double top, double length, double[] out) {
        integrate(top, length, degree, g);
        carry(from, at, length, g, degree + 1, out);
    }

    /** Writes the state at a level between the oldest and the newest node. */
    void read(NodeWindow nodes, double level, double[] out) {
        if (level == nodes.tau(0)) {
            System.arraycopy(nodes.states, nodes.at(0), out, 0, dimension);
            return;
        }
        int above = 1;
        while (above < nodes.count() - 1 && nodes.tau(above) < level) {
            above++;
        }
        carry(nodes.states, nodes.at(above), nodes.tau(above), nodes.tau(above) - level, out);
    }

    /** Carries a state with given g_j, using only the first {@code terms} terms. */
    void carry(double[] from, int at, double length, double[] integrals, int terms, double[] out) {
        Kernels.setScaled(out, 0, StrictMath.exp(-length), from, at, dimension);
        for (int j = 0; j < terms; j++) {
            Kernels.addScaled(out, 0, integrals[j], divided, j * dimension, dimension);
        }
    }
}
