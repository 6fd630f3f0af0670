package io.scoreflux.stream;

import io.scoreflux.internal.stream.Demand;

/** The order in which samples are delivered. */
public enum Order {
    /** By index. A finished sample waits for slower ones before it, inside the bounds of {@link Demand}. */
    BY_INDEX,
    /**
     * As they finish: the first ones come sooner and nothing waits for the slowest. Which samples come is the same; their order
     * depends on batches, demand and timing.
     */
    AS_READY
}
