package io.scoreflux.solve;

import java.util.List;

/** Trajectories of its own that a solver may have run before the first sample, from a fixed key: the same starts each time. */
public interface Pilot {
    /** Trajectories in a run. */
    int ROWS = 32;

    /**
     * Runs {@value #ROWS} trajectories to the end of the noise range.
     *
     * @throws IllegalStateException if one of them fails
     */
    List<Trajectory> run(PreparedSolver solver);

    /** Denoiser evaluations of all runs so far. */
    long calls();
}
