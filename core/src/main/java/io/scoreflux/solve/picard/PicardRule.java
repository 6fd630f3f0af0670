package io.scoreflux.solve.picard;

import io.scoreflux.internal.collocation.ChebyshevLobatto;
import io.scoreflux.internal.collocation.ExponentialQuadrature;
import io.scoreflux.internal.collocation.Nodes;

/** The nodes, the Chebyshev coefficients and the quadrature of adaptive Picard collocation for one degree. */
final class PicardRule {
    final int degree;
    final ChebyshevLobatto chebyshev;
    final Nodes nodes;
    /** The weights for the states at nodes 1 to degree; node 0 is the top of the window. */
    final ExponentialQuadrature quadrature;

    PicardRule(int degree) {
        this.degree = degree;
        this.chebyshev = new ChebyshevLobatto(degree);
        this.nodes = chebyshev.nodes();
        double[] targets = new double[degree];
        for (int j = 0; j < degree; j++) {
            targets[j] = nodes.node(j + 1);
        }
        this.quadrature = new ExponentialQuadrature(nodes, targets);
    }
}
