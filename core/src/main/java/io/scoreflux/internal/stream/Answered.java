package io.scoreflux.internal.stream;

/** Queries of a rail that have ended, with values or with an error. */
interface Answered {
    /**
     * Passes the values to the trajectories, or fails them. Called on the rail's thread.
     *
     * @return whether a trajectory reached the end of its stage or failed
     */
    boolean tell();
}
