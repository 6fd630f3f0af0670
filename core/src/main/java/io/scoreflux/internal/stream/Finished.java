package io.scoreflux.internal.stream;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Finished trajectories that wait for demand. */
interface Finished {
    /** Adds a trajectory. */
    void add(TrackedTrajectory trajectory);

    /** Records that a stage discarded a trajectory. Its place is skipped, at once if the discard is final. */
    void skip(Discarded gone);

    /** Records that the stage has passed a discarded trajectory on after all. Its place waits for it. */
    void await(TrackedTrajectory trajectory);

    /**
     * Removes and returns the next trajectory, or null if it has not arrived.
     *
     * @param complete whether no more trajectories will arrive
     */
    @Nullable
    TrackedTrajectory poll(boolean complete);

    /** Returns the next place if its trajectory was discarded and the discard is not final; otherwise null. */
    @Nullable
    DiscardedPlace undecided();

    /**
     * Makes discards before an inner subscriber final.
     *
     * @param which selects the discards that become final
     * @return whether the next place is now skipped
     */
    boolean settle(InnerSubscriber inner, Predicate<DiscardedPlace> which);

    /** Removes all trajectories and places. */
    void clear();
}
