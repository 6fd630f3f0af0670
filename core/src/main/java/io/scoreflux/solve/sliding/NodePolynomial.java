package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.Coordinate;
import io.scoreflux.internal.collocation.FlowQuadrature;

/**
 * The polynomial of D through the nodes of a window, in Newton's form: {@code P(v) = sum_j D[v_0, ..., v_j] N_j(v)} with
 * {@code N_j(v) = (v - v_0) ... (v - v_{j-1})}. The coordinate v is 0 at the newest node, and its unit is a distance in u.
 *
 * <p>If P replaces D, the flow over a length h in ln sigma is exact: {@code z(h) = e^{-h} z(0) + sum_j g_j D[v_0, ..., v_j]} with g_j from
 * {@link FlowQuadrature}.
 */
final class NodePolynomial {
    private final int dimension;
    private final Coordinate coordinate;
    private final FlowQuadrature part = new FlowQuadrature(new FlowQuadrature.Workspace());
    /** The unit of v, a distance in u. */
    private double unit = 1;
    /** u at the newest node. */
    private double origin;
    /** The number of nodes that were added to the window after the interpolation, 0 or 1. */
    private int added;
    /** The coordinates of the nodes, newest first. */
    final double[] v;
    /** Row j is the divided difference of order j. */
    final double[][] divided;

    private final double[] g;
    /** The degree that {@link #carry} uses. */
    int degree;

    /**
     * Creates a polynomial without nodes.
     *
     * @param coordinate the coordinate u; it may change between calls of {@link #interpolate}
     * @param terms the largest number of terms
     */
    NodePolynomial(Coordinate coordinate, int terms, int dimension) {
        this.dimension = dimension;
        this.coordinate = coordinate;
        this.v = new double[terms];
        this.divided = new double[terms][dimension];
        this.g = new double[terms];
    }

    /** Sets the interval below the newest node. */
    void extend(NodeWindow nodes, double h) {
        nodes.next().interval(nodes.sigma(0), h);
        nodes.next().coordinate(coordinate);
    }

    /**
     * Computes the divided differences over the first {@code n} nodes.
     *
     * @param newUnit the unit of v, a distance in u
     */
    void interpolate(NodeWindow nodes, int n, double newUnit) {
        unit = newUnit;
        added = 0;
        double distance = 0;
        v[0] = 0;
        for (int i = 1; i < n; i++) {
            FlowQuadrature interval = nodes.above(i - 1);
            interval.coordinate(coordinate);
            distance += interval.drop();
            v[i] = -distance / unit;
        }
        nodes.divide(v, n, divided);
    }

    /** Computes the divided differences over the first {@code n} nodes in a coordinate u that is 0 at sigma 0, where v = 1. */
    void interpolateToZero(NodeWindow nodes, int n) {
        origin = coordinate.atSigma(nodes.sigma(0));
        unit = origin;
        added = 0;
        for (int i = 0; i < n; i++) {
            v[i] = at(nodes.sigma(i));
        }
        nodes.divide(v, n, divided);
    }

    /** Returns v at a noise level, after {@link #interpolateToZero}. */
    double at(double sigma) {
        return (origin - coordinate.atSigma(sigma)) / unit;
    }

    /** Carries a state from a noise level down by {@code length}, after {@link #interpolateToZero}. */
    void carryDown(double sigma, double length, double[] state) {
        part.interval(sigma, length);
        part.coordinate(coordinate);
        carry(part, at(sigma), state, state);
    }

    /** Tells the polynomial that the node at the lower end of the interval was added to the window. */
    void nodeAdded() {
        added = 1;
    }

    /** Writes g_0 to g_order for the interval below the newest node. */
    void integrate(NodeWindow nodes, int order, double[] integrals) {
        nodes.next().integrate(0, unit, v, order, integrals);
    }

    /** Carries the state {@code from} at node i + 1 down to node i. {@code out} may be {@code from}. */
    void carry(NodeWindow nodes, int i, double[] from, double[] out) {
        carry(nodes.above(i), v[i + 1], from, out);
    }

    /** Carries the state of node i down by {@code length}. */
    void carryPart(NodeWindow nodes, int i, double length, double[] out) {
        part.interval(nodes.sigma(i), length);
        part.coordinate(coordinate);
        carry(part, i < added ? 1 : v[i - added], nodes.state(i), out);
    }

    private void carry(FlowQuadrature interval, double top, double[] from, double[] out) {
        interval.integrate(top, unit, v, degree, g);
        Kernels.setScaled(out, interval.decay(), from);
        Kernels.addRows(out, g, 0, divided, 0, degree + 1);
    }

    /** Writes the state at a level between the oldest and the newest node. */
    void read(NodeWindow nodes, double level, double[] out) {
        if (level == nodes.tau(0)) {
            System.arraycopy(nodes.state(0), 0, out, 0, dimension);
            return;
        }
        int above = 1;
        while (above < nodes.count() - 1 && nodes.tau(above) < level) {
            above++;
        }
        carryPart(nodes, above, nodes.tau(above) - level, out);
    }
}
