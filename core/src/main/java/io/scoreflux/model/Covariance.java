package io.scoreflux.model;

import io.scoreflux.state.Require;
import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * A covariance matrix by its eigenvalues: isotropic, diagonal, or full.
 *
 * <p>Eigenvalue i belongs to axis i, or, for a full matrix, to column i of an orthogonal matrix Q.
 */
public sealed interface Covariance {

    /** The eigenvalue of direction {@code i}. */
    double eigenvalue(int i);

    /** A new matrix of {@code dimension} rows. */
    double[][] toMatrix(int dimension);

    /** {@code std^2 I}. */
    static Covariance isotropic(double std) {
        return new Isotropic(Require.positive("std", std) * std);
    }

    /** Independent axes with the given standard deviations. */
    static Covariance diagonal(double... std) {
        double[] variance = new double[std.length];
        for (int i = 0; i < std.length; i++) {
            variance[i] = Require.positive("std[" + i + "]", std[i]) * std[i];
        }
        return new Diagonal(variance);
    }

    /**
     * A full matrix.
     *
     * @param matrix square, symmetric to 1e-10 of its largest entry, positive definite; copied
     */
    static Covariance full(double[][] matrix) {
        return Full.of(matrix);
    }

    /** The number of axes that this covariance fixes, or 0 if it fits any. */
    int dimension();

    /** The same variance in all directions. */
    record Isotropic(double variance) implements Covariance {
        @Override
        public double eigenvalue(int i) {
            return variance;
        }

        @Override
        public double[][] toMatrix(int dimension) {
            double[] diagonal = new double[dimension];
            Arrays.fill(diagonal, variance);
            return new Diagonal(diagonal).toMatrix(dimension);
        }

        @Override
        public int dimension() {
            return 0;
        }
    }

    /** A variance for each axis. */
    final class Diagonal implements Covariance {
        private final double[] variance;

        Diagonal(double[] variance) {
            this.variance = variance;
        }

        @Override
        public double eigenvalue(int i) {
            return variance[i];
        }

        @Override
        public double[][] toMatrix(int dimension) {
            double[][] matrix = new double[dimension][dimension];
            for (int i = 0; i < dimension; i++) {
                matrix[i][i] = variance[i];
            }
            return matrix;
        }

        @Override
        public int dimension() {
            return variance.length;
        }
    }

    /** Any symmetric positive definite matrix, as {@code Q diag(eigenvalues) Q'}. */
    final class Full implements Covariance {
        private static final double SYMMETRY = 1e-10;

        private final double[] eigenvalues;
        /** Row i is eigenvector i. */
        private final double[] vectors;

        private Full(double[] eigenvalues, double[] vectors) {
            this.eigenvalues = eigenvalues;
            this.vectors = vectors;
        }

        /** A matrix that the caller states. */
        static Full of(double[][] matrix) {
            Full full = decompose(matrix);
            double least = Arrays.stream(full.eigenvalues).min().orElseThrow();
            double largest = Arrays.stream(full.eigenvalues).max().orElseThrow();
            // Below this the sign of the smallest eigenvalue is rounding.
            if (!(least > 1e-15 * largest)) {
                throw new IllegalArgumentException(
                        "covariance must be positive definite, its smallest eigenvalue was " + least);
            }
            return full;
        }

        /** A sum of squares: it is positive semidefinite by construction, what falls below 0 is rounding. */
        static Full semidefinite(double[][] matrix) {
            Full full = decompose(matrix);
            for (int i = 0; i < full.eigenvalues.length; i++) {
                full.eigenvalues[i] = Math.max(0, full.eigenvalues[i]);
            }
            return full;
        }

        private static Full decompose(double[][] matrix) {
            int d = Require.atLeast("covariance rows", matrix.length, 1);
            double largest = 0;
            for (int i = 0; i < d; i++) {
                Require.finiteRow("covariance row " + i, matrix[i], d);
                for (double entry : matrix[i]) {
                    largest = Math.max(largest, Math.abs(entry));
                }
            }
            DMatrixRMaj symmetric = new DMatrixRMaj(d, d);
            for (int i = 0; i < d; i++) {
                for (int j = 0; j < d; j++) {
                    if (Math.abs(matrix[i][j] - matrix[j][i]) > SYMMETRY * largest) {
                        throw new IllegalArgumentException("covariance must be symmetric, entry (" + i + ", " + j
                                + ") was " + matrix[i][j] + " but (" + j + ", " + i + ") was " + matrix[j][i]);
                    }
                    symmetric.set(i, j, 0.5 * (matrix[i][j] + matrix[j][i]));
                }
            }
            EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(d, true, true);
            if (!eigen.decompose(symmetric)) {
                throw new IllegalArgumentException("covariance has no eigenvalue decomposition");
            }
            double[] values = new double[d];
            double[] vectors = new double[d * d];
            for (int i = 0; i < d; i++) {
                values[i] = eigen.getEigenvalue(i).getReal();
                System.arraycopy(eigen.getEigenVector(i).data, 0, vectors, i * d, d);
            }
            return new Full(values, vectors);
        }

        @Override
        public double eigenvalue(int i) {
            return eigenvalues[i];
        }

        /** Row-major, row i is eigenvector i; not to be modified. */
        double[] vectors() {
            return vectors;
        }

        @Override
        public double[][] toMatrix(int dimension) {
            double[][] matrix = new double[dimension][dimension];
            for (int k = 0; k < dimension; k++) {
                for (int i = 0; i < dimension; i++) {
                    double scaled = eigenvalues[k] * vectors[k * dimension + i];
                    for (int j = 0; j < dimension; j++) {
                        matrix[i][j] += scaled * vectors[k * dimension + j];
                    }
                }
            }
            return matrix;
        }

        @Override
        public int dimension() {
            return eigenvalues.length;
        }
    }
}
