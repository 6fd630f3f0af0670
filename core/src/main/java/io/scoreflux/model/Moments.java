package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.Values;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Mean and covariance of the data.
 *
 * <p>Beyond {@value #FULL_LIMIT} dimensions models give the diagonal of the covariance only, as its factor would cost more
 * than the samples. Moments are equal if their means and covariances are equal.
 */
public final class Moments {
    /** Up to this dimension models give the full covariance. */
    public static final int FULL_LIMIT = 512;

    private final double[] mean;
    private final Covariance covariance;
    private final double radius;

    /**
     * Checked and copied.
     *
     * @param mean the mean, finite
     * @param covariance of the same dimension
     */
    public Moments(double[] mean, Covariance covariance) {
        this.mean = Require.finiteRow("mean", mean, mean.length).clone();
        this.covariance = covariance;
        if (covariance.dimension() != 0 && covariance.dimension() != mean.length) {
            throw new InvalidArgumentException(
                    "covariance", "must have " + mean.length + " rows like {mean}", covariance.dimension());
        }
        double trace = 0;
        for (int i = 0; i < mean.length; i++) {
            trace += covariance.variance(i);
        }
        this.radius = Math.sqrt(trace);
    }

    /** As {@link #mean()}, for JSON mappers. */
    public double[] getMean() {
        return mean.clone();
    }

    /** As {@link #covariance()}, for JSON mappers. */
    public Covariance getCovariance() {
        return covariance;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Moments that && Arrays.equals(mean, that.mean) && covariance.equals(that.covariance);
    }

    @Override
    public int hashCode() {
        return Objects.hash(Arrays.hashCode(mean), covariance);
    }

    @Override
    public String toString() {
        return "Moments[mean=" + Values.shown(mean) + ", covariance=" + covariance + ", radius=" + radius + "]";
    }

    /** A copy of the mean. */
    public double[] mean() {
        return mean.clone();
    }

    /** The covariance. */
    public Covariance covariance() {
        return covariance;
    }

    /** The root mean square distance of the data from its mean, {@code sqrt(tr Cov)}: the unit of every tolerance. */
    public double radius() {
        return radius;
    }

    /** Numbers in a row. */
    public int dimension() {
        return mean.length;
    }

    /**
     * The moments of a mixture of laws with the given weights (sum 1), means and covariances.
     */
    static Moments ofMixture(double[] weights, double[][] means, Covariance[] covariances) {
        int d = means[0].length;
        double[] mean = new double[d];
        for (int k = 0; k < weights.length; k++) {
            for (int i = 0; i < d; i++) {
                mean[i] += weights[k] * means[k][i];
            }
        }
        return new Moments(
                mean,
                d <= FULL_LIMIT
                        ? full(weights, means, covariances, mean)
                        : diagonal(weights, means, covariances, mean));
    }

    private static Covariance full(double[] weights, double[][] means, Covariance[] covariances, double[] mean) {
        int d = mean.length;
        double[][] matrix = new double[d][d];
        double isotropic = 0;
        for (int k = 0; k < weights.length; k++) {
            if (covariances[k] instanceof Covariance.Isotropic same) {
                isotropic += weights[k] * same.variance();
            } else {
                double[][] own = covariances[k].toMatrix(d);
                for (int i = 0; i < d; i++) {
                    for (int j = 0; j < d; j++) {
                        matrix[i][j] += weights[k] * own[i][j];
                    }
                }
            }
            for (int i = 0; i < d; i++) {
                double scaled = weights[k] * (means[k][i] - mean[i]);
                for (int j = 0; j < d; j++) {
                    matrix[i][j] += scaled * (means[k][j] - mean[j]);
                }
            }
        }
        for (int i = 0; i < d; i++) {
            matrix[i][i] += isotropic;
        }
        return Covariance.Full.semidefinite(matrix);
    }

    private static Covariance diagonal(double[] weights, double[][] means, Covariance[] covariances, double[] mean) {
        int d = mean.length;
        double[] variance = new double[d];
        for (int k = 0; k < weights.length; k++) {
            for (int i = 0; i < d; i++) {
                double offset = means[k][i] - mean[i];
                variance[i] += weights[k] * (covariances[k].variance(i) + offset * offset);
            }
        }
        return new Covariance.Diagonal(variance);
    }
}
