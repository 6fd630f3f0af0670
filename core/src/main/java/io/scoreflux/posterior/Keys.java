package io.scoreflux.posterior;

import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.noise.Purpose;

/** The random numbers of one island: functions of the seed, the island and the stage. Islands of the pilot have numbers above all others. */
record Keys(long seed, long island) {
    private static final int STAGES = 1 << 16;

    static Keys ofPilot(long seed, int number) {
        return new Keys(seed, Posterior.MOST_ISLANDS + number);
    }

    NormalStream normals(Purpose purpose, int stage) {
        return new NoiseSource(seed).normals(purpose, island * STAGES + stage);
    }

    /** Returns the seed of the random numbers of a solver at a stage. */
    long seed(int stage) {
        return new NoiseSource(seed).words(Purpose.ISLAND_STEP, island * STAGES + stage, 1)[0];
    }
}
