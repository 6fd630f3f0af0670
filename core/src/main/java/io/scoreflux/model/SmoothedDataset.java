package io.scoreflux.model;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.Require;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.Optional;

/**
 * The exact denoiser of a data set smoothed by a Gaussian kernel. Its distribution is the mixture of N(x_i, h^2 I) over the rows x_i of the
 * data set with equal weights.
 *
 * <p>With v = h^2 + s^2, {@code D(z; s) = (s^2 sum_i p_i x_i + h^2 z) / v}, where {@code p_i} is proportional to
 * {@code exp(-|z - x_i|^2 / (2 v))}, and {@code div D = d h^2 / v + s^2 / v^2 sum_i p_i |x_i - sum_j p_j x_j|^2}. The cost of one row is
 * O(size x dimension). Immutable and thread-safe.
 */
public final class SmoothedDataset implements DivergenceDenoiser {
    private final int dimension;
    private final int size;
    private final double[] rows;
    private final double bandwidth;
    private final Moments moments;

    /**
     * Creates the denoiser of a smoothed data set.
     *
     * @param rows at least one, all finite and of the same length; copied
     * @param bandwidth the standard deviation h of the kernel, positive, in the units of the data
     */
    public static SmoothedDataset of(double[][] rows, double bandwidth) {
        return new SmoothedDataset(rows, bandwidth);
    }

    private SmoothedDataset(double[][] data, double bandwidth) {
        size = Require.entries("data", data.length, 1);
        dimension = Require.atLeast("dimension", data[0].length, 1);
        this.bandwidth = Require.positive("bandwidth", bandwidth);
        rows = new double[Math.multiplyExact(size, dimension)];
        for (int i = 0; i < size; i++) {
            System.arraycopy(
                    Require.finiteRow(Require.element("data", i), data[i], dimension),
                    0,
                    rows,
                    i * dimension,
                    dimension);
        }
        double[] weights = new double[size];
        Arrays.fill(weights, 1.0 / size);
        Covariance[] kernels = new Covariance[size];
        Arrays.fill(kernels, Covariance.isotropic(bandwidth));
        moments = Moments.ofMixture(weights, data, kernels);
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public Optional<Moments> moments() {
        return Optional.of(moments);
    }

    /** Returns the number of rows of the data set. */
    public int size() {
        return size;
    }

    /** Returns the standard deviation of the kernel. */
    public double bandwidth() {
        return bandwidth;
    }

    @Override
    public void denoise(Rows in, double[] out) {
        denoise(in, out, new double[in.count()], false);
    }

    @Override
    public void denoise(Rows in, double[] out, double[] divergence) {
        denoise(in, out, divergence, true);
    }

    private void denoise(Rows in, double[] out, double[] divergence, boolean diverges) {
        double[] logs = new double[size];
        double h2 = bandwidth * bandwidth;
        for (int row = 0; row < in.count(); row++) {
            double s2 = in.sigma(row) * in.sigma(row);
            double v = h2 + s2;
            int at = in.offset(row);
            for (int i = 0; i < size; i++) {
                logs[i] = -0.5 * Kernels.squaredDistance(in.values(), at, rows, i * dimension, dimension) / v;
            }
            Softmax.inPlace(logs, size);
            int to = row * dimension;
            Kernels.setScaled(out, to, h2 / v, in.values(), at, dimension);
            for (int i = 0; i < size; i++) {
                // Smaller weights are below the rounding error of the sum.
                if (logs[i] > 1e-20) {
                    Kernels.addScaled(out, to, s2 / v * logs[i], rows, i * dimension, dimension);
                }
            }
            if (diverges) {
                divergence[row] = dimension * h2 / v + s2 / (v * v) * spread(logs, in, row, out);
            }
        }
    }

    /** Returns sum_i p_i |x_i - mean|^2 with the mean (v D - h^2 z) / s^2. */
    private double spread(double[] p, Rows in, int row, double[] out) {
        double s2 = in.sigma(row) * in.sigma(row);
        double h2 = bandwidth * bandwidth;
        double[] mean = new double[dimension];
        for (int i = 0; i < dimension; i++) {
            mean[i] = ((h2 + s2) * out[row * dimension + i] - h2 * in.values()[in.offset(row) + i]) / s2;
        }
        double sum = 0;
        for (int i = 0; i < size; i++) {
            if (p[i] > 1e-20) {
                sum += p[i] * Kernels.squaredDistance(mean, 0, rows, i * dimension, dimension);
            }
        }
        return sum;
    }
}
