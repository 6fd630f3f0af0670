package io.scoreflux.benchmarks.around;

import io.scoreflux.model.Covariance;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.model.GaussianMixture.Component;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A mixture with axis-aligned components, and its density.
 *
 * @param name the name in tables
 * @param components components with isotropic or diagonal covariances
 */
record KnownMixture(String name, List<Component> components) {

    /** One Gaussian, two modes, eight on a circle, and five in eight dimensions with widths from 0.02 to 1. */
    static List<KnownMixture> all() {
        List<Component> ring = new ArrayList<>();
        for (int k = 0; k < 8; k++) {
            double angle = 2 * Math.PI * k / 8;
            ring.add(new Component(
                    1, new double[] {StrictMath.cos(angle), StrictMath.sin(angle)}, Covariance.isotropic(0.05)));
        }
        Random random = new Random(3);
        List<Component> five = new ArrayList<>();
        for (int k = 0; k < 5; k++) {
            double[] mean = new double[8];
            double[] std = new double[8];
            for (int i = 0; i < 8; i++) {
                mean[i] = random.nextGaussian();
            }
            for (int i = 0; i < 8; i++) {
                std[i] = StrictMath.exp(-4 * random.nextDouble());
            }
            five.add(new Component(1, mean, Covariance.diagonal(std)));
        }
        return List.of(
                new KnownMixture(
                        "gaussian", List.of(new Component(1, new double[] {0.3, -0.2}, Covariance.diagonal(0.5, 0.2)))),
                new KnownMixture(
                        "bimodal",
                        List.of(
                                new Component(0.35, new double[] {-1, 0.2}, Covariance.isotropic(0.4)),
                                new Component(0.65, new double[] {0.6, -0.3}, Covariance.isotropic(0.3)))),
                new KnownMixture("ring of 8", ring),
                new KnownMixture("5 in R^8", five));
    }

    /** The exact denoiser. */
    GaussianMixture denoiser() {
        return GaussianMixture.of(components);
    }

    /** The logarithm of the density at a noise level. */
    double logDensity(double sigma, double[] z) {
        double[] logs = new double[components.size()];
        double largest = Double.NEGATIVE_INFINITY;
        double weights = 0;
        for (int k = 0; k < logs.length; k++) {
            Component component = components.get(k);
            weights += component.weight();
            logs[k] = StrictMath.log(component.weight());
            for (int i = 0; i < z.length; i++) {
                double variance = component.covariance().variance(i) + sigma * sigma;
                double offset = z[i] - component.mean()[i];
                logs[k] -= 0.5 * (offset * offset / variance + StrictMath.log(2 * Math.PI * variance));
            }
            largest = Math.max(largest, logs[k]);
        }
        double sum = 0;
        for (double log : logs) {
            sum += StrictMath.exp(log - largest);
        }
        return largest + StrictMath.log(sum / weights);
    }
}
