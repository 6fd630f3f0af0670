package io.scoreflux.stream;

import io.scoreflux.internal.stream.Demand;

/** The order in which samples are delivered. */
public enum Order {
    /** By index. A finished sample waits for unfinished samples with smaller indices, within the bounds of {@link Demand}. */
    BY_INDEX,
    /**
     * As samples finish. The first samples arrive sooner, and no sample waits for a slow one. The set of samples is the same; their order
     * depends on batches, demand and timing.
     */
    AS_READY
}
