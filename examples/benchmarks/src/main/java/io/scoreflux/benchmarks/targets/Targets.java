package io.scoreflux.benchmarks.targets;

import io.scoreflux.model.Covariance;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.model.SmoothedDataset;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Twelve fixed targets of different kinds, and random targets from a seed. The constants of solvers were chosen on some of them, which the
 * pages of the solvers name; another seed gives targets that no constant was chosen on.
 *
 * <p>All numbers come from the generator {@code L64X128MixRandom}, so a seed gives the same targets on every machine.
 */
public final class Targets {
    private static final String GENERATOR = "L64X128MixRandom";
    private static final long FIXED_SEED = 20_26;

    private Targets() {}

    /** Returns the fixed targets. */
    public static List<Target> fixed() {
        return List.of(
                ring(0.05),
                modes100(),
                needles(),
                Target.of("aniso5", anisotropic("aniso5", 5, 12, 1e6)),
                torus(),
                Target.of("rareweights", rareWeights()),
                rare(),
                cantor(7),
                Target.of("twoscale", twoScale()),
                spiral(0.02),
                Target.of("pair", pair()),
                modes("modes400", 400, 1000, 0.03).onShare(0.04));
    }

    /**
     * Returns random Gaussian mixtures: 1 to 24 dimensions, 2 to 64 modes on one or two scales, deviations from 1e-4 to 0.3 where those of the
     * means are about 1, weights over several orders of magnitude, and isotropic, diagonal or full covariances of condition numbers up to 100.
     */
    public static List<Target> random(long seed, int count) {
        List<Target> targets = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            targets.add(Target.of("random" + seed + "." + k, random(generator(seed, k))));
        }
        return targets;
    }

    private static GaussianMixture random(RandomGenerator random) {
        int dimension = (int) Math.round(logUniform(random, 1, 24));
        int modes = (int) Math.round(logUniform(random, 2, 64));
        boolean clustered = random.nextBoolean();
        double clusterWidth = logUniform(random, 0.02, 0.3);
        double spread = 3 * random.nextDouble();
        int shape = random.nextInt(3);
        double[][] centres = normals(random, 1 + modes / 6, dimension);
        GaussianMixture.Builder builder = GaussianMixture.builder(dimension);
        for (int m = 0; m < modes; m++) {
            double[] mean = normal(random, dimension);
            if (clustered) {
                double[] centre = centres[m % centres.length];
                for (int i = 0; i < dimension; i++) {
                    mean[i] = centre[i] + clusterWidth * mean[i];
                }
            }
            double weight = StrictMath.exp(spread * random.nextGaussian());
            double width = logUniform(random, 1e-3, 0.3);
            builder.component(weight, mean, covariance(random, shape, dimension, width));
        }
        return builder.build();
    }

    private static Covariance covariance(RandomGenerator random, int shape, int dimension, double width) {
        if (shape == 0 || dimension == 1) {
            return Covariance.isotropic(width);
        }
        double[] std = new double[dimension];
        for (int i = 0; i < dimension; i++) {
            std[i] = width * logUniform(random, 0.1, 1);
        }
        return shape == 1 ? Covariance.diagonal(std) : rotated(random, std);
    }

    /** The corners of a regular octagon on the unit circle; with width 0.05 a target that solvers were tuned to. */
    static Target ring(double width) {
        GaussianMixture.Builder builder = GaussianMixture.builder(2);
        for (int k = 0; k < 8; k++) {
            double angle = Math.PI * k / 4;
            builder.component(1, new double[] {StrictMath.cos(angle), StrictMath.sin(angle)}, width);
        }
        return Target.of("ring8", builder.build());
    }

    /** Returns 100 modes in 20 dimensions. */
    public static Target modes100() {
        return modes("modes100", 100, 20, 0.15);
    }

    /** Modes around normal means of norm about 1, with unequal weights. */
    static Target modes(String name, int modes, int dimension, double width) {
        RandomGenerator random = generator(FIXED_SEED + name.hashCode());
        GaussianMixture.Builder builder = GaussianMixture.builder(dimension);
        for (int m = 0; m < modes; m++) {
            double[] mean = normal(random, dimension);
            for (int i = 0; i < dimension; i++) {
                mean[i] /= Math.sqrt(dimension);
            }
            builder.component(0.2 + random.nextDouble(), mean, width);
        }
        return Target.of(name, builder.build());
    }

    /** Two thin Gaussians in the plane, a thousand widths apart, in different directions. */
    private static Target needles() {
        RandomGenerator random = generator(FIXED_SEED);
        return Target.of(
                "needles",
                GaussianMixture.builder(2)
                        .component(0.6, new double[] {-2, 0}, rotated(random, new double[] {0.5, 2e-3}))
                        .component(0.4, new double[] {2, 0.3}, rotated(random, new double[] {0.3, 1e-3}))
                        .build());
    }

    /** Gaussians whose covariances have the given condition number and random axes. */
    private static GaussianMixture anisotropic(String name, int modes, int dimension, double condition) {
        RandomGenerator random = generator(FIXED_SEED + name.hashCode());
        GaussianMixture.Builder builder = GaussianMixture.builder(dimension);
        for (int m = 0; m < modes; m++) {
            double[] std = new double[dimension];
            for (int i = 0; i < dimension; i++) {
                std[i] = 0.5 * StrictMath.pow(condition, -0.5 * i / (dimension - 1));
            }
            double[] mean = normal(random, dimension);
            for (int i = 0; i < dimension; i++) {
                mean[i] *= 0.7;
            }
            builder.component(1, mean, rotated(random, std));
        }
        return builder.build();
    }

    /** 5,000 points on a torus in space, with bandwidth 0.05. */
    private static Target torus() {
        RandomGenerator random = generator(FIXED_SEED);
        double[][] points = new double[5000][];
        for (int k = 0; k < points.length; k++) {
            double around = 2 * Math.PI * random.nextDouble();
            double tube = 2 * Math.PI * random.nextDouble();
            double distance = 1 + 0.35 * StrictMath.cos(tube);
            points[k] = new double[] {
                distance * StrictMath.cos(around), distance * StrictMath.sin(around), 0.35 * StrictMath.sin(tube)
            };
        }
        return new Target("torus5000-3d", SmoothedDataset.of(points, 0.05), 0.05, 0.1);
    }

    /** Seven modes in three dimensions whose weights fall from 1 to 1e-6. */
    private static GaussianMixture rareWeights() {
        RandomGenerator random = generator(FIXED_SEED);
        GaussianMixture.Builder builder = GaussianMixture.builder(3);
        for (int m = 0; m < 7; m++) {
            builder.component(StrictMath.pow(10, -m), normal(random, 3), 0.04 * (1 + m));
        }
        return builder.build();
    }

    /** A broad mode and two small, distant ones of weight 1 and 0.1 per cent. */
    public static Target rare() {
        return Target.of(
                "rare",
                GaussianMixture.builder(2)
                        .component(0.001, new double[] {4, 0}, 0.05)
                        .component(0.01, new double[] {-3, 1}, 0.02)
                        .component(0.989, new double[] {0, 0}, 0.3)
                        .build());
    }

    /** The intervals of the Cantor set after the given number of steps, as Gaussians on a line with random weights. */
    static Target cantor(int steps) {
        RandomGenerator random = generator(FIXED_SEED);
        double std = 0.1 * StrictMath.pow(3, -steps);
        GaussianMixture.Builder builder = GaussianMixture.builder(1);
        for (int code = 0; code < 1 << steps; code++) {
            double mean = 0;
            for (int step = 0; step < steps; step++) {
                mean += ((code >> step & 1) == 0 ? -1 : 1) * StrictMath.pow(3, -1 - step);
            }
            builder.component(0.3 + random.nextDouble(), new double[] {mean}, std);
        }
        return Target.of("cantor" + (1 << steps), builder.build());
    }

    /** Four modes on a line: two pairs at distance 2, each of distance 0.01 and width 1e-4. */
    private static GaussianMixture twoScale() {
        GaussianMixture.Builder builder = GaussianMixture.builder(1);
        for (double mean : new double[] {-1.005, -0.995, 0.995, 1.005}) {
            builder.component(1, new double[] {mean}, 1e-4);
        }
        return builder.build();
    }

    /** 300 points on three turns of a spiral. */
    static Target spiral(double width) {
        double[][] points = new double[300][];
        for (int k = 0; k < points.length; k++) {
            double angle = 6 * Math.PI * Math.sqrt((k + 0.5) / points.length);
            double distance = angle / (6 * Math.PI);
            points[k] = new double[] {distance * StrictMath.cos(angle), distance * StrictMath.sin(angle)};
        }
        return new Target("spiral-2d", SmoothedDataset.of(points, width), width, 1);
    }

    /** Two modes of different weight on a line. */
    static Target twoModes(double width) {
        return Target.of(
                "twomodes",
                GaussianMixture.builder(1)
                        .component(0.6, new double[] {-1}, width)
                        .component(0.4, new double[] {1}, width)
                        .build());
    }

    /** Two overlapping modes of different width in the plane. */
    private static GaussianMixture pair() {
        return GaussianMixture.builder(2)
                .component(0.35, new double[] {-1, 0.2}, 0.4)
                .component(0.65, new double[] {0.6, -0.3}, 0.3)
                .build();
    }

    /** Returns the generator of random target {@code index} of a seed. */
    static RandomGenerator generator(long seed, int index) {
        return generator(seed + 7919L * index);
    }

    private static RandomGenerator generator(long seed) {
        return RandomGeneratorFactory.of(GENERATOR).create(seed);
    }

    static double logUniform(RandomGenerator random, double low, double high) {
        return low * StrictMath.pow(high / low, random.nextDouble());
    }

    static double[][] normals(RandomGenerator random, int rows, int dimension) {
        double[][] normals = new double[rows][];
        for (int k = 0; k < rows; k++) {
            normals[k] = normal(random, dimension);
        }
        return normals;
    }

    static double[] normal(RandomGenerator random, int dimension) {
        double[] z = new double[dimension];
        for (int i = 0; i < dimension; i++) {
            z[i] = random.nextGaussian();
        }
        return z;
    }

    /** Returns the covariance with these standard deviations along random orthonormal axes. */
    private static Covariance rotated(RandomGenerator random, double[] std) {
        int dimension = std.length;
        double[][] axes = normals(random, dimension, dimension);
        for (int i = 0; i < dimension; i++) {
            for (int j = 0; j < i; j++) {
                double product = dot(axes[i], axes[j]);
                for (int k = 0; k < dimension; k++) {
                    axes[i][k] -= product * axes[j][k];
                }
            }
            double length = Math.sqrt(dot(axes[i], axes[i]));
            for (int k = 0; k < dimension; k++) {
                axes[i][k] /= length;
            }
        }
        double[][] matrix = new double[dimension][dimension];
        for (int i = 0; i < dimension; i++) {
            for (int j = 0; j <= i; j++) {
                for (int k = 0; k < dimension; k++) {
                    matrix[i][j] += std[k] * std[k] * axes[k][i] * axes[k][j];
                }
                matrix[j][i] = matrix[i][j];
            }
        }
        return Covariance.full(matrix);
    }

    private static double dot(double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }
}
