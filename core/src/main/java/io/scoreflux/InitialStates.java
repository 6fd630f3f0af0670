package io.scoreflux;

import io.scoreflux.internal.Kernels;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.noise.Purpose;

/** The initial state of each sample of a stream. Thread-safe. */
@FunctionalInterface
interface InitialStates {
    /** Draws from the distribution at the largest noise level. */
    InitialStates DRAWN = (prepared, seed, index) -> prepared.start().draw(noise(seed, index));

    /** Returns the initial state of a sample in a new array. */
    double[] of(Planner.Prepared prepared, long seed, long index);

    /**
     * Returns given initial states.
     *
     * @param rows the states of the samples from {@code first} on
     */
    static InitialStates given(double[][] rows, long first) {
        return (prepared, seed, index) -> rows[(int) (index - first)].clone();
    }

    /**
     * Returns given data plus noise of the largest noise level. Each sample has its own noise.
     *
     * @param rows the data of the samples from {@code first} on
     */
    static InitialStates noised(double[][] rows, long first) {
        return (prepared, seed, index) -> {
            double[] state = rows[(int) (index - first)].clone();
            double[] noise = new double[state.length];
            noise(seed, index).fill(noise, 0, noise.length);
            Kernels.addScaled(state, 0, prepared.plan().fromSigma(), noise, 0, state.length);
            return state;
        };
    }

    private static NormalStream noise(long seed, long index) {
        return new NoiseSource(seed).normals(Purpose.START, index);
    }
}
