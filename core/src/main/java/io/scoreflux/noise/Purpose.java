package io.scoreflux.noise;

/**
 * What a stream of random numbers is for. The numbers are part of every sample's identity: they are never changed and never
 * used twice.
 */
public enum Purpose {
    /** The starting state of a trajectory. */
    START(1),
    /** The noise that a stochastic solver adds. */
    STEP(2),
    /** The starting state of a pilot's trajectory. */
    PILOT(3),
    /** The directions in which a trajectory's divergence is probed. */
    PROBE(4),
    /** Where a chain starts, and the directions in which it probes the curvature there. */
    CHAIN_START(20),
    /** One step of a chain: the index holds the chain's number and the step's. */
    CHAIN_STEP(21);

    private final long number;

    Purpose(long number) {
        this.number = number;
    }

    long number() {
        return number;
    }
}
