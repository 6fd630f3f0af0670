package io.scoreflux.benchmarks.rough;

import io.scoreflux.model.Covariance;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/** Denoisers of a Gaussian mixture with the faults of networks: a ripple in time, a rounded time, rounded states. */
final class RoughDenoisers {
    private static final int DIMENSION = 16;
    private static final int MODES = 6;
    private static final int FREQUENCIES = 16;
    private static final int TIMESTEPS = 1000;
    /** The integral of beta of the linear schedule of DDPM is {@code LINEAR t + SQUARE t^2} for a time t from 0 to 1. */
    private static final double LINEAR = 0.1;

    private static final double SQUARE = 9.95;
    /** The bits of the significand of a number in half precision. */
    private static final int HALF_BITS = 10;

    private static final int LEAST_HALF_EXPONENT = -14;

    private RoughDenoisers() {}

    /** Returns six modes of widths from 0.1 to 0.3 in 16 dimensions. */
    static GaussianMixture mixture() {
        Random random = new Random(DIMENSION);
        List<GaussianMixture.Component> modes = new ArrayList<>();
        for (int k = 0; k < MODES; k++) {
            double[] mean = random.doubles(DIMENSION, -1.2, 1.2).toArray();
            modes.add(new GaussianMixture.Component(
                    0.5 + random.nextDouble(), mean, Covariance.isotropic(0.1 + 0.2 * random.nextDouble())));
        }
        return GaussianMixture.of(modes);
    }

    /** Returns the timestep of a noise level in the linear schedule of DDPM, from 0 to 1,000. */
    static double timestep(double sigma) {
        double integral = StrictMath.log1p(sigma * sigma);
        return TIMESTEPS * 2 * integral / (LINEAR + Math.sqrt(LINEAR * LINEAR + 4 * SQUARE * integral));
    }

    /**
     * Returns {@code D + sigma size r(k)}, as if the predicted noise had a ripple: r is a sum of sines of the timestep k with frequencies from 0.01 to
     * one radian, and has a root mean square of 1 per number.
     */
    static Denoiser ripple(GaussianMixture mixture, double size, long seed) {
        int d = mixture.dimension();
        Random random = new Random(seed);
        double[][] amplitude = new double[FREQUENCIES][d];
        double[][] phase = new double[FREQUENCIES][d];
        for (int j = 0; j < FREQUENCIES; j++) {
            for (int i = 0; i < d; i++) {
                amplitude[j][i] = random.nextGaussian() * Math.sqrt(2.0 / FREQUENCIES);
                phase[j][i] = 2 * Math.PI * random.nextDouble();
            }
        }
        return Denoiser.rowwise(d, (z, sigma, out) -> {
            denoise(mixture, z, sigma, out);
            double k = timestep(sigma);
            for (int j = 0; j < FREQUENCIES; j++) {
                double frequency = StrictMath.pow(10, -2.0 * j / (FREQUENCIES - 1));
                for (int i = 0; i < d; i++) {
                    out[i] += sigma * size * amplitude[j][i] * StrictMath.sin(frequency * k + phase[j][i]);
                }
            }
        });
    }

    /** Returns D at ln sigma rounded to the given number of equal levels. */
    static Denoiser levels(GaussianMixture mixture, UnaryOperator<Double> rounded) {
        return Denoiser.rowwise(mixture.dimension(), (z, sigma, out) -> denoise(mixture, z, rounded.apply(sigma), out));
    }

    /** Returns D at a state that was scaled to a standard deviation of about 1 and rounded to half precision. */
    static Denoiser half(GaussianMixture mixture) {
        return Denoiser.rowwise(mixture.dimension(), (z, sigma, out) -> {
            double scale = Math.sqrt(1 + sigma * sigma);
            for (int i = 0; i < z.length; i++) {
                double x = z[i] / scale;
                double unit = Math.scalb(1.0, Math.max(LEAST_HALF_EXPONENT, Math.getExponent(x)) - HALF_BITS);
                z[i] = Math.rint(x / unit) * unit * scale;
            }
            denoise(mixture, z, sigma, out);
        });
    }

    static void denoise(GaussianMixture mixture, double[] z, double sigma, double[] out) {
        Rows rows = new Rows(z.length, 1);
        rows.append(z, 0, sigma);
        mixture.denoise(rows, out);
    }
}
