package io.scoreflux.internal.stream;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Finished trajectories that wait for demand. */
interface Finished {
    /** Adds one. */
    void add(TrackedTrajectory trajectory);

    /** Notes that a stage discarded a trajectory: its place is passed over, at once if the discard is final. */
    void skip(Discarded gone);

    /** Notes that a discarded trajectory has come out of the stage after all: its place waits for it. */
    void await(TrackedTrajectory trajectory);

    /**
     * Takes the next one, or null if that is not there yet.
     *
     * @param complete whether those that are not here will not come
     */
    @Nullable
    TrackedTrajectory poll(boolean complete);

    /** What is known of the next place, if its trajectory was discarded and the discard is not final; otherwise null. */
    @Nullable
    DiscardedPlace undecided();

    /**
     * Makes discards before an inner final.
     *
     * @param which those that are final
     * @return whether the next place is among them
     */
    boolean settle(InnerSubscriber inner, Predicate<DiscardedPlace> which);

    /** Lets go of all. */
    void clear();
}
