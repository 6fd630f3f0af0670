package io.scoreflux.solve;

import java.util.List;

/**
 * Preliminary trajectories that a solver may run before the first sample. Their initial states are drawn with a fixed seed, so that they
 * are the same in each run.
 */
public interface Pilot {
    /** The default number of trajectories in a run. */
    int ROWS = 32;

    /**
     * Runs {@value #ROWS} trajectories to the end of the noise range.
     *
     * @return the trajectories at the end
     * @throws IllegalStateException if one of them fails
     */
    default List<Trajectory> run(PreparedSolver solver) {
        return run(solver, ROWS);
    }

    /**
     * Runs trajectories to the end of the noise range. They are the first {@code rows} of an infinite sequence of initial states.
     *
     * @return the trajectories at the end
     * @throws IllegalStateException if one of them fails
     */
    List<Trajectory> run(PreparedSolver solver, int rows);

    /** Returns the number of denoiser evaluations of all runs so far. */
    long calls();
}
