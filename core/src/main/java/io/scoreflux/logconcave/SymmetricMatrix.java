package io.scoreflux.logconcave;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/** A symmetric matrix. Immutable. */
final class SymmetricMatrix {
    private static final double SYMMETRY = 1e-10;

    private final double[][] entries;

    /**
     * The decomposition {@code V diag(values) V'}.
     *
     * @param values the eigenvalues
     * @param vectors row-major; row i is eigenvector i
     */
    @SuppressWarnings("ArrayRecordComponent") // A decomposition, never compared.
    record Eigen(double[] values, double[] vectors) {
        double least() {
            double least = values[0];
            for (double value : values) {
                least = Math.min(least, value);
            }
            return least;
        }

        double largest() {
            double largest = values[0];
            for (double value : values) {
                largest = Math.max(largest, value);
            }
            return largest;
        }

        /** Returns {@code V diag(values^(-1/2))}, row-major, a square root of the inverse. All values must be positive. */
        double[] rootOfInverse() {
            int d = values.length;
            double[] root = new double[d * d];
            for (int i = 0; i < d; i++) {
                for (int j = 0; j < d; j++) {
                    root[i * d + j] = vectors[j * d + i] / Math.sqrt(values[j]);
                }
            }
            return root;
        }
    }

    private SymmetricMatrix(double[][] entries) {
        this.entries = entries;
    }

    /** Creates a matrix from a copy of its entries. Checks that they are square, finite, and symmetric to 1e-10 of the largest entry. */
    static SymmetricMatrix of(String name, double[][] matrix) {
        int d = Require.entries(name, matrix.length, 1);
        double largest = 0;
        for (int i = 0; i < d; i++) {
            for (double entry : Require.finiteRow(Require.element(name, i), matrix[i], d)) {
                largest = Math.max(largest, Math.abs(entry));
            }
        }
        double[][] mean = new double[d][d];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                if (Math.abs(matrix[i][j] - matrix[j][i]) > SYMMETRY * largest) {
                    throw new InvalidArgumentException(
                            Require.element(Require.element(name, i), j),
                            "must be equal to entry [" + j + "][" + i + "], as the matrix is symmetric",
                            Violation.text(matrix[i][j]) + " and " + Violation.text(matrix[j][i]));
                }
                mean[i][j] = 0.5 * (matrix[i][j] + matrix[j][i]);
            }
        }
        return new SymmetricMatrix(mean);
    }

    static SymmetricMatrix diagonal(double... entries) {
        double[][] matrix = new double[entries.length][entries.length];
        for (int i = 0; i < entries.length; i++) {
            matrix[i][i] = entries[i];
        }
        return new SymmetricMatrix(matrix);
    }

    /** Returns {@code C^-T diag(a) C^-1} for the rows of C: the matrix with the curvature a_k along column k. */
    static SymmetricMatrix ofDeviations(double[][] rows, double[] a) {
        int d = rows.length;
        DMatrixRMaj inverse = new DMatrixRMaj(d, d);
        if (!CommonOps_DDRM.invert(new DMatrixRMaj(rows), inverse)) {
            throw new InvalidArgumentException("the matrix of deviations", "must be regular", "singular");
        }
        double[][] entries = new double[d][d];
        for (int k = 0; k < d; k++) {
            for (int i = 0; i < d; i++) {
                for (int j = 0; j < d; j++) {
                    entries[i][j] += a[k] * inverse.get(k, i) * inverse.get(k, j);
                }
            }
        }
        return new SymmetricMatrix(entries);
    }

    int dimension() {
        return entries.length;
    }

    double at(int i, int j) {
        return entries[i][j];
    }

    double[] diagonal() {
        double[] diagonal = new double[entries.length];
        for (int i = 0; i < diagonal.length; i++) {
            diagonal[i] = entries[i][i];
        }
        return diagonal;
    }

    boolean isDiagonal() {
        for (int i = 0; i < entries.length; i++) {
            for (int j = 0; j < i; j++) {
                if (entries[i][j] != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    DMatrixRMaj matrix() {
        return new DMatrixRMaj(entries);
    }

    Eigen eigen() {
        int d = entries.length;
        EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(d, true, true);
        if (!eigen.decompose(matrix())) {
            throw new InvalidArgumentException("the matrix", "must have an eigenvalue decomposition", null);
        }
        double[] values = new double[d];
        double[] vectors = new double[d * d];
        for (int i = 0; i < d; i++) {
            values[i] = eigen.getEigenvalue(i).getReal();
            System.arraycopy(eigen.getEigenVector(i).data, 0, vectors, i * d, d);
        }
        return new Eigen(values, vectors);
    }
}
