package io.scoreflux.benchmarks.rejection;

import io.scoreflux.model.GaussianMixture;

/**
 * The distribution 0.6 N(-1, 0.3^2) + 0.4 N(1.2, 0.4^2) with noise of variance v: its density, its posterior mean, and the slope of the
 * mean.
 */
final class Line {
    static final double MEAN = 0.6 * -1 + 0.4 * 1.2;
    static final double VARIANCE = 0.6 * (0.09 + 1) + 0.4 * (0.16 + 1.44) - MEAN * MEAN;

    private static final double[] WEIGHTS = {0.6, 0.4};
    private static final double[] MEANS = {-1, 1.2};
    private static final double[] VARIANCES = {0.09, 0.16};

    private Line() {}

    /** The denoiser of this distribution. */
    static GaussianMixture mixture() {
        return GaussianMixture.builder(1)
                .component(0.6, new double[] {-1}, 0.3)
                .component(0.4, new double[] {1.2}, 0.4)
                .build();
    }

    static double density(double y, double v) {
        return part(0, y, v) + part(1, y, v);
    }

    private static double part(int k, double y, double v) {
        double variance = VARIANCES[k] + v;
        double offset = y - MEANS[k];
        return WEIGHTS[k] * Math.exp(-offset * offset / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);
    }

    static double denoised(double y, double v) {
        return new Level(v).denoised(y);
    }

    /** dD/dy = Var[x_0 | y] / v. */
    static double slope(double y, double v) {
        return new Level(v).slope(y);
    }

    /** The denoiser at one noise level. Divisions by the variances are made once. */
    static final class Level {
        private final double v;
        /** The factors of the posterior mean of each component: {@code mean[k] + gain[k] y}. */
        private final double[] mean = new double[2];

        private final double[] gain = new double[2];
        /** The logarithm of the ratio of both components, {@code (square y + linear) y + constant}. */
        private final double square;

        private final double linear;
        private final double constant;

        /** A level of the noise variance v. */
        Level(double v) {
            this.v = v;
            for (int k = 0; k < 2; k++) {
                gain[k] = VARIANCES[k] / (VARIANCES[k] + v);
                mean[k] = MEANS[k] * (1 - gain[k]);
            }
            double a = 2 * (VARIANCES[0] + v);
            double b = 2 * (VARIANCES[1] + v);
            square = 1 / a - 1 / b;
            linear = -2 * MEANS[0] / a + 2 * MEANS[1] / b;
            constant = MEANS[0] * MEANS[0] / a
                    - MEANS[1] * MEANS[1] / b
                    + Math.log(WEIGHTS[1] / WEIGHTS[0] * Math.sqrt(a / b));
        }

        /** The posterior probability of the first component at y, without underflow of both densities. */
        private double share(double y) {
            return 1 / (1 + Math.exp((square * y + linear) * y + constant));
        }

        private double posteriorMean(int k, double y) {
            return mean[k] + gain[k] * y;
        }

        /** The posterior mean at y. */
        double denoised(double y) {
            double other = posteriorMean(1, y);
            return other + share(y) * (posteriorMean(0, y) - other);
        }

        /** dD/dy = Var[x_0 | y] / v. */
        double slope(double y) {
            double share = share(y);
            double apart = posteriorMean(0, y) - posteriorMean(1, y);
            return share * gain[0] + (1 - share) * gain[1] + share * (1 - share) * apart * apart / v;
        }
    }
}
