package io.scoreflux;

import io.scoreflux.internal.expectation.MeanSettings;
import io.scoreflux.internal.expectation.ReplicateMean;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Flux;

/** Estimates expectations from replicates of quasi-random start states. It stops only when their number has doubled. */
final class QuasiRandomCourse implements Course {
    private final SampleValues values;
    private final Flux<Sample> source;
    private final int maxLooks;
    private final ReplicateMean[] means;
    private final BiasBounds biases;
    private long samples;
    private long calls;

    QuasiRandomCourse(SampleValues values, MeanSettings[] settings, Flux<Sample> source, int maxLooks) {
        this.values = values;
        this.source = source;
        this.maxLooks = maxLooks;
        this.means = new ReplicateMean[settings.length];
        for (int j = 0; j < means.length; j++) {
            means[j] = new ReplicateMean(settings[j]);
        }
        this.biases = new BiasBounds(values.statistics(), settings);
    }

    @Override
    public Flux<Sample> source() {
        return source;
    }

    @Override
    public long wanted() {
        return ReplicateMean.sizeOfLook(Math.min(Math.max(1, means[0].looks()), maxLooks - 1));
    }

    @Override
    public void add(Sample sample) {
        double[] arguments = values.arguments(sample);
        double[] here = values.values(arguments);
        biases.add(arguments, values.error(sample));
        for (int j = 0; j < means.length; j++) {
            means[j].add(here[j]);
        }
        samples++;
        calls += sample.certificate().calls();
    }

    @Override
    public boolean due() {
        return samples == ReplicateMean.sizeOfLook(means[0].looks() - 1);
    }

    @Override
    public Estimate.Status status() {
        if (means[0].looks() == 0 || !due()) {
            return Estimate.Status.RUNNING;
        }
        boolean stand = true;
        for (int j = 0; j < means.length; j++) {
            stand &= means[j].stopHalfWidth() <= biases.room(j);
        }
        if (!stand && samples >= Means.PATIENCE) {
            biases.check();
            for (int j = 0; j < means.length; j++) {
                if (means[j].stopHalfWidth() == Double.POSITIVE_INFINITY) {
                    throw Means.uninformative(j, means[j].mean());
                }
            }
        }
        return stand
                ? Estimate.Status.WITHIN
                : means[0].looks() == maxLooks ? Estimate.Status.MAX_SAMPLES : Estimate.Status.RUNNING;
    }

    @Override
    public Estimate now(Estimate.Status status) {
        List<Estimate.Value> estimates = new ArrayList<>(means.length);
        for (int j = 0; j < means.length; j++) {
            estimates.add(new Estimate.Value(
                    means[j].mean(),
                    status == Estimate.Status.WITHIN ? means[j].stopHalfWidth() : means[j].shownHalfWidth(),
                    biases.of(j),
                    Means.effective(samples, means[j].gain())));
        }
        return new Estimate(estimates, samples, calls, 0, status);
    }
}
