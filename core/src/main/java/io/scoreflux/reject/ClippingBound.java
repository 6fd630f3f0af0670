package io.scoreflux.reject;

import io.scoreflux.solve.Certificate;
import io.scoreflux.solve.RejectionStatistics;

/**
 * An estimate of an upper bound on the total variation distance that clipping causes in the distribution of a run: the mean of
 * {@link RejectionStatistics#clipping} over its samples, with the standard error. The expected value of this mean is a bound, and the mean
 * of a run estimates it. Where the variances of weights are known, as in {@link Fors}, chains without a clipped weight contribute too. The
 * distance itself is usually 10 to 100 times smaller. Not thread-safe.
 */
public final class ClippingBound {
    private long samples;
    private double sum;
    private double squares;
    private long draws;
    private long proposals;
    private long weights;
    private long overflows;

    /** Creates an estimate without samples. */
    public ClippingBound() {}

    /** Adds a sample, if its solver uses rejection sampling. */
    public void add(Certificate certificate) {
        RejectionStatistics factory = certificate.rejection();
        if (factory == null) {
            return;
        }
        samples++;
        sum += factory.clipping();
        squares += factory.clipping() * factory.clipping();
        draws += factory.draws();
        proposals += factory.proposals();
        weights += factory.weights();
        overflows += factory.overflows();
    }

    /** Returns the number of samples. */
    public long samples() {
        return samples;
    }

    /** Returns the mean; NaN without samples. */
    public double mean() {
        return sum / samples;
    }

    /** Returns the standard error of the mean; NaN with fewer than two samples. */
    public double standardError() {
        return samples < 2
                ? Double.NaN
                : Math.sqrt(Math.max(0, squares - sum * sum / samples) / (samples - 1) / samples);
    }

    /** Returns the fraction of weights that were clipped; 0 without weights. */
    public double overflow() {
        return weights == 0 ? 0 : (double) overflows / weights;
    }

    /** Returns the fraction of proposals that were accepted; NaN without proposals. */
    public double acceptance() {
        return (double) draws / proposals;
    }
}
