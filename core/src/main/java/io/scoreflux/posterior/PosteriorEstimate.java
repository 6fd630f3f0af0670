package io.scoreflux.posterior;

/**
 * An estimate of an expectation over the posterior.
 *
 * @param value the mean over all islands, pooled by their evidence
 * @param standardError its standard error, from the differences between islands
 * @param lower the lower end of the interval
 * @param upper the upper end of the interval
 * @param level the probability of the interval
 * @param rHat the ratio of the standard deviation over all islands to that within islands; 1 if islands agree
 */
public record PosteriorEstimate(
        double value, double standardError, double lower, double upper, double level, double rHat) {}
