package io.scoreflux.model;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;
import org.jspecify.annotations.Nullable;

/**
 * The Cholesky decomposition {@code L L'} of a symmetric matrix.
 *
 * <p>Up to 999 rows this is the arithmetic of EJML, with the same bits, but without its classes: loading them takes longer than most
 * decompositions, and the first sample waits for one. From 1,000 rows on EJML is faster, because it works in blocks.
 */
final class Cholesky {
    /** The number of rows from which EJML works in blocks. */
    static final int BLOCKS = 1000;

    private Cholesky() {}

    /** Returns L, row-major with zeros above the diagonal, or null if the matrix is not positive definite. Reads the upper triangle. */
    static double @Nullable [] factor(double[][] matrix) {
        return matrix.length < BLOCKS ? plain(matrix) : Blocked.factor(matrix);
    }

    private static double @Nullable [] plain(double[][] matrix) {
        int d = matrix.length;
        double[] l = new double[d * d];
        for (int i = 0; i < d; i++) {
            double inverse = 0;
            for (int j = i; j < d; j++) {
                double sum = matrix[i][j];
                for (int k = 0; k < i; k++) {
                    sum -= l[i * d + k] * l[j * d + k];
                }
                if (j > i) {
                    l[j * d + i] = sum * inverse;
                    continue;
                }
                if (!(sum > 0)) {
                    return null;
                }
                double pivot = Math.sqrt(sum);
                l[i * d + i] = pivot;
                inverse = 1 / pivot;
            }
        }
        return l;
    }

    /** A class of its own, because the virtual machine loads the classes of EJML with it. */
    static final class Blocked {
        private Blocked() {}

        static double @Nullable [] factor(double[][] matrix) {
            CholeskyDecomposition_F64<DMatrixRMaj> cholesky = DecompositionFactory_DDRM.chol(matrix.length, true);
            return cholesky.decompose(new DMatrixRMaj(matrix)) ? cholesky.getT(null).data : null;
        }
    }
}
