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
    PILOT(3);

    private final long number;

    Purpose(long number) {
        this.number = number;
    }

    long number() {
        return number;
    }
}
