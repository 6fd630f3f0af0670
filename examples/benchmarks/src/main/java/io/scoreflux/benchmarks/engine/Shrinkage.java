package io.scoreflux.benchmarks.engine;

import io.scoreflux.internal.Kernels;
import io.scoreflux.model.Covariance;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.Moments;
import io.scoreflux.state.Rows;
import java.util.Optional;

/**
 * The denoiser of one Gaussian around 0 with standard deviation a, {@code D(z; s) = a^2 / (a^2 + s^2) z}. Its cost is negligible, and it
 * allocates nothing.
 */
record Shrinkage(int dimension, double std) implements Denoiser {

    @Override
    public Optional<Moments> moments() {
        return Optional.of(new Moments(new double[dimension], Covariance.isotropic(std)));
    }

    @Override
    public void denoise(Rows in, double[] out) {
        double variance = std * std;
        for (int row = 0; row < in.count(); row++) {
            double sigma = in.sigma(row);
            double share = variance / (variance + sigma * sigma);
            Kernels.setScaled(out, row * dimension, share, in.values(), in.offset(row), dimension);
        }
    }
}
