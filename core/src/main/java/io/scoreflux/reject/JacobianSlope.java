package io.scoreflux.reject;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.reject.RejectionException;

/** The Jacobian itself, made symmetric. It takes as many products as there are dimensions. */
final class JacobianSlope implements Slope {
    /**
     * The largest norm of the antisymmetric part, relative to that of the Jacobian. The Jacobian of a posterior mean is symmetric, and that
     * of a trained denoiser nearly so.
     */
    private static final double ASYMMETRY = 0.3;

    /** The largest eigenvalue. Between modes at a distance R it is R^2 / (4 s^2). The limit for secants is lower. */
    private static final double LARGEST_KNOWN = 1e4;

    private final int dimension;
    private final JacobianProduct product;
    private final double[] unit;
    private final double[] jacobian;
    private final double[] symmetric;
    private final double[] column;
    private final SmallEigen eigen;
    private final double[] vectors;
    private int rank;

    /** Returns the memory of the arrays that grow with the dimension. */
    static long bytes(int dimension) {
        return (long) Double.BYTES * (4 * dimension + 3) * dimension;
    }

    JacobianSlope(int dimension, JacobianProduct product) {
        this.dimension = dimension;
        this.product = product;
        this.unit = new double[dimension];
        this.column = new double[dimension];
        this.jacobian = new double[dimension * dimension];
        this.symmetric = new double[dimension * dimension];
        this.eigen = new SmallEigen(dimension);
        this.vectors = new double[dimension * dimension];
    }

    @Override
    public void at(double[] z, double sigma, double[] answer) {
        for (int i = 0; i < dimension; i++) {
            unit[i] = 1;
            product.multiply(z, sigma, unit, column);
            unit[i] = 0;
            if (!Kernels.allFinite(column, 0, dimension)) {
                throw RejectionException.jacobian("must be finite", Double.NaN);
            }
            for (int k = 0; k < dimension; k++) {
                jacobian[k * dimension + i] = column[k];
            }
        }
        double skew = 0;
        double all = 0;
        for (int i = 0; i < dimension; i++) {
            for (int k = 0; k < dimension; k++) {
                double a = jacobian[i * dimension + k];
                double b = jacobian[k * dimension + i];
                symmetric[i * dimension + k] = 0.5 * (a + b);
                skew += 0.25 * (a - b) * (a - b);
                all += a * a;
            }
        }
        if (skew > ASYMMETRY * ASYMMETRY * all) {
            throw RejectionException.jacobian(
                    "must be symmetric to " + ASYMMETRY + " of its norm", Math.sqrt(skew / all));
        }
        eigen.decompose(symmetric, dimension);
        for (int i = 0; i < dimension; i++) {
            for (int k = 0; k < dimension; k++) {
                vectors[i * dimension + k] = eigen.vector(i, k, dimension);
            }
        }
        rank = dimension;
    }

    @Override
    public void point(double[] z, double[] answers, int at) {
        // Secants add no information to the Jacobian.
    }

    @Override
    public double shared() {
        return 0;
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public double value(int i) {
        return Math.max(0, Math.min(LARGEST_KNOWN, eigen.value(i)));
    }

    @Override
    public double[] vectors() {
        return vectors;
    }
}
