package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import org.jspecify.annotations.Nullable;

/** Finished trajectories that wait for demand. */
interface Finished {
    /** Adds one. */
    void add(Trajectory trajectory);

    /** Skips a trajectory that a stage discarded, unless it has arrived or another branch of the stage passes it on. */
    void skip(Discarded gone);

    /**
     * Takes the next one, or null if that is not there yet.
     *
     * @param complete whether those that are not here will not come
     */
    @Nullable
    Trajectory poll(boolean complete);

    /** Whether the next trajectory is still to arrive, because one branch of a stage discarded it and another passed it on. */
    boolean awaitsNext();

    /** Lets go of all. */
    void clear();
}
