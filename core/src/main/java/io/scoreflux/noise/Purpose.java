package io.scoreflux.noise;

/**
 * The purpose of a stream of random numbers. The purpose's number is part of the identity of every sample: it must never change and must be
 * unique.
 */
public enum Purpose {
    /** The initial state of a trajectory. */
    START(1),
    /** The noise that a stochastic solver adds. */
    STEP(2),
    /** The initial state of a trajectory of a pilot. */
    PILOT(3),
    /** The probe directions for the divergence along a trajectory. */
    PROBE(4),
    /** The seed of the pilot of an expectation. */
    EXPECTATION_PILOT(5),
    /** The level of a sample in a randomised estimator of an expectation. */
    LEVEL(6),
    /** The scrambling of a replicate of quasi-random points. */
    SCRAMBLE(7),
    /** The initial state of a chain, and the probe directions for the curvature there. */
    CHAIN_START(20),
    /** One step of a chain. The index combines the index of the chain and that of the step. */
    CHAIN_STEP(21),
    /** The initial states of the particles of an island. The indices of islands combine the island with the number of the stage. */
    ISLAND_START(40),
    /** The selection of particles. */
    ISLAND_RESAMPLE(41),
    /** The noise of a move of an island. */
    ISLAND_MOVE(42),
    /** The choice of one particle of an island. */
    ISLAND_DRAW(43),
    /** The initial states and directions of the trajectories that measure slopes. */
    SLOPE_PILOT(44),
    /** The seed of the solver of one leg of an island. */
    ISLAND_STEP(45);

    private final long number;

    Purpose(long number) {
        this.number = number;
    }

    long number() {
        return number;
    }
}
