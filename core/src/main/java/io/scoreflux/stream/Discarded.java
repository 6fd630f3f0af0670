package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A trajectory that a stage of one's own discarded. Another branch of that stage may pass it on all the same, before or after.
 *
 * @param inlet where that stage would have passed it on
 */
record Discarded(Trajectory trajectory, Inlet inlet) {
    /** Whether no branch has passed the trajectory on so far. */
    boolean isUnclaimed() {
        return trajectory.reached().get() < inlet.number();
    }

    /** What it leaves in the order of delivery. */
    Placeholder placeholder() {
        return new Placeholder(trajectory.reached(), inlet.number());
    }

    /** A place that is passed over unless its trajectory has come. It keeps no trajectory: many gaps may wait behind a slow sample. */
    record Placeholder(AtomicInteger reached, int number) {
        boolean isUnclaimed() {
            return reached.get() < number;
        }
    }
}
