package io.scoreflux.solve.parallel;

import io.scoreflux.collocation.Nodes;

/** Chebyshev-Lobatto nodes of one degree, and what makes Chebyshev coefficients of values at them. */
final class WindowNodes {
    /** Coefficients that show the decay. */
    static final int LAST = 4;

    final int degree;
    final Nodes nodes;
    /** Row r: the factors that make the Chebyshev coefficient of order degree - r. */
    final double[][] top;

    WindowNodes(int degree) {
        this.degree = degree;
        this.nodes = Nodes.chebyshevLobatto(degree);
        this.top = new double[LAST][degree + 1];
        for (int r = 0; r < LAST; r++) {
            int order = degree - r;
            for (int i = 0; i <= degree; i++) {
                double factor = 2.0 / degree * StrictMath.cos(Math.PI * order * i / degree);
                factor *= i == 0 || i == degree ? 0.5 : 1;
                top[r][i] = order == degree || order == 0 ? factor / 2 : factor;
            }
        }
    }
}
