package io.scoreflux.model;

import io.scoreflux.internal.Kernels;
import io.scoreflux.noise.NormalStream;
import org.jspecify.annotations.Nullable;

/**
 * The distribution of initial states at the largest noise level s: N(mean, s^2 I + Cov) if the moments of the data are known, otherwise
 * N(0, s^2 I).
 *
 * <p>Its distance in total variation from the true distribution of z decreases as s^-3 with the moments (s^-4 for symmetric data), as s^-2
 * with the mean alone, and as s^-1 with neither. Immutable and thread-safe.
 */
public final class InitialDistribution {
    private static final double LOG_TWO_PI = StrictMath.log(2 * Math.PI);

    private final int dimension;
    private final double @Nullable [] mean;
    /** The standard deviations of independent numbers; null if {@link #factor} is the Cholesky factor of the covariance. */
    private final double @Nullable [] scale;

    private final double @Nullable [] factor;

    /**
     * Creates the distribution.
     *
     * @param dimension the number of numbers in a state
     * @param moments the moments of the data, or null if unknown
     * @param sigma the largest noise level s
     */
    public InitialDistribution(int dimension, @Nullable Moments moments, double sigma) {
        this.dimension = dimension;
        this.mean = moments == null ? null : moments.mean();
        Covariance covariance = moments == null ? new Covariance.Isotropic(0) : moments.covariance();
        double s2 = sigma * sigma;
        if (covariance instanceof Covariance.Full full) {
            scale = null;
            factor = cholesky(full.toMatrix(dimension), s2);
        } else {
            factor = null;
            scale = new double[dimension];
            for (int i = 0; i < dimension; i++) {
                scale[i] = Math.sqrt(s2 + covariance.variance(i));
            }
        }
    }

    /** Returns the natural logarithm of the density at a state. */
    public double logDensity(double[] z) {
        double squares = 0;
        double logs = dimension * LOG_TWO_PI;
        double[] n = new double[dimension];
        for (int i = 0; i < dimension; i++) {
            double offset = z[i] - (mean == null ? 0 : mean[i]);
            double pivot = factor != null ? factor[i * dimension + i] : (scale != null ? scale[i] : 1);
            // Forward substitution: the factor times n is the offset.
            n[i] = (factor != null ? offset - Kernels.dot(factor, i * dimension, n, 0, i) : offset) / pivot;
            squares += n[i] * n[i];
            logs += 2 * StrictMath.log(pivot);
        }
        return -0.5 * (squares + logs);
    }

    private static double[] cholesky(double[][] matrix, double s2) {
        for (int i = 0; i < matrix.length; i++) {
            matrix[i][i] += s2;
        }
        double[] factor = Cholesky.factor(matrix);
        if (factor == null) {
            throw new IllegalStateException("the covariance of the initial states has no Cholesky factor");
        }
        return factor;
    }

    /** Draws one state. */
    public double[] draw(NormalStream normals) {
        double[] n = new double[dimension];
        normals.fill(n, 0, dimension);
        double[] z = new double[dimension];
        for (int i = 0; i < dimension; i++) {
            double centred = factor != null
                    ? Kernels.dot(factor, i * dimension, n, 0, i + 1)
                    : (scale != null ? scale[i] * n[i] : 0);
            z[i] = (mean == null ? 0 : mean[i]) + centred;
        }
        return z;
    }
}
