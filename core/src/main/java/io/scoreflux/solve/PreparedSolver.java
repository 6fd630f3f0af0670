package io.scoreflux.solve;

import java.util.function.Function;

/** A solver that is bound to one problem. Immutable and thread-safe. */
public interface PreparedSolver {

    /**
     * Creates a solver that can stop at any noise level.
     *
     * @param machines creates the machine of a trajectory
     * @param bytes see {@link #bytes}
     * @param rows see {@link #rows}
     */
    static PreparedSolver of(Function<SolverState, Machine> machines, long bytes, int rows) {
        return of(machines, new double[0], bytes, rows);
    }

    /**
     * Creates a solver that can stop only at certain noise levels.
     *
     * @param machines creates the machine of a trajectory
     * @param levels see {@link #stopLevels}; copied
     * @param bytes see {@link #bytes}
     * @param rows see {@link #rows}
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

    /** Creates the machine of a trajectory, starting from its present state and noise level. */
    Machine start(SolverState trajectory);

    /**
     * Returns the noise levels at which this solver can stop, in descending order and including both ends of the range. The array is empty if
     * the solver can stop at any level.
     */
    double[] stopLevels();

    /**
     * Returns the memory of one machine in bytes. The value is an estimate for a problem of usual difficulty. Defaults to 0, which means unknown.
     */
    default long bytes() {
        return 0;
    }

    /** Returns the approximate largest number of rows of a machine in one round. Defaults to 1. */
    default int rows() {
        return 1;
    }
}
