package io.scoreflux.internal.stream;

/** The place of a discarded trajectory. It does not refer to the trajectory, because many places may wait behind a slow sample. */
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

    /** Returns the inner subscriber after the stage. */
    InnerSubscriber inner() {
        return inner;
    }

    /** Returns how often the trajectory was discarded before the inner subscriber. */
    int discards() {
        return discards;
    }

    /** Returns how often it was discarded by operators that existed before the first request. */
    int fixedDiscards() {
        return fixed;
    }
}
