package io.scoreflux.internal.stream;

/** The place of a trajectory that a stage may still pass on. It does not hold the trajectory: many may wait behind a slow sample. */
final class DiscardedPlace {
    private final InnerSubscriber inlet;
    private int discards;
    private int fixed;

    DiscardedPlace(InnerSubscriber inlet) {
        this.inlet = inlet;
    }

    void add(Discarded gone) {
        discards++;
        if (!gone.perItem()) {
            fixed++;
        }
    }

    /** The inlet after the stage. */
    InnerSubscriber inlet() {
        return inlet;
    }

    /** How often the trajectory was discarded before that inlet. */
    int discards() {
        return discards;
    }

    /** How often by operators that were there before the first trajectory. */
    int fixedDiscards() {
        return fixed;
    }
}
