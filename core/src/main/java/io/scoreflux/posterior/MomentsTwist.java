package io.scoreflux.posterior;

import io.scoreflux.internal.Kernels;
import io.scoreflux.model.Covariance;
import io.scoreflux.model.Moments;
import io.scoreflux.model.Observation;
import io.scoreflux.model.ObservedDirections;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;
import org.jspecify.annotations.Nullable;

/**
 * The twist of scouts: the density of the observation given the state, if the data were Gaussian with their moments. With {@code V = s^2}, the
 * covariance C and {@code G = C (C + V I)^-1}, the mean of the data given z would be {@code mean + G (z - mean)}, and
 *
 * <pre>
 * psi_s(z) = N(y; A (mean + G (z - mean)), M),  M = Sigma + V A G A'.
 * </pre>
 *
 * Here A has the observed directions as rows, and Sigma is the diagonal of rho_i^2.
 *
 * @see MomentsDrift
 */
final class MomentsTwist implements Twist {
    /** The end of the range in units of the least noise of the observation; the twist is nearly the exact factor there. */
    private static final double END = 1.0 / 6;

    /** The smallest singular value relative to the largest that is not a rounding error. */
    private static final double SINGULAR = 1e-10;

    /** The variance of the data in units of the variance of the noise below which an observation tells nothing. */
    private static final double LEAST_VARIANCE = 1e-9;

    private final ObservedDirections directions;
    private final double[] mean;
    /** The eigenvalues of C. */
    private final double[] own;
    /** The eigenvectors of C, as rows; null if C is diagonal. */
    private final double @Nullable [][] axes;
    /** A, its rows in the basis of the eigenvectors of C. */
    private final double[][] turned;

    MomentsTwist(ObservedDirections directions, Moments moments) {
        this.directions = directions;
        this.mean = moments.mean();
        int d = mean.length;
        this.own = new double[d];
        this.turned = new double[directions.count()][d];
        if (moments.covariance() instanceof Covariance.Full full) {
            EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(d, true, true);
            if (!eigen.decompose(new DMatrixRMaj(full.toMatrix(d)))) {
                throw new IllegalStateException("the covariance of the data has no eigenvalue decomposition");
            }
            axes = new double[d][];
            for (int k = 0; k < d; k++) {
                // The eigenvalues of a singular matrix may be slightly negative because of rounding.
                own[k] = Math.max(0, eigen.getEigenvalue(k).getReal());
                axes[k] = eigen.getEigenVector(k).data;
                for (int i = 0; i < turned.length; i++) {
                    turned[i][k] = directions.coordinate(i, axes[k], 0);
                }
            }
        } else {
            axes = null;
            for (int k = 0; k < d; k++) {
                own[k] = moments.covariance().variance(k);
            }
            for (int i = 0; i < turned.length; i++) {
                directions.add(i, 1, turned[i], 0);
            }
        }
    }

    /** Returns whether the data vary in an observed direction; otherwise the twist does not depend on the state. */
    boolean informs() {
        double[][] seen = observed(c -> c);
        return IntStream.range(0, seen.length)
                .anyMatch(i -> seen[i][i] > LEAST_VARIANCE * directions.noise(i) * directions.noise(i));
    }

    @Override
    public ObservedDirections directions() {
        return directions;
    }

    @Override
    public double end() {
        return END * directions.leastNoise();
    }

    double[] mean() {
        return mean.clone();
    }

    /** Returns {@code A f(C) A'}. */
    private double[][] observed(DoubleUnaryOperator f) {
        double[] values = Arrays.stream(own).map(f).toArray();
        int m = turned.length;
        double[][] result = new double[m][m];
        for (int i = 0; i < m; i++) {
            double[] row = scaled(values, turned[i]);
            for (int j = 0; j <= i; j++) {
                result[i][j] = Kernels.dot(turned[j], 0, row, 0, row.length);
                result[j][i] = result[i][j];
            }
        }
        return result;
    }

    /** Returns the rows of {@code A f(C)}. */
    private double[][] rows(DoubleUnaryOperator f) {
        double[] values = Arrays.stream(own).map(f).toArray();
        double[][] rows = new double[turned.length][];
        for (int i = 0; i < rows.length; i++) {
            double[] row = scaled(values, turned[i]);
            if (axes == null) {
                rows[i] = row;
            } else {
                rows[i] = new double[row.length];
                for (int k = 0; k < row.length; k++) {
                    Kernels.addScaled(rows[i], row[k], axes[k]);
                }
            }
        }
        return rows;
    }

    private static double[] scaled(double[] values, double[] x) {
        double[] scaled = new double[x.length];
        for (int k = 0; k < x.length; k++) {
            scaled[k] = values[k] * x[k];
        }
        return scaled;
    }

    /** A matrix {@code A f(C)}. */
    interface Product {
        /** Returns {@code A f(C) x}. */
        double[] times(double[] x);

        /** Returns {@code f(C) A' u}. */
        double[] transposed(double[] u);
    }

    /** Returns {@code A f(C)}: as its rows, or if C is diagonal as that diagonal, which takes less memory. */
    Product product(DoubleUnaryOperator f) {
        return axes == null ? new OfDiagonal(Arrays.stream(own).map(f).toArray()) : new OfRows(rows(f));
    }

    private final class OfDiagonal implements Product {
        private final double[] diagonal;

        OfDiagonal(double[] diagonal) {
            this.diagonal = diagonal;
        }

        @Override
        public double[] times(double[] x) {
            double[] scaled = scaled(diagonal, x);
            double[] result = new double[directions.count()];
            for (int i = 0; i < result.length; i++) {
                result[i] = directions.coordinate(i, scaled, 0);
            }
            return result;
        }

        @Override
        public double[] transposed(double[] u) {
            double[] sum = new double[diagonal.length];
            for (int i = 0; i < u.length; i++) {
                directions.add(i, u[i], sum, 0);
            }
            return scaled(diagonal, sum);
        }
    }

    private static final class OfRows implements Product {
        private final double[][] rows;

        OfRows(double[][] rows) {
            this.rows = rows;
        }

        @Override
        public double[] times(double[] x) {
            double[] result = new double[rows.length];
            for (int i = 0; i < rows.length; i++) {
                result[i] = Kernels.dot(rows[i], 0, x, 0, x.length);
            }
            return result;
        }

        @Override
        public double[] transposed(double[] u) {
            double[] sum = new double[rows[0].length];
            for (int i = 0; i < u.length; i++) {
                Kernels.addScaled(sum, u[i], rows[i]);
            }
            return sum;
        }
    }

    /** Returns the eigenvalue of G at the noise variance v for one of C. */
    static double gain(double c, double v) {
        return c / (c + v);
    }

    /** Returns M at the noise variance v. */
    DMatrixRMaj residual(double v) {
        DMatrixRMaj m = new DMatrixRMaj(observed(c -> v * gain(c, v)));
        for (int i = 0; i < directions.count(); i++) {
            m.add(i, i, directions.noise(i) * directions.noise(i));
        }
        return m;
    }

    /** Returns the lower Cholesky factor of M. */
    private static DMatrixRMaj triangle(DMatrixRMaj residual) {
        CholeskyDecomposition_F64<DMatrixRMaj> cholesky = DecompositionFactory_DDRM.chol(residual.getNumRows(), true);
        if (!cholesky.decompose(residual.copy())) {
            throw new IllegalStateException("the covariance of the observation given the state has no Cholesky factor");
        }
        return cholesky.getT(null);
    }

    /**
     * {@inheritDoc}
     *
     * <p>It observes the singular vectors of {@code L^-1 A G}, where {@code L L' = M}: the eigenvectors of {@code G A' M^-1 A G}.
     */
    @Override
    public Factor at(double s) {
        double v = s * s;
        DMatrixRMaj triangle = triangle(residual(v));
        // The rows and values of L^-1 (y - A (I - G) mean) = L^-1 A G z + noise of variance 1.
        double[][] rows = rows(c -> gain(c, v));
        int m = rows.length;
        int d = mean.length;
        double[] values = new double[m];
        for (int i = 0; i < m; i++) {
            values[i] = directions.value(i) - directions.coordinate(i, mean, 0) + Kernels.dot(rows[i], 0, mean, 0, d);
        }
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < i; j++) {
                Kernels.addScaled(rows[i], -triangle.get(i, j), rows[j]);
                values[i] -= triangle.get(i, j) * values[j];
            }
            Kernels.setScaled(rows[i], 1 / triangle.get(i, i), rows[i].clone());
            values[i] /= triangle.get(i, i);
        }
        double logFactor = directions.logFactor();
        for (int i = 0; i < m; i++) {
            logFactor -= StrictMath.log(triangle.get(i, i));
        }
        return reduced(rows, values, s, logFactor);
    }

    /** Returns the factor {@code exp(logFactor) N(values; rows z, I)}. */
    private static Factor reduced(double[][] rows, double[] values, double s, double logFactor) {
        int m = rows.length;
        int d = rows[0].length;
        SingularValueDecomposition_F64<DMatrixRMaj> svd = DecompositionFactory_DDRM.svd(m, d, true, true, true);
        if (!svd.decompose(new DMatrixRMaj(rows))) {
            throw new IllegalStateException("the rows of a twist have no singular value decomposition");
        }
        double[] singular = svd.getSingularValues();
        DMatrixRMaj left = svd.getU(null, true);
        DMatrixRMaj right = svd.getV(null, true);
        double least = SINGULAR * Arrays.stream(singular).limit(m).max().orElseThrow();
        int[] kept = IntStream.range(0, m).filter(i -> singular[i] > least).toArray();
        double[][] axes = new double[kept.length][d];
        double[] observed = new double[kept.length];
        double[] noise = new double[kept.length];
        double log = logFactor;
        double rest = Kernels.dot(values, 0, values, 0, m);
        for (int i = 0; i < kept.length; i++) {
            double projection = 0;
            for (int j = 0; j < m; j++) {
                projection += left.get(kept[i], j) * values[j];
            }
            for (int k = 0; k < d; k++) {
                axes[i][k] = right.get(kept[i], k);
            }
            observed[i] = projection / singular[kept[i]];
            noise[i] = 1 / singular[kept[i]];
            log += StrictMath.log(noise[i]);
            rest -= projection * projection;
        }
        log -= 0.5 * (Math.max(0, rest) + (m - kept.length) * Factor.LOG_TWO_PI);
        ObservedDirections seen =
                Observation.linear(axes, observed, Covariance.diagonal(noise)).directions(d);
        double[] levels = new double[seen.count()];
        double[] gaps = new double[levels.length];
        for (int i = 0; i < levels.length; i++) {
            gaps[i] = seen.noise(i) * seen.noise(i);
            levels[i] = Math.sqrt(s * s + gaps[i]);
        }
        return new Factor(seen, levels, gaps, log + seen.logFactor());
    }
}
