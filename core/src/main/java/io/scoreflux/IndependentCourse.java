package io.scoreflux;

import java.util.function.LongToIntFunction;
import reactor.core.publisher.Flux;

/** Estimates expectations from independent samples, at one level or with random corrections between levels. */
final class IndependentCourse implements Course {
    private static final int MOST_AHEAD = 1024;
    private static final int LEAST_AHEAD = 16;
    /** While the answer is close, as many samples are in demand as this part of those that are done. */
    private static final int PART_AHEAD = 32;

    private static final int EVERY = 64;

    private final SampleValues values;
    private final Means means;
    private final Flux<Sample> source;
    private final long maxSamples;
    private final LongToIntFunction levelOf;
    private final Scheme scheme;

    private long index;
    private int part;
    private int level;
    private double[] base = new double[0];
    private double[] coarse = new double[0];
    private long calls;
    /** The number of samples in demand, and of the elements of the source that they consist of. */
    private long wantedSamples;

    private long wantedElements;

    /**
     * How levels are combined.
     *
     * @param probabilities the probability of the correction at each level
     * @param base the index of the coarsest level
     * @param finest the index of the finest level
     * @param pilotCalls the calls of the pilot
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Scheme(double[] probabilities, int base, int finest, long pilotCalls) {
        static final Scheme SINGLE = new Scheme(new double[] {1}, 0, 0, 0);
    }

    IndependentCourse(
            SampleValues values,
            Means means,
            Flux<Sample> source,
            long maxSamples,
            LongToIntFunction levelOf,
            Scheme scheme) {
        this.values = values;
        this.means = means;
        this.source = source;
        this.maxSamples = maxSamples;
        this.levelOf = levelOf;
        this.scheme = scheme;
        this.level = levelOf.applyAsInt(0);
    }

    /** Returns the levels at which a sample is computed, if {@code level} is that of its correction, or the base for none. */
    static int[] parts(int base, int level) {
        return level == base
                ? new int[] {base}
                : level == base + 1 ? new int[] {base, level} : new int[] {base, level - 1, level};
    }

    @Override
    public Flux<Sample> source() {
        return source;
    }

    @Override
    public long wanted() {
        long ahead = Math.max(LEAST_AHEAD, index / PART_AHEAD);
        // An infinite prediction becomes the largest long.
        long predicted = Math.max((long) means.needed(), index + ahead);
        long target = Math.min(Math.min(predicted, index + MOST_AHEAD), maxSamples);
        while (wantedSamples < target) {
            wantedElements += parts(scheme.base(), levelOf.applyAsInt(wantedSamples)).length;
            wantedSamples++;
        }
        return wantedElements;
    }

    @Override
    public void add(Sample sample) {
        double[] arguments = values.arguments(sample);
        calls += sample.certificate().calls();
        int[] parts = parts(scheme.base(), level);
        if (parts[part] == scheme.finest()) {
            means.biases().add(arguments, values.error(sample));
        }
        double[] here = values.values(arguments);
        if (part == 0) {
            base = here;
        }
        if (part < parts.length - 1) {
            coarse = here;
            part++;
            return;
        }
        double[] numbers = base.clone();
        if (level > scheme.base()) {
            for (int j = 0; j < numbers.length; j++) {
                numbers[j] += (here[j] - coarse[j]) / scheme.probabilities()[level];
            }
        }
        means.add(index, base, numbers);
        part = 0;
        index++;
        level = levelOf.applyAsInt(index);
    }

    @Override
    public Estimate.Status status() {
        if (part > 0) {
            return Estimate.Status.RUNNING;
        }
        return means.stand()
                ? Estimate.Status.WITHIN
                : index == maxSamples ? Estimate.Status.MAX_SAMPLES : Estimate.Status.RUNNING;
    }

    @Override
    public boolean due() {
        return part == 0 && index % EVERY == 0;
    }

    @Override
    public Estimate now(Estimate.Status status) {
        return new Estimate(means.now(status), index, calls, scheme.pilotCalls(), status);
    }
}
