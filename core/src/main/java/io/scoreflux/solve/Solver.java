package io.scoreflux.solve;

/** A way to carry a state from noise to data, with its settings. Immutable, thread-safe, fits any problem. */
public interface Solver {

    /** The solver's name on the command line. */
    String name();

    /** Checks the settings against a problem and computes what all trajectories share. */
    PreparedSolver prepare(Problem problem);
}
