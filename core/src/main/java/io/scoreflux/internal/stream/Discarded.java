package io.scoreflux.internal.stream;

/**
 * A trajectory that a custom stage discarded. Unless the stage is linear, another branch may pass it on, before or after the discard.
 *
 * @param trajectory the discarded trajectory
 * @param inner the inner subscriber after the stage
 * @param perItem whether the discarding operator was created while the stage was running, as those inside a {@code flatMap} are
 */
record Discarded(TrackedTrajectory trajectory, InnerSubscriber inner, boolean perItem) {
    /** Returns whether no branch has passed the trajectory on so far. */
    boolean isUnclaimed() {
        return trajectory.reached() < inner.number();
    }
}
