package io.scoreflux.benchmarks.expectation;

import io.scoreflux.Statistic;
import io.scoreflux.model.Covariance;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.model.GaussianMixture.Component;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * A mixture of isotropic components, and functions with known expectations at a noise level.
 *
 * @param name the name in tables
 * @param components isotropic components
 */
record KnownExpectations(String name, List<Component> components) {
    /** The noise range of the samples. */
    static final double FROM = 40;

    static final double TO = 0.005;

    private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);
    private static final double BORDER = 0.25;

    /**
     * A function of a sample.
     *
     * @param expectation its exact expectation at {@link #TO}
     * @param deviation its exact standard deviation
     */
    record Case(String name, Statistic statistic, double expectation, double deviation) {}

    /** Returns three modes on a line, eight on a circle, and six in 16 dimensions. */
    static List<KnownExpectations> all() {
        List<Component> ring = new ArrayList<>();
        for (int k = 0; k < 8; k++) {
            double angle = 2 * Math.PI * k / 8;
            ring.add(component(1, 0.1, StrictMath.cos(angle), StrictMath.sin(angle)));
        }
        return List.of(
                new KnownExpectations(
                        "uneven3-1d",
                        List.of(component(0.6, 0.08, -1), component(0.3, 0.2, 0.4), component(0.1, 0.02, 1.2))),
                new KnownExpectations("ring8-2d", ring),
                new KnownExpectations("six-16d", scattered(6, 16, 0.3)),
                new KnownExpectations("ten-64d", scattered(10, 64, 0.3)));
    }

    private static List<Component> scattered(int modes, int dimension, double std) {
        Random random = new Random(5);
        List<Component> components = new ArrayList<>();
        for (int k = 0; k < modes; k++) {
            double[] mean = random.doubles(dimension, -1, 1).toArray();
            components.add(component(1 + random.nextDouble(), std, mean));
        }
        return components;
    }

    private static Component component(double weight, double std, double... mean) {
        return new Component(weight, mean, Covariance.isotropic(std));
    }

    GaussianMixture denoiser() {
        return GaussianMixture.of(components);
    }

    private int dimension() {
        return components.get(0).mean().length;
    }

    /** Returns linear, square, sin and indicator; u is the projection on a direction. */
    List<Case> cases() {
        int d = dimension();
        double[] v = new Random(8).doubles(d, -1, 1).toArray();
        double length = 0;
        for (double each : v) {
            length += each * each;
        }
        for (int i = 0; i < d; i++) {
            v[i] /= Math.sqrt(length);
        }
        double total = components.stream().mapToDouble(Component::weight).sum();
        double[] first = new double[4];
        double[] second = new double[4];
        for (Component each : components) {
            double w = each.weight() / total;
            double variance = each.covariance().variance(0) + TO * TO;
            double m = dot(v, each.mean());
            double centre = dot(each.mean(), each.mean());
            double mean = centre + d * variance;
            double share = NORMAL.cumulativeProbability((m - BORDER) / Math.sqrt(variance));
            first[0] += w * m;
            second[0] += w * (m * m + variance);
            first[1] += w * mean;
            second[1] += w * (mean * mean + 4 * centre * variance + 2 * d * variance * variance);
            first[2] += w * StrictMath.exp(-2 * variance) * StrictMath.sin(2 * m);
            second[2] += w * (1 - StrictMath.exp(-8 * variance) * StrictMath.cos(4 * m)) / 2;
            first[3] += w * share;
            second[3] += w * share;
        }
        List<Statistic> statistics = List.of(
                Statistic.of(x -> dot(v, x)),
                Statistic.of(x -> dot(x, x)),
                Statistic.of(x -> StrictMath.sin(2 * dot(v, x))).bounds(-1, 1),
                Statistic.indicator(x -> dot(v, x) - BORDER));
        String[] names = {"linear", "square", "sin", "indicator"};
        List<Case> cases = new ArrayList<>();
        for (int j = 0; j < names.length; j++) {
            cases.add(new Case(names[j], statistics.get(j), first[j], Math.sqrt(second[j] - first[j] * first[j])));
        }
        return cases;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
