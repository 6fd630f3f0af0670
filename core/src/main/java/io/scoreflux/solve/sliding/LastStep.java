package io.scoreflux.solve.sliding;

import io.scoreflux.collocation.NewtonQuadrature;
import io.scoreflux.state.Kernels;
import java.util.Arrays;

/**
 * The step from the last node down to sigma 0, at no call. The state at 0 is D there; below the noise floor a of the data D is a power
 * series in s^2, and close to a polynomial in {@code u = ln(1 + s^2 / a^2) / 2}: its value at u = 0 is the end.
 *
 * <p>Of all degrees that the nodes in hand allow, the one of the least estimated error is taken: its difference from the degree below,
 * and what extrapolation makes of errors of the answers. Degree 0 is the denoising step {@code z(0) = D(z; s)}.
 */
final class LastStep {
    /** In ln sigma; what the quadrature is for. */
    private static final double LONGEST = 3;

    private final int dimension;
    private final NewtonQuadrature quadrature = new NewtonQuadrature(this::coordinate);
    private final double[] v;
    private final double[] divided;
    private final double[] residual;
    private final double[] integrals;
    private double floor = 1;
    private int degree;

    LastStep(int capacity, int dimension) {
        this.dimension = dimension;
        this.v = new double[capacity];
        this.divided = new double[capacity * dimension];
        this.residual = new double[capacity];
        this.integrals = new double[capacity];
    }

    private double coordinate(double tau) {
        double ratio = StrictMath.exp(tau) / floor;
        return StrictMath.log1p(ratio * ratio) / 2;
    }

    /** The degree of the polynomial. */
    int degree() {
        return degree;
    }

    /** What the end may be wrong by, in the data's units. */
    double error() {
        return residual[degree];
    }

    /**
     * Lays polynomials through the nodes.
     *
     * @param newFloor about the data's noise floor a, positive; where there is none D is constant, and any will do
     * @param answerError what D may be wrong by at the nodes, in the data's units
     */
    void fit(NodeWindow nodes, double newFloor, double answerError) {
        int n = nodes.count();
        floor = newFloor;
        quadrature.between(nodes.tau(0), Double.NEGATIVE_INFINITY);
        for (int i = 0; i < n; i++) {
            v[i] = i == 0 ? 0 : quadrature.v(nodes.tau(i));
        }
        nodes.divide(v, divided);
        double product = 1;
        for (int k = 1; k < n; k++) {
            product *= 1 - v[k - 1];
            int row = k * dimension;
            residual[k] = product * Kernels.norm(divided, row, dimension);
        }
        DegreeControl.fillDips(residual, n - 1);
        residual[0] = Math.sqrt(Kernels.squaredDistance(divided, 0, nodes.states, nodes.at(0), dimension));
        degree = 0;
        for (int k = 1; k < n; k++) {
            residual[k] += answerError * (sizeOfWeights(k) - 1);
            degree = residual[k] < residual[degree] ? k : degree;
        }
    }

    /** Sum of the sizes of the answers' factors in the end: 1 if nothing is extrapolated. */
    private double sizeOfWeights(int k) {
        double sum = 0;
        for (int i = 0; i <= k; i++) {
            double weight = 1;
            for (int j = 0; j <= k; j++) {
                if (j != i) {
                    weight *= (1 - v[j]) / (v[i] - v[j]);
                }
            }
            sum += Math.abs(weight);
        }
        return sum;
    }

    /** Writes the state at a level below the newest node, -infinity for sigma 0. */
    void read(NodeWindow nodes, double level, double[] z) {
        if (level == Double.NEGATIVE_INFINITY) {
            Arrays.fill(z, 0);
            double product = 1;
            for (int j = 0; j <= degree; j++) {
                Kernels.addScaled(z, 0, product, divided, j * dimension, dimension);
                product *= 1 - v[j];
            }
            return;
        }
        System.arraycopy(nodes.states, nodes.at(0), z, 0, dimension);
        double top = nodes.tau(0);
        while (level < top) {
            double length = Math.min(top - level, LONGEST);
            quadrature.integrate(top, length, v, degree, integrals);
            Kernels.setScaled(z, 0, StrictMath.exp(-length), z, 0, dimension);
            for (int j = 0; j <= degree; j++) {
                Kernels.addScaled(z, 0, integrals[j], divided, j * dimension, dimension);
            }
            top = length < top - level ? top - length : level;
        }
    }
}
