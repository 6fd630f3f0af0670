package io.scoreflux.solve.budget;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.NewtonQuadrature;
import io.scoreflux.internal.collocation.NoiseCoordinate;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * A model of the denoiser around one trajectory, which needs no call: {@code D(z; s) = D*(s) + c(s) (z - z*(s))}. D* is the piecewise polynomial
 * through the values of D along the trajectory, z* is the exact solution for D*, and c is the mean slope of D times a factor. The error of a plan
 * on this model consists mainly of the truncation of D*, as that of the true denoiser does.
 */
final class RecordedPath {
    /** The number of nodes of a polynomial. With fewer nodes in all, the polynomial goes through all of them. */
    private static final int NODES = 10;

    private static final int NODES_OF_ROUGH = 4;

    private final int dimension;
    private final int around;
    private final double[] tau;
    private final double[] answers;
    private final double[] states;
    private final double[] v;
    private final DoubleUnaryOperator slope;
    private final NewtonQuadrature quadrature;
    private final double[] weights;
    private final double[] state;

    /**
     * Creates a model.
     *
     * @param tau ln s at the nodes, descending, at least two
     * @param answers row i is D at node i
     * @param start z* at the first node
     * @param rough whether the polynomials must have a low degree
     */
    RecordedPath(
            double[] tau, double[] answers, double[] start, double radius, boolean rough, DoubleUnaryOperator slope) {
        this.dimension = start.length;
        this.tau = tau;
        this.answers = answers;
        this.slope = slope;
        this.around = Math.min(rough ? NODES_OF_ROUGH : NODES, tau.length);
        this.quadrature = new NewtonQuadrature(new NoiseCoordinate(radius)::at);
        quadrature.between(tau[0], tau[tau.length - 1]);
        this.v = Arrays.stream(tau).map(quadrature::v).toArray();
        this.weights = new double[around];
        this.state = new double[dimension];
        this.states = new double[tau.length * dimension];
        System.arraycopy(start, 0, states, 0, dimension);
        for (int k = 0; k + 1 < tau.length; k++) {
            carry(k, tau[k] - tau[k + 1], states, (k + 1) * dimension);
        }
    }

    int dimension() {
        return dimension;
    }

    /** Returns z* at the first node. */
    double[] start() {
        return Arrays.copyOf(states, dimension);
    }

    /** Returns the distance of a state from z* at the last node. */
    double error(double[] end) {
        return Math.sqrt(Kernels.squaredDistance(end, 0, states, (tau.length - 1) * dimension, dimension));
    }

    /** Writes D at a state. */
    void denoise(double[] z, int at, double sigma, double[] out) {
        double level = StrictMath.log(sigma);
        int k = 0;
        while (k + 2 < tau.length && tau[k + 1] >= level) {
            k++;
        }
        carry(k, tau[k] - level, state, 0);
        double x = quadrature.v(level);
        int first = first(k);
        double c = slope.applyAsDouble(level);
        for (int i = 0; i < dimension; i++) {
            out[i] = c * (z[at + i] - state[i]);
        }
        for (int i = 0; i < around; i++) {
            double basis = 1;
            for (int j = 0; j < around; j++) {
                if (j != i) {
                    basis *= (x - v[first + j]) / (v[first + i] - v[first + j]);
                }
            }
            Kernels.addScaled(out, 0, basis, answers, (first + i) * dimension, dimension);
        }
    }

    /** Writes z* at the distance h below node k. */
    private void carry(int k, double h, double[] out, int at) {
        quadrature.weights(tau[k], h, v, first(k), around, weights);
        Kernels.setScaled(out, at, StrictMath.exp(-h), states, k * dimension, dimension);
        for (int i = 0; i < around; i++) {
            Kernels.addScaled(out, at, weights[i], answers, (first(k) + i) * dimension, dimension);
        }
    }

    /** Returns the first of the nodes around interval k. */
    private int first(int k) {
        return Math.max(0, Math.min(tau.length - around, k + 1 - around / 2));
    }
}
