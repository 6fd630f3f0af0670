package io.scoreflux.internal.stream;

import io.scoreflux.solve.SolverRun;

/**
 * A run that a stream carries, and its place in the order of delivery. The stream gives the same object back when the run has ended, so
 * that an implementation can hold what belongs to it, such as the request that it serves.
 */
@FunctionalInterface
public interface OrderedRun {
    /** The run, at its initial state. */
    SolverRun run();

    /** The place. Defaults to the index. */
    default long place() {
        return run().index();
    }

    /** A run in the place of its index. */
    static OrderedRun of(SolverRun run) {
        return () -> run;
    }
}
