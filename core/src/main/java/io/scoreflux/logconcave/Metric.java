package io.scoreflux.logconcave;

import io.scoreflux.internal.Kernels;
import java.util.Arrays;

/**
 * A normal approximation of the density, in the coordinates u of a chain: {@code u = mean + T v}, with v about standard normal. T is a
 * lower triangular or a diagonal matrix with a positive diagonal, and T T' is about the covariance. Immutable.
 */
final class Metric {
    private final double[] mean;
    private final double[] factor;
    private final boolean full;

    /**
     * Creates a metric.
     *
     * @param mean the mean, owned by the metric from now on
     * @param factor T, row-major with zeros above the diagonal, or the diagonal of T; owned by the metric from now on
     */
    Metric(double[] mean, double[] factor) {
        this.mean = mean;
        this.factor = factor;
        this.full = factor.length > mean.length;
    }

    /** Returns the metric with v = u. */
    static Metric identity(int dimension, boolean full) {
        double[] factor = new double[full ? dimension * dimension : dimension];
        for (int i = 0; i < dimension; i++) {
            factor[full ? i * dimension + i : i] = 1;
        }
        return new Metric(new double[dimension], factor);
    }

    int dimension() {
        return mean.length;
    }

    /** Returns whether T is triangular and not diagonal. */
    boolean isFull() {
        return full;
    }

    /** Returns the hash of all numbers, the same on every machine. */
    int origin() {
        return 31 * Arrays.hashCode(mean) + Arrays.hashCode(factor);
    }

    /** Computes {@code u = mean + T v} for the v that starts at index {@code at}. */
    void toU(double[] v, int at, double[] u) {
        int d = mean.length;
        for (int i = 0; i < d; i++) {
            u[i] = mean[i] + (full ? Kernels.dot(factor, i * d, v, at, i + 1) : factor[i] * v[at + i]);
        }
    }

    /** Computes {@code v = T^-1 (u - mean)}, and writes it from index {@code at} on. */
    void toV(double[] u, double[] v, int at) {
        int d = mean.length;
        for (int i = 0; i < d; i++) {
            double rest = u[i] - mean[i];
            v[at + i] = full ? (rest - Kernels.dot(factor, i * d, v, at, i)) / factor[i * d + i] : rest / factor[i];
        }
    }

    /** Converts a gradient in u to one in v, {@code T' g}, and writes it from index {@code at} on. */
    void pullBack(double[] gradient, double[] out, int at) {
        int d = mean.length;
        if (!full) {
            for (int i = 0; i < d; i++) {
                out[at + i] = factor[i] * gradient[i];
            }
            return;
        }
        Arrays.fill(out, at, at + d, 0);
        for (int i = 0; i < d; i++) {
            Kernels.addScaled(out, at, gradient[i], factor, i * d, i + 1);
        }
    }

    /** Returns the metric of a normal approximation that is given in v, by its mean and factor. */
    Metric then(double[] meanOfV, double[] factorOfV) {
        int d = mean.length;
        double[] moved = new double[d];
        toU(meanOfV, 0, moved);
        double[] product = new double[factor.length];
        if (!full) {
            for (int i = 0; i < d; i++) {
                product[i] = factor[i] * factorOfV[i];
            }
        } else {
            for (int i = 0; i < d; i++) {
                for (int k = 0; k <= i; k++) {
                    Kernels.addScaled(product, i * d, factor[i * d + k], factorOfV, k * d, k + 1);
                }
            }
        }
        return new Metric(moved, product);
    }

    /** Returns entry (i, j) of T, with j at most i; with j = i if T is diagonal. */
    double entry(int i, int j) {
        return full ? factor[i * mean.length + j] : factor[i];
    }

    /** Returns entry i of the mean. */
    double mean(int i) {
        return mean[i];
    }
}
