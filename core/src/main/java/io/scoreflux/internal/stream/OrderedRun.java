package io.scoreflux.internal.stream;

import io.scoreflux.solve.SolverRun;

/**
 * A run with its place in the order of delivery. The stream returns the same object when the run has ended, so that an implementation can
 * hold related data, such as the request that the run serves.
 */
@FunctionalInterface
public interface OrderedRun {
    /** Returns the run, at its initial state. */
    SolverRun run();

    /** Returns the place. Defaults to the index. */
    default long place() {
        return run().index();
    }

    /** Returns a run whose place is its index. */
    static OrderedRun of(SolverRun run) {
        return () -> run;
    }
}
