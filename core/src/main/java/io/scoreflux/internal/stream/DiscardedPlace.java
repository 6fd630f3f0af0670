package io.scoreflux.internal.stream;

/** The place of a trajectory that a stage may still pass on. It does not hold the trajectory: many may wait behind a slow sample. */
final class DiscardedPlace {
    private final InnerSubscriber inner;
    private int discards;
    private int fixed;

    DiscardedPlace(InnerSubscriber inner) {
        this.inner = inner;
    }

    void add(Discarded gone) {
        discards++;
        if (!gone.perItem()) {
            fixed++;
        }
    }

    /** The inner after the stage. */
    InnerSubscriber inner() {
        return inner;
    }

    /** How often the trajectory was discarded before that inner. */
    int discards() {
        return discards;
    }

    /** How often by operators that were there before the first trajectory. */
    int fixedDiscards() {
        return fixed;
    }
}
