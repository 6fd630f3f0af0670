package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import org.jspecify.annotations.Nullable;

/** Finished trajectories that wait for demand. */
interface Finished {
    /** Adds one. */
    void add(Trajectory trajectory);

    /** Waits no longer for one that a stage left out, unless that has come, or another branch of the stage passes it on. */
    void skip(Discarded gone);

    /**
     * Takes the next one, or null if that is not there yet.
     *
     * @param complete whether those that are not here will not come
     */
    @Nullable
    Trajectory poll(boolean complete);

    /** Whether the next one was discarded by one branch of a stage, and another has passed it on: it will come. */
    boolean awaitsNext();

    /** Lets go of all. */
    void clear();
}
