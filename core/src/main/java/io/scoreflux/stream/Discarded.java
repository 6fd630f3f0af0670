package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A trajectory that a custom stage discarded. Another branch of that stage may still pass it on, before or after.
 *
 * @param inlet the inlet after that stage
 */
record Discarded(Trajectory trajectory, Inlet inlet) {
    /** Whether no branch has passed the trajectory on so far. */
    boolean isUnclaimed() {
        return trajectory.reached().get() < inlet.number();
    }

    /** Its placeholder in ordered delivery. */
    Placeholder placeholder() {
        return new Placeholder(trajectory.reached(), inlet.number());
    }

    /** A place that is skipped unless its trajectory has arrived. It does not hold the trajectory: many may wait behind a slow sample. */
    record Placeholder(AtomicInteger reached, int number) {
        boolean isUnclaimed() {
            return reached.get() < number;
        }
    }
}
