package io.scoreflux;

import io.scoreflux.internal.expectation.StartAxes;
import io.scoreflux.model.InitialDistribution;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.Purpose;

/** The starting noise of each sample along the principal axes. */
record StartNoise(long seed, InitialDistribution start, StartAxes axes) {

    /** Returns the noise of a sample along the first {@code count} axes. */
    double[] of(long index, int count) {
        return axes.normals(start.draw(new NoiseSource(seed).normals(Purpose.START, index)), count);
    }
}
