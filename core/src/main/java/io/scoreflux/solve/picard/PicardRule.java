package io.scoreflux.solve.picard;

import io.scoreflux.collocation.ExponentialQuadrature;
import io.scoreflux.collocation.Nodes;

/** What adaptive Picard collocation needs of one degree: Chebyshev-Lobatto nodes, quadrature, and the top coefficients. */
final class PicardRule {
    final int degree;
    final Nodes nodes;
    /** States at nodes 1 .. degree; node 0 is the window's start. */
    final ExponentialQuadrature quadrature;
    /** Row r: the factors that make the Chebyshev coefficient of order degree - r from the values at the nodes. */
    final double[][] top;

    PicardRule(int degree) {
        this.degree = degree;
        this.nodes = Nodes.chebyshevLobatto(degree);
        double[] targets = new double[degree];
        for (int j = 0; j < degree; j++) {
            targets[j] = nodes.node(j + 1);
        }
        this.quadrature = new ExponentialQuadrature(nodes, targets);
        this.top = new double[Math.min(4, degree + 1)][degree + 1];
        for (int r = 0; r < top.length; r++) {
            int order = degree - r;
            for (int i = 0; i <= degree; i++) {
                double factor = 2.0 / degree * StrictMath.cos(Math.PI * order * i / degree);
                factor *= i == 0 || i == degree ? 0.5 : 1;
                top[r][i] = order == degree || order == 0 ? factor / 2 : factor;
            }
        }
    }
}
