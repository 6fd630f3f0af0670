package io.scoreflux.posterior;

import io.scoreflux.internal.Kernels;
import io.scoreflux.model.Covariance;
import io.scoreflux.model.InitialDistribution;
import io.scoreflux.model.Moments;
import io.scoreflux.model.ObservedDirections;
import io.scoreflux.noise.NormalStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;
import org.ejml.interfaces.linsol.LinearSolverDense;

/**
 * The law of the states at the largest noise level s given the observation with the variances G_i, for data with the given moments:
 * N(mean, C + s^2 I) conditioned on y_i = z_i + sqrt(G_i) n_i.
 */
final class StartLaw {
    private final ObservedDirections directions;
    private final InitialDistribution prior;
    private final double[] gaps;
    /** {@code (C + s^2 I) V'}, column i for direction i, as rows. */
    private final double[][] spread;

    private final LinearSolverDense<DMatrixRMaj> solver;
    private final double logNormaliser;

    StartLaw(ObservedDirections directions, Moments moments, double sigma, double[] gaps) {
        int d = directions.dimension();
        int m = directions.count();
        this.directions = directions;
        this.gaps = gaps.clone();
        this.prior = new InitialDistribution(d, moments, sigma);
        this.spread = new double[m][d];
        double[][] covariance =
                moments.covariance() instanceof Covariance.Full full ? full.toMatrix(d) : new double[0][];
        for (int i = 0; i < m; i++) {
            double[] axis = new double[d];
            directions.add(i, 1, axis, 0);
            for (int k = 0; k < d; k++) {
                double own = sigma * sigma * axis[k];
                if (covariance.length > 0) {
                    own += Kernels.dot(covariance[k], 0, axis, 0, d);
                } else {
                    own += moments.covariance().variance(k) * axis[k];
                }
                spread[i][k] = own;
            }
        }
        DMatrixRMaj inner = new DMatrixRMaj(m, m);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j <= i; j++) {
                double entry = directions.coordinate(j, spread[i], 0) + (i == j ? gaps[i] : 0);
                inner.set(i, j, entry);
                inner.set(j, i, entry);
            }
        }
        this.solver = LinearSolverFactory_DDRM.chol(m);
        if (!solver.setA(inner)) {
            throw new IllegalStateException("the covariance of the observed directions has no Cholesky factor");
        }
        this.logNormaliser = logNormaliser(moments.mean());
    }

    private double logNormaliser(double[] mean) {
        int m = directions.count();
        DMatrixRMaj offset = new DMatrixRMaj(m, 1);
        for (int i = 0; i < m; i++) {
            offset.set(i, 0, directions.value(i) - directions.coordinate(i, mean, 0));
        }
        DMatrixRMaj solved = new DMatrixRMaj(m, 1);
        solver.solve(offset, solved);
        CholeskyDecomposition_F64<DMatrixRMaj> factor = solver.getDecomposition();
        DMatrixRMaj triangle = factor.getT(null);
        double log = -0.5 * m * StrictMath.log(2 * Math.PI);
        for (int i = 0; i < m; i++) {
            log -= 0.5 * offset.get(i, 0) * solved.get(i, 0) + StrictMath.log(triangle.get(i, i));
        }
        return log;
    }

    /** Returns the logarithm of the density of the observation. */
    double logNormaliser() {
        return logNormaliser;
    }

    /** Draws one state. Not thread-safe. */
    double[] draw(NormalStream random) {
        int m = directions.count();
        double[] z = prior.draw(random);
        double[] noise = new double[m];
        random.fill(noise, 0, m);
        DMatrixRMaj residual = new DMatrixRMaj(m, 1);
        for (int i = 0; i < m; i++) {
            residual.set(i, 0, directions.value(i) - directions.coordinate(i, z, 0) - Math.sqrt(gaps[i]) * noise[i]);
        }
        DMatrixRMaj solved = new DMatrixRMaj(m, 1);
        solver.solve(residual, solved);
        for (int i = 0; i < m; i++) {
            Kernels.addScaled(z, solved.get(i, 0), spread[i]);
        }
        return z;
    }
}
