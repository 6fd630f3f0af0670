package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import org.jspecify.annotations.Nullable;

/** Finished trajectories that wait for demand. */
interface Finished {
    /** Adds one. */
    void add(Trajectory trajectory);

    /** Takes the next one, or null if that is not there yet. */
    @Nullable
    Trajectory poll();

    /** Lets go of all. */
    void clear();
}
