package io.scoreflux.solve.budget;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.LagrangeQuadrature;
import io.scoreflux.internal.collocation.NoiseCoordinate;
import java.util.Arrays;

/**
 * D and the state along a trajectory of the reference, at any level. D is the piecewise polynomial through the recorded values, and the state is
 * the exact solution of the flow for this D.
 */
final class RecordedPath {
    /** The number of nodes of a polynomial. */
    private static final int NODES = 10;
    /** The same where D is rough. Polynomials of higher degrees would oscillate. */
    private static final int NODES_OF_ROUGH = 2;

    private final int dimension;
    private final int around;
    /** ln s at the nodes, descending. */
    private final double[] tau;
    /** Row i is D at node i. */
    private final double[] answers;
    /** Row i is the state at node i. */
    private final double[] states;

    private final double[] v;
    private final LagrangeQuadrature quadrature;
    private final double[] weights;

    /**
     * Creates a path.
     *
     * @param tau ln s at the nodes, descending, at least two
     * @param answers row i is D at node i
     * @param start the state at the first node
     * @param bottom ln s at the end
     */
    RecordedPath(double[] tau, double[] answers, double[] start, double bottom, double radius, boolean rough) {
        this.dimension = start.length;
        this.around = Math.min(rough ? NODES_OF_ROUGH : NODES, tau.length);
        this.tau = tau;
        this.answers = answers;
        this.quadrature = new LagrangeQuadrature(new NoiseCoordinate(radius));
        quadrature.between(tau[0], bottom);
        this.v = Arrays.stream(tau).map(quadrature::v).toArray();
        this.weights = new double[around];
        this.states = new double[(tau.length + 1) * dimension];
        System.arraycopy(start, 0, states, 0, dimension);
        for (int k = 0; k < tau.length; k++) {
            double next = k + 1 < tau.length ? tau[k + 1] : bottom;
            carry(k, tau[k] - next, states, (k + 1) * dimension);
        }
    }

    int dimension() {
        return dimension;
    }

    /** Writes the state at the first node. */
    void start(double[] out) {
        System.arraycopy(states, 0, out, 0, dimension);
    }

    /** Writes the state at the end of the noise range. */
    void end(double[] out) {
        System.arraycopy(states, tau.length * dimension, out, 0, dimension);
    }

    /** Writes D and the state at a level. */
    void at(double level, double[] answer, double[] state) {
        int k = 0;
        while (k + 1 < tau.length && tau[k + 1] >= level) {
            k++;
        }
        carry(k, tau[k] - level, state, 0);
        double x = quadrature.v(level);
        int first = first(k);
        Arrays.fill(answer, 0);
        for (int i = 0; i < around; i++) {
            double basis = 1;
            for (int j = 0; j < around; j++) {
                if (j != i) {
                    basis *= (x - v[first + j]) / (v[first + i] - v[first + j]);
                }
            }
            Kernels.addScaled(answer, 0, basis, answers, (first + i) * dimension, dimension);
        }
    }

    /** Writes the state at the distance h below node k. */
    private void carry(int k, double h, double[] out, int at) {
        Kernels.setScaled(out, at, StrictMath.exp(-h), states, k * dimension, dimension);
        if (h > 0) {
            int first = first(k);
            quadrature.weights(tau[k], h, v, first, around, weights);
            for (int i = 0; i < around; i++) {
                Kernels.addScaled(out, at, weights[i], answers, (first + i) * dimension, dimension);
            }
        }
    }

    /** Returns the first of the nodes around the interval below node k. */
    private int first(int k) {
        return Math.max(0, Math.min(tau.length - around, k + 1 - around / 2));
    }
}
