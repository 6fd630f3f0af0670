package io.scoreflux.solve;

/** A solver bound to one problem. Immutable and thread-safe. */
public interface PreparedSolver {

    /** A machine for a trajectory at its present state and noise level. */
    Machine start(Trajectory trajectory);

    /**
     * The noise levels at which this solver can stop, descending with both ends of the range, or an empty array if it can
     * land anywhere.
     */
    double[] landings();
}
