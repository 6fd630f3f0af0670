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

    /** The posterior probability of the first component at y, without underflow of both densities. */
    private static double share(double y, double v) {
        double a = VARIANCES[0] + v;
        double b = VARIANCES[1] + v;
        double first = (y - MEANS[0]) * (y - MEANS[0]) / (2 * a);
        double second = (y - MEANS[1]) * (y - MEANS[1]) / (2 * b);
        return 1 / (1 + WEIGHTS[1] / WEIGHTS[0] * Math.sqrt(a / b) * Math.exp(first - second));
    }

    private static double posteriorMean(int k, double y, double v) {
        return MEANS[k] + VARIANCES[k] / (VARIANCES[k] + v) * (y - MEANS[k]);
    }

    static double denoised(double y, double v) {
        double share = share(y, v);
        return share * posteriorMean(0, y, v) + (1 - share) * posteriorMean(1, y, v);
    }

    /** dD/dy = Var[x_0 | y] / v. */
    static double slope(double y, double v) {
        double share = share(y, v);
        double apart = posteriorMean(0, y, v) - posteriorMean(1, y, v);
        double within = share * VARIANCES[0] / (VARIANCES[0] + v) + (1 - share) * VARIANCES[1] / (VARIANCES[1] + v);
        return within + share * (1 - share) * apart * apart / v;
    }
}
