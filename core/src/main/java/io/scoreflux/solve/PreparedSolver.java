package io.scoreflux.solve;

import java.util.function.Function;

/** A solver bound to one problem. Immutable and thread-safe. */
public interface PreparedSolver {

    /**
     * A solver that can stop at any noise level.
     *
     * @param machines makes the machine of a trajectory
     * @param bytes as {@link #bytes}
     * @param rows as {@link #rows}
     */
    static PreparedSolver of(Function<SolverState, Machine> machines, long bytes, int rows) {
        return of(machines, new double[0], bytes, rows);
    }

    /**
     * A solver that can stop at some noise levels only.
     *
     * @param machines makes the machine of a trajectory
     * @param levels as {@link #stopLevels}; copied
     * @param bytes as {@link #bytes}
     * @param rows as {@link #rows}
     */
    static PreparedSolver of(Function<SolverState, Machine> machines, double[] levels, long bytes, int rows) {
        double[] copy = levels.clone();
        return new PreparedSolver() {
            @Override
            public Machine start(SolverState trajectory) {
                return machines.apply(trajectory);
            }

            @Override
            public double[] stopLevels() {
                return copy.clone();
            }

            @Override
            public long bytes() {
                return bytes;
            }

            @Override
            public int rows() {
                return rows;
            }
        };
    }

    /** A machine for a trajectory at its present state and noise level. */
    Machine start(SolverState trajectory);

    /**
     * The noise levels at which this solver can stop, descending with both ends of the range, or an empty array if it can
     * land anywhere.
     */
    double[] stopLevels();

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
