package io.scoreflux.stream;

/** The order in which samples are delivered. */
public enum Order {
    /**
     * By index. A finished sample waits for unfinished samples with smaller indices. At most twice the concurrency of trajectories are
     * unfinished or wait.
     */
    BY_INDEX,
    /**
     * As samples finish. The first samples arrive sooner, and no sample waits for a slow one. The set of samples is the same; their order
     * depends on batches, demand and timing.
     */
    AS_READY
}
