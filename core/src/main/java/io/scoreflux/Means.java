package io.scoreflux;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.expectation.CertifiedMean;
import io.scoreflux.internal.expectation.ControlVariates;
import io.scoreflux.internal.expectation.MeanSettings;
import io.scoreflux.internal.expectation.RunningMoments;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The means of independent samples, with their stopping rule and control variates. */
final class Means {
    /** After so many samples, an answer that cannot stand is an error. */
    static final int PATIENCE = 1000;

    /** The relative precision of the predicted number of samples. */
    private static final double PRECISION = 1.0 / 64;

    private final CertifiedMean[] means;
    /** The moments of the values, without control variates and corrections. */
    private final RunningMoments[] plain;

    private final BiasBounds biases;
    private final boolean exact;
    private final @Nullable StartNoise noise;
    private final @Nullable ControlVariates variates;
    private final double[] corrections;

    /**
     * Creates the means.
     *
     * @param guards for each statistic, the guard of its stopping rule against corrections that have not been seen, or null if there are none
     * @param noise the starting noise for control variates, or null for none
     */
    Means(
            List<Statistic> statistics,
            MeanSettings[] settings,
            boolean exact,
            double @Nullable [] guards,
            @Nullable StartNoise noise,
            int dimension) {
        this.means = new CertifiedMean[settings.length];
        this.plain = new RunningMoments[settings.length];
        for (int j = 0; j < means.length; j++) {
            plain[j] = new RunningMoments();
            means[j] = guards == null ? CertifiedMean.of(settings[j]) : CertifiedMean.guarded(settings[j], guards[j]);
        }
        this.biases = new BiasBounds(statistics, settings);
        this.exact = exact;
        this.noise = noise;
        this.variates = noise == null ? null : new ControlVariates(dimension, settings.length);
        this.corrections = new double[settings.length];
    }

    BiasBounds biases() {
        return biases;
    }

    /**
     * Adds a sample.
     *
     * @param values the values of the statistics, from which the control variates learn
     * @param numbers the numbers to average: the values, or values with the expectations of the finest level
     */
    void add(long index, double[] values, double[] numbers) {
        if (noise != null && variates != null) {
            variates.correct(noise.of(index, variates.axes()), values, corrections);
        }
        for (int j = 0; j < means.length; j++) {
            plain[j].add(values[j]);
            means[j].add(numbers[j], numbers[j] - corrections[j]);
        }
        if (means[0].count() == PATIENCE) {
            check();
        }
    }

    private void check() {
        biases.check();
        for (int j = 0; j < means.length; j++) {
            if (!means[j].informative()) {
                throw uninformative(j, means[j].mean());
            }
        }
    }

    /** Returns the failure of a statistic whose values are all equal. */
    static InvalidConfigurationException uninformative(int j, double value) {
        return new InvalidConfigurationException(
                Require.element("statistics", j),
                "must have bounds if all of its values are equal, because nothing else limits the values not seen",
                value + " in " + PATIENCE + " samples",
                "give {bounds}");
    }

    /** Returns whether the half-widths and bias bounds are as small as wanted. */
    boolean stand() {
        for (int j = 0; j < means.length; j++) {
            if (!(halfWidth(j) <= biases.room(j))) {
                return false;
            }
        }
        return true;
    }

    private double halfWidth(int j) {
        return exact ? means[j].anytimeHalfWidth() : means[j].fixedHalfWidth();
    }

    /** Returns the number of samples at which the rule is likely to stop, more than there are; infinity if unknown. */
    double needed() {
        double most = means[0].count() + 1.0;
        if (means[0].count() < CertifiedMean.FEWEST) {
            return Math.max(most, CertifiedMean.FEWEST);
        }
        for (int j = 0; j < means.length; j++) {
            most = Math.max(most, needed(j));
        }
        return most;
    }

    private double needed(int j) {
        if (biases.of(j).isEmpty()) {
            return needed(j, biases.room(j));
        }
        // More samples make the bound on the bias smaller and leave more room. Demand at most doubles, because it
        // follows a prediction.
        double count = means[j].count();
        double low = 1;
        double high = 2;
        while (high - low > PRECISION) {
            double growth = (low + high) / 2;
            if (needed(j, biases.roomAfter(j, growth)) <= growth * count) {
                high = growth;
            } else {
                low = growth;
            }
        }
        return high * count;
    }

    private double needed(int j, double room) {
        if (!(room > 0)) {
            return Double.POSITIVE_INFINITY;
        }
        return exact ? means[j].neededAnytime(room) : means[j].needed(room);
    }

    /** Returns the estimate of each statistic. */
    List<Estimate.Value> now(Estimate.Status status) {
        boolean fixed = status == Estimate.Status.WITHIN && !exact;
        List<Estimate.Value> values = new ArrayList<>(means.length);
        for (int j = 0; j < means.length; j++) {
            CertifiedMean mean = means[j];
            values.add(new Estimate.Value(
                    fixed ? mean.mean() : mean.anytimeCentre(),
                    fixed ? mean.fixedHalfWidth() : mean.anytimeHalfWidth(),
                    biases.of(j),
                    fixed || !mean.weighted()
                            ? effective(mean.count(), plain[j].variance() / mean.variance())
                            : mean.count()));
        }
        return values;
    }

    /**
     * Returns the number of independent samples whose mean has the variance of an estimate.
     *
     * @param gain the variance of the mean of the samples, if they were independent, divided by that of the estimate; not finite if unknown
     */
    static double effective(long samples, double gain) {
        return Double.isFinite(gain) ? samples * gain : samples;
    }
}
