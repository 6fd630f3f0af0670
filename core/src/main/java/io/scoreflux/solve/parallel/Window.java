package io.scoreflux.solve.parallel;

import io.scoreflux.internal.collocation.ChebyshevLobatto;
import io.scoreflux.internal.collocation.LagrangeQuadrature;
import io.scoreflux.internal.collocation.NoiseCoordinate;

/** A window of a mesh with the nodes and weights of one degree. Immutable, because trajectories on several threads share it. */
final class Window {
    final int depth;
    final long index;
    final int degree;
    final ChebyshevLobatto chebyshev;
    /** The noise level of node k. */
    final double[] sigma;
    /** ln sigma of node k. */
    final double[] tau;
    /** The weight of D_k in the state at node j, at {@code (j - 1) * (degree + 1) + k}. */
    final double[] weights;
    /** The weight of the first node's state in the state at node j, at {@code j - 1}. */
    final double[] decay;

    private final double[] v;
    private final NoiseCoordinate coordinate;
    /** The {@link NoiseCoordinate} of the first node. */
    private final double origin;
    /** The length of the window in this coordinate. */
    private final double unit;

    Window(Mesh mesh, Mesh.Key key, ChebyshevLobatto chebyshev) {
        this.depth = key.depth();
        this.index = key.index();
        this.degree = key.degree();
        this.chebyshev = chebyshev;
        int n = degree + 1;
        this.sigma = new double[n];
        this.tau = new double[n];
        this.weights = new double[degree * n];
        this.decay = new double[degree];
        this.v = new double[n];
        double first = mesh.boundary(depth, index);
        double last = mesh.boundary(depth, index + 1);
        double top = mesh.u(first);
        double bottom = mesh.u(last);
        for (int k = 0; k < n; k++) {
            sigma[k] = k == 0
                    ? first
                    : k == degree
                            ? last
                            : mesh.sigma(
                                    top + (bottom - top) * chebyshev.nodes().node(k));
            tau[k] = StrictMath.log(sigma[k]);
        }
        this.coordinate = new NoiseCoordinate(mesh.radius());
        this.origin = coordinate.at(tau[0]);
        this.unit = origin - coordinate.at(tau[degree]);
        for (int k = 0; k < n; k++) {
            v[k] = v(tau[k]);
        }
        LagrangeQuadrature quadrature = new LagrangeQuadrature(coordinate);
        double[] row = new double[n];
        for (int j = 1; j < n; j++) {
            weightsAt(tau[j], quadrature, row);
            System.arraycopy(row, 0, weights, (j - 1) * n, n);
            decay[j - 1] = sigma[j] / first;
        }
    }

    /**
     * Writes the weights that the values of D at the nodes have in the state at {@code level}, which is a ln sigma within the window.
     *
     * @param quadrature a quadrature that no other thread uses, in the coordinate of the mesh's radius
     */
    void weightsAt(double level, LagrangeQuadrature quadrature, double[] row) {
        quadrature.between(tau[0], tau[degree]);
        quadrature.weights(tau[0], tau[0] - level, v, 0, degree + 1, row);
    }

    /** Returns the coordinate of a level: 0 at the first node and 1 at the last. */
    private double v(double level) {
        return (origin - coordinate.at(level)) / unit;
    }

    /** Returns the weights that the values of D at the given levels, which descend, have in the state at the end of the window. */
    double[] endWeights(double[] levels, LagrangeQuadrature quadrature) {
        double[] at = new double[levels.length];
        for (int k = 0; k < at.length; k++) {
            at[k] = v(levels[k]);
        }
        double[] row = new double[at.length];
        quadrature.between(tau[0], tau[degree]);
        quadrature.weights(tau[0], length(), at, 0, at.length, row);
        return row;
    }

    /** Writes the values of the Lagrange polynomials of the nodes at {@code level}, which is a ln sigma. */
    void basis(double level, double[] basis) {
        chebyshev.nodes().basis(v(level), basis);
    }

    /** Returns the length in ln sigma. */
    double length() {
        return tau[0] - tau[degree];
    }

    /** Returns the unit of errors at the end of the window: errors made at large sigma shrink with sigma. */
    double unit(double radius) {
        return StrictMath.hypot(radius, sigma[degree]);
    }
}
