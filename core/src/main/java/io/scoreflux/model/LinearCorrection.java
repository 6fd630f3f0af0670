package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Kernels;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;
import org.ejml.interfaces.linsol.LinearSolverDense;
import org.jspecify.annotations.Nullable;

/** The correction of D for any linear observation, in the eigenbasis of the data's covariance, where S is diagonal. */
final class LinearCorrection implements Observation.Correction {
    /**
     * The smallest accepted ratio of the variance of an observed value given the previous ones to its total variance. A smaller variance is a
     * rounding error.
     */
    private static final double SINGULAR = 1e-13;

    private final int dimension;
    private final int observed;
    private final double[] values;
    private final double variance;
    private final double[][] rows;
    /** The eigenvalues of the data's covariance. */
    private final double[] own;
    /** The eigenvectors, row-major; null if the covariance is isotropic or diagonal. */
    private final double @Nullable [] axes;
    /** A in the eigenbasis, row-major. */
    private final double[] turned;

    private final Moments moments;

    LinearCorrection(double[][] matrix, double[] values, double noise, Moments prior) {
        this.dimension = prior.dimension();
        this.observed = matrix.length;
        this.values = values;
        this.variance = noise * noise;
        this.rows = matrix;
        if (prior.covariance() instanceof Covariance.Full full) {
            Eigenbasis basis = Eigenbasis.of(full.toMatrix(dimension));
            this.own = basis.values();
            this.axes = basis.vectors();
        } else {
            this.own = new double[dimension];
            for (int k = 0; k < dimension; k++) {
                own[k] = prior.covariance().variance(k);
            }
            this.axes = null;
        }
        this.turned = new double[observed * dimension];
        for (int i = 0; i < observed; i++) {
            for (int k = 0; k < dimension; k++) {
                turned[i * dimension + k] =
                        axes == null ? matrix[i][k] : Kernels.dot(matrix[i], 0, axes, k * dimension, dimension);
            }
        }
        LinearSolverDense<DMatrixRMaj> solver = factor(own);
        CholeskyDecomposition_F64<DMatrixRMaj> factor = solver.getDecomposition();
        DMatrixRMaj triangle = factor.getT(null);
        for (int i = 0; i < observed; i++) {
            double pivot = triangle.get(i, i) * triangle.get(i, i);
            if (!(pivot > SINGULAR * Kernels.dot(triangle.data, i * observed, triangle.data, i * observed, i + 1))) {
                throw singular();
            }
        }
        double[] mean = prior.mean();
        correct(solver, own, mean, 0);
        this.moments = new Moments(mean, given(solver, prior.covariance()));
    }

    /** Returns C - C A' (A C A' + r^2 I)^-1 A C, or only its diagonal if C is diagonal. */
    private Covariance given(LinearSolverDense<DMatrixRMaj> solver, Covariance prior) {
        double[][] covariance = axes == null ? new double[0][] : prior.toMatrix(dimension);
        double[][] columns = new double[dimension][];
        double[] diagonal = new double[dimension];
        DMatrixRMaj ofColumn = new DMatrixRMaj(observed, 1);
        DMatrixRMaj solved = new DMatrixRMaj(observed, 1);
        for (int j = 0; j < dimension; j++) {
            for (int i = 0; i < observed; i++) {
                ofColumn.data[i] =
                        axes == null ? rows[i][j] * own[j] : Kernels.dot(rows[i], 0, covariance[j], 0, dimension);
            }
            solver.solve(ofColumn, solved);
            double[] taken = new double[dimension];
            addBack(own, solved.data, taken, 0);
            diagonal[j] = Math.max(0, prior.variance(j) - taken[j]);
            if (axes != null) {
                columns[j] = taken;
            }
        }
        if (axes == null) {
            return new Covariance.Diagonal(diagonal);
        }
        for (int j = 0; j < dimension; j++) {
            for (int k = 0; k < dimension; k++) {
                covariance[j][k] -= columns[j][k];
            }
        }
        return symmetric(covariance);
    }

    /** Corrects the effects of rounding: the matrix may be asymmetric, and the variance of a known number may be slightly negative. */
    private static Covariance symmetric(double[][] matrix) {
        int d = matrix.length;
        for (int i = 0; i < d; i++) {
            matrix[i][i] = Math.max(0, matrix[i][i]);
            for (int j = 0; j < i; j++) {
                matrix[i][j] = 0.5 * (matrix[i][j] + matrix[j][i]);
                matrix[j][i] = matrix[i][j];
            }
        }
        return Covariance.Full.semidefinite(matrix);
    }

    @Override
    public Moments moments() {
        return moments;
    }

    @Override
    public void apply(double[] answers, int at, double sigma) {
        double s2 = sigma * sigma;
        double[] spread = new double[dimension];
        for (int k = 0; k < dimension; k++) {
            // Eigenvalues of a singular covariance may be slightly negative because of rounding.
            spread[k] = own[k] > 0 ? s2 * own[k] / (own[k] + s2) : 0;
        }
        correct(factor(spread), spread, answers, at);
    }

    /** Factors A S A' + r^2 I. */
    private LinearSolverDense<DMatrixRMaj> factor(double[] spread) {
        DMatrixRMaj sum = new DMatrixRMaj(observed, observed);
        for (int i = 0; i < observed; i++) {
            for (int j = 0; j <= i; j++) {
                double entry = i == j ? variance : 0;
                for (int k = 0; k < dimension; k++) {
                    entry += turned[i * dimension + k] * spread[k] * turned[j * dimension + k];
                }
                sum.set(i, j, entry);
                sum.set(j, i, entry);
            }
        }
        LinearSolverDense<DMatrixRMaj> solver = LinearSolverFactory_DDRM.chol(observed);
        if (!solver.setA(sum)) {
            throw singular();
        }
        return solver;
    }

    private IllegalArgumentException singular() {
        return new InvalidArgumentException(
                "matrix",
                "must have linearly independent rows unless {noise} is greater than 0, as A C A' + noise^2 I is"
                        + " singular",
                "singular at noise " + Violation.text(Math.sqrt(variance)),
                "leave out rows of the matrix",
                "give {noise} greater than 0");
    }

    private void correct(LinearSolverDense<DMatrixRMaj> solver, double[] spread, double[] answers, int at) {
        DMatrixRMaj rest = new DMatrixRMaj(observed, 1);
        for (int i = 0; i < observed; i++) {
            rest.data[i] = values[i] - Kernels.dot(rows[i], 0, answers, at, dimension);
        }
        DMatrixRMaj solved = new DMatrixRMaj(observed, 1);
        solver.solve(rest, solved);
        addBack(spread, solved.data, answers, at);
    }

    /** Adds S A' u. */
    private void addBack(double[] spread, double[] u, double[] to, int at) {
        for (int k = 0; k < dimension; k++) {
            double sum = 0;
            for (int i = 0; i < observed; i++) {
                sum += turned[i * dimension + k] * u[i];
            }
            if (axes == null) {
                to[at + k] += spread[k] * sum;
            } else {
                Kernels.addScaled(to, at, spread[k] * sum, axes, k * dimension, dimension);
            }
        }
    }
}
