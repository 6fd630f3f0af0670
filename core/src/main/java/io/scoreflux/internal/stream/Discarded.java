package io.scoreflux.internal.stream;

/**
 * A trajectory that a custom stage discarded. Unless the stage is linear, another branch may still pass it on, before or after.
 *
 * @param inner the inner after that stage
 * @param perItem whether an operator discarded it that was made while the stage was running, as those inside a {@code flatMap} are
 */
record Discarded(TrackedTrajectory trajectory, InnerSubscriber inner, boolean perItem) {
    /** Whether no branch has passed the trajectory on so far. */
    boolean isUnclaimed() {
        return trajectory.reached() < inner.number();
    }
}
