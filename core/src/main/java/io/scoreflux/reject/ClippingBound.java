package io.scoreflux.reject;

import io.scoreflux.solve.Certificate;
import io.scoreflux.solve.RejectionStatistics;

/**
 * What clipping may have cost the law of a run, in total variation: the mean over its samples of each one's {@link RejectionStatistics#clipping},
 * with its standard error. The expected mean is a bound; the one of a run estimates it. The loss itself is usually 15 to 200 times
 * smaller. Not thread-safe.
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

    /** Counts a sample in, if its solver flips factories. */
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

    /** Samples counted in. */
    public long samples() {
        return samples;
    }

    /** The mean; NaN without samples. */
    public double mean() {
        return sum / samples;
    }

    /** The standard error of the mean; NaN with fewer than two samples. */
    public double standardError() {
        return samples < 2
                ? Double.NaN
                : Math.sqrt(Math.max(0, squares - sum * sum / samples) / (samples - 1) / samples);
    }

    /** The share of weights that were clipped, 0 without any. */
    public double overflow() {
        return weights == 0 ? 0 : (double) overflows / weights;
    }

    /** The share of proposals that were accepted; NaN without any. */
    public double acceptance() {
        return (double) draws / proposals;
    }
}
