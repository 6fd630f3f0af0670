package io.scoreflux.benchmarks.targets;

import io.scoreflux.evaluation.Experiment;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.solve.Problem;

/**
 * A distribution with its default noise range, from 20 radii to a tenth of the smallest standard deviation.
 *
 * @param name the name, which ends in the dimension
 * @param denoiser the exact denoiser, with moments
 * @param width the smallest standard deviation of the data around a point, positive
 * @param share the share of the usual number of rows on which the target is measured, in (0, 1], because its denoiser is expensive
 */
public record Target(String name, Denoiser denoiser, double width, double share) {
    private static final double RADII = 20;
    private static final double WIDTHS = 0.1;
    private static final int MAX_ROWS = 4096;

    static Target of(String name, GaussianMixture mixture) {
        return new Target(name + "-" + mixture.dimension() + "d", mixture, mixture.smallestStd(), 1);
    }

    /** Returns this target, measured on a share of the usual number of rows. */
    Target onShare(double newShare) {
        return new Target(name, denoiser, width, newShare);
    }

    /** Returns the radius of the data, which is the unit of errors and tolerances. */
    public double radius() {
        return denoiser.moments().orElseThrow().radius();
    }

    /** Returns the largest noise level. */
    public double fromSigma() {
        return RADII * radius();
    }

    /** Returns the smallest noise level of the default range. */
    public double toSigma() {
        return WIDTHS * width;
    }

    /** Returns the number of rows on which the target is measured, if the usual number is {@code all}. */
    public int rows(int all) {
        return (int) Math.max(1, Math.round(share * all));
    }

    /** Returns the problem of a noise range that ends at {@code toSigma}, which may be 0. */
    public Problem problem(double toSigma) {
        return new Problem(denoiser.dimension(), fromSigma(), toSigma, radius());
    }

    /** Returns the experiment of the samples 0 to {@code rows - 1} of a seed, from the largest noise level to {@code toSigma}. */
    public Experiment experiment(double toSigma, long seed, int rows) {
        double[][] states = Experiment.starts(denoiser, fromSigma(), seed, rows);
        return new Experiment(denoiser, problem(toSigma), states, builder -> builder.maxRows(MAX_ROWS));
    }
}
