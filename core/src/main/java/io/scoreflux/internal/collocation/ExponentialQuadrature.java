package io.scoreflux.internal.collocation;

import io.scoreflux.internal.Require;
import java.util.Arrays;

/**
 * Weights of the integral in the probability flow from the top of an interval to points inside it.
 *
 * <p>Let {@code tau = ln sigma}, and let x be the fraction of an interval of length h, from its top. The probability flow is {@code z(x) =
 * e^{-h x} z(0) + h int_0^x e^{-h (x - y)} D(y) dy}. If D is the polynomial through its values at the nodes, the integral is
 * {@code sum_k W_k(x) D_k} with {@code W_k(x) = h int_0^x e^{-h (x - y)} l_k(y) dy}.
 *
 * <p>The linear part is exact. Each weight is a Gauss-Legendre sum. Its number of points makes the Lagrange polynomial and the exponential
 * exact to rounding for h up to {@value #LONGEST}. All factors except l_k are positive, so there is no cancellation even for small h,
 * whereas the recurrence for the phi functions loses k! / h^k. The factors that do not depend on h are tabulated once. Immutable.
 */
public final class ExponentialQuadrature {
    /** The maximum interval length in ln sigma for which the weights are exact to rounding. */
    public static final double LONGEST = 4;

    /** Points in addition to those for the polynomial, for the exponential; tested for intervals up to {@link #LONGEST}. */
    private static final int EXTRA_POINTS = 10;

    private final int nodes;
    private final double[] targets;
    private final int points;
    /** The position of each Gauss point, as a fraction of the target. */
    private final double[] fraction;
    /** (target, point, node): target x Gauss weight x Lagrange polynomial. */
    private final double[] table;

    /**
     * Tabulates the weights for states at the given fractions.
     *
     * @param nodes the nodes where D is known
     * @param targets the fractions x of the interval where states are computed, in [0, 1]
     */
    public ExponentialQuadrature(Nodes nodes, double[] targets) {
        this.nodes = nodes.size();
        this.targets = targets.clone();
        GaussLegendre rule = new GaussLegendre(nodes.size() / 2 + EXTRA_POINTS);
        this.points = rule.size();
        this.fraction = new double[points];
        this.table = new double[targets.length * points * this.nodes];
        double[] basis = new double[this.nodes];
        for (int g = 0; g < points; g++) {
            fraction[g] = rule.node(g);
            for (int j = 0; j < targets.length; j++) {
                nodes.basis(targets[j] * rule.node(g), basis);
                for (int k = 0; k < this.nodes; k++) {
                    table[(j * points + g) * this.nodes + k] = targets[j] * rule.weight(g) * basis[k];
                }
            }
        }
    }

    /** Returns the number of targets. */
    public int targets() {
        return targets.length;
    }

    /**
     * Writes {@code W_k(x_j)} to {@code weights[j * nodes + k]} and {@code e^{-h x_j}} to {@code decay[j]}.
     *
     * @param h the interval length in ln sigma, in (0, {@value #LONGEST}]
     */
    public void weights(double h, double[] weights, double[] decay) {
        Require.positive("h", h);
        for (int j = 0; j < targets.length; j++) {
            int row = j * nodes;
            Arrays.fill(weights, row, row + nodes, 0);
            double length = h * targets[j];
            for (int g = 0; g < points; g++) {
                double factor = h * StrictMath.exp(-length * (1 - fraction[g]));
                int at = (j * points + g) * nodes;
                for (int k = 0; k < nodes; k++) {
                    weights[row + k] += factor * table[at + k];
                }
            }
            decay[j] = StrictMath.exp(-length);
        }
    }
}
