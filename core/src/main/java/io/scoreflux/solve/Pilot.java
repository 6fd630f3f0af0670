package io.scoreflux.solve;

import java.util.List;

/** Trajectories of its own that a solver may have run before the first sample, from a fixed key: the same starts each time. */
public interface Pilot {
    /** Trajectories in a run, unless another number is asked for. */
    int ROWS = 32;

    /** Runs {@value #ROWS} trajectories to the end of the noise range. */
    default List<Trajectory> run(PreparedSolver solver) {
        return run(solver, ROWS);
    }

    /**
     * Runs trajectories to the end of the noise range; the first {@code rows} of an endless list of starts.
     *
     * @throws IllegalStateException if one of them fails
     */
    List<Trajectory> run(PreparedSolver solver, int rows);

    /** Denoiser evaluations of all runs so far. */
    long calls();
}
