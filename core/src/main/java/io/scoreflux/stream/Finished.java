package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import org.jspecify.annotations.Nullable;

/** Finished trajectories that wait for demand. */
interface Finished {
    /** Adds one. */
    void add(Trajectory trajectory);

    /** Waits no longer for one that a stage left out. */
    void leaveOut(Trajectory trajectory);

    /**
     * Takes the next one, or null if that is not there yet.
     *
     * @param complete whether those that are not here will not come
     */
    @Nullable
    Trajectory poll(boolean complete);

    /** Lets go of all. */
    void clear();
}
