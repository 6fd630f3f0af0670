package io.scoreflux.solve;

/** A solver bound to one problem. Immutable and thread-safe. */
public interface PreparedSolver {

    /** A machine for a trajectory at its present state and noise level. */
    Machine start(SolverState trajectory);

    /**
     * The noise levels at which this solver can stop, descending with both ends of the range, or an empty array if it can
     * land anywhere.
     */
    double[] landings();

    /**
     * Memory of one trajectory's machine, in bytes. It is estimated from the arrays that grow with the dimension, for a problem of usual
     * difficulty. 0, the default, if unknown.
     */
    default long bytes() {
        return 0;
    }

    /** The approximate largest number of rows that a machine asks in one round. Defaults to 1. */
    default int rows() {
        return 1;
    }
}
