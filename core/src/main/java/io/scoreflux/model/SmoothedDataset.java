package io.scoreflux.model;

import io.scoreflux.internal.KernelVariant;
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
 * O(size x dimension). The relative errors of the computed weights p_i are up to 6e-14, plus the rounding errors of the exponents. The data
 * take 16 bytes for each number, and on the Vector API 8 bytes for each number of up to 31 rows more. Immutable and thread-safe.
 *
 * <p>The inner loops use the Vector API if Java was started with {@code --add-modules jdk.incubator.vector}, and plain Java otherwise. The results
 * have the same bits. Both need a processor with fused multiply-add: without it, they are very slow. The system property {@code scoreflux.kernels} ({@code portable} or {@code vector}) selects a variant.
 */
public final class SmoothedDataset implements DivergenceDenoiser {
    private final int dimension;
    private final int size;
    private final DatasetKernel kernel;
    private final double bandwidth;
    private final Moments moments;

    /**
     * Creates the denoiser of a smoothed data set.
     *
     * @param rows at least one, all finite and of the same length; copied
     * @param bandwidth the standard deviation h of the kernel, positive, in the units of the data
     */
    public static SmoothedDataset of(double[][] rows, double bandwidth) {
        return of(rows, bandwidth, KernelVariant.selected());
    }

    /** Creates the denoiser with a given implementation of its inner loops. */
    static SmoothedDataset of(double[][] rows, double bandwidth, KernelVariant variant) {
        return new SmoothedDataset(rows, bandwidth, variant);
    }

    private SmoothedDataset(double[][] data, double bandwidth, KernelVariant variant) {
        size = Require.entries("data", data.length, 1);
        dimension = Require.atLeast("dimension", data[0].length, 1);
        this.bandwidth = Require.positive("bandwidth", bandwidth);
        double[][] rows = new double[size][];
        for (int i = 0; i < size; i++) {
            rows[i] = Require.finiteRow(Require.element("data", i), data[i], dimension)
                    .clone();
        }
        kernel = DatasetKernel.of(variant, rows, dimension);
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
        denoise(in, out, new double[0], false);
    }

    @Override
    public void denoise(Rows in, double[] out, double[] divergence) {
        denoise(in, out, divergence, true);
    }

    private void denoise(Rows in, double[] out, double[] divergence, boolean diverges) {
        DatasetSweep sweep = new DatasetSweep(kernel, size, dimension, in.count(), diverges);
        double[] mean = new double[dimension];
        for (int first = 0; first < in.count(); first += sweep.capacity()) {
            int count = Math.min(sweep.capacity(), in.count() - first);
            sweep.run(in, first, count, bandwidth);
            for (int r = 0; r < count; r++) {
                // Quotients first: squares may underflow or overflow.
                double ratio = in.sigma(first + r) / bandwidth;
                double ofMean = 1 / (1 + 1 / (ratio * ratio));
                double ofState = 1 / (1 + ratio * ratio);
                sweep.mean(r, ofMean, in, ofState, out, (first + r) * dimension, dimension);
                if (diverges) {
                    double v = bandwidth * bandwidth + in.sigma(first + r) * in.sigma(first + r);
                    sweep.mean(r, 1, in, 0, mean, 0, dimension);
                    divergence[first + r] = dimension * ofState + ofMean / v * sweep.spread(r, mean);
                }
            }
        }
    }
}
