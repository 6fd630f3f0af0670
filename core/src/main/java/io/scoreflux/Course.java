package io.scoreflux;

import reactor.core.publisher.Flux;

/** A way to estimate expectations from a stream of samples. {@link EstimateSubscriber} drives it, on one thread at a time. */
interface Course {
    /** Returns the samples, failed ones included. */
    Flux<Sample> source();

    /** Returns the number of samples of the source, from its first, that are wanted now. It never decreases. */
    long wanted();

    /**
     * Adds the next sample of the source.
     *
     * @throws IllegalStateException if the expectation fails
     */
    void add(Sample sample);

    /** Returns whether the estimate is final. */
    Estimate.Status status();

    /** Returns whether an estimate is due for those who watch. */
    boolean due();

    /** Returns the estimate. */
    Estimate now(Estimate.Status status);
}
