package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * The eigenvalue decomposition {@code Q' diag(values) Q} of a symmetric matrix.
 *
 * @param values the eigenvalues
 * @param vectors Q, row-major; row i is the eigenvector of {@code values[i]}
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Eigenbasis(double[] values, double[] vectors) {

    static Eigenbasis of(double[][] symmetric) {
        int d = symmetric.length;
        EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(d, true, true);
        if (!eigen.decompose(new DMatrixRMaj(symmetric))) {
            throw new InvalidArgumentException("covariance", "must have an eigenvalue decomposition", null);
        }
        double[] values = new double[d];
        double[] vectors = new double[d * d];
        for (int i = 0; i < d; i++) {
            values[i] = eigen.getEigenvalue(i).getReal();
            System.arraycopy(eigen.getEigenVector(i).data, 0, vectors, i * d, d);
        }
        return new Eigenbasis(values, vectors);
    }
}
