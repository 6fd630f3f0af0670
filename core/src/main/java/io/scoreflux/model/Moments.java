package io.scoreflux.model;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.Values;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The mean and covariance of the data. Immutable.
 *
 * <p>Above {@value #FULL_LIMIT} dimensions, models give only the diagonal of the covariance, because factoring the full matrix would cost
 * more than drawing the samples. Moments are equal if their means and covariances are equal.
 */
public final class Moments {
    /** The largest dimension for which models give the full covariance. */
    public static final int FULL_LIMIT = 512;

    private final double[] mean;
    private final Covariance covariance;
    private final double radius;

    /**
     * Creates moments.
     *
     * @param mean finite; copied
     * @param covariance isotropic, or of the same dimension as the mean
     * @throws IllegalArgumentException if the mean is not finite, or the dimensions differ
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

    /** Returns {@link #mean()}, for JSON mappers. */
    public double[] getMean() {
        return mean.clone();
    }

    /** Returns {@link #covariance()}, for JSON mappers. */
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

    /** Returns a copy of the mean. */
    public double[] mean() {
        return mean.clone();
    }

    /** Returns the covariance. */
    public Covariance covariance() {
        return covariance;
    }

    /** Returns the root mean square distance of the data from their mean, {@code sqrt(tr Cov)}. It is the unit of tolerances. */
    public double radius() {
        return radius;
    }

    /** Returns the number of numbers in a row. */
    public int dimension() {
        return mean.length;
    }

    /** Returns the moments of a mixture of distributions with the given weights (sum 1), means and covariances. */
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
