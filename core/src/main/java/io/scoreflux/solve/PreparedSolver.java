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

    /**
     * Memory that one trajectory's machine takes, in bytes: an estimate from the arrays that grow with the dimension, for a problem that is
     * not unusually hard. 0, the default, if it is not known.
     */
    default long bytes() {
        return 0;
    }

    /** The most rows that a machine asks in one round, about. Defaults to 1. */
    default int rows() {
        return 1;
    }
}
