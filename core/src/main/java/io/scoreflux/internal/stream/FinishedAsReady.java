package io.scoreflux.internal.stream;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Finished trajectories in the order in which they finish. */
final class FinishedAsReady implements Finished {
    private final Queue<TrackedTrajectory> queue = new ArrayDeque<>();

    @Override
    public void add(TrackedTrajectory trajectory) {
        queue.add(trajectory);
    }

    @Override
    public void skip(Discarded gone) {
        // No trajectory waits for another.
    }

    @Override
    public void await(TrackedTrajectory trajectory) {
        // No trajectory waits for another.
    }

    @Override
    public @Nullable TrackedTrajectory poll(boolean complete) {
        return queue.poll();
    }

    @Override
    public @Nullable DiscardedPlace undecided() {
        return null;
    }

    @Override
    public boolean settle(InnerSubscriber inner, Predicate<DiscardedPlace> which) {
        return false;
    }

    @Override
    public void clear() {
        queue.clear();
    }
}
