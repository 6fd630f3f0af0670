package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** In order of index: a ring, one place for each trajectory that can be started and unemitted. */
final class FinishedInOrder implements Finished {
    private final @Nullable Trajectory[] ring;
    private long next;

    /**
     * An empty one.
     *
     * @param first the index to come first
     * @param places at least as many as indices can be between the next one and the last one started
     */
    FinishedInOrder(long first, int places) {
        this.ring = new Trajectory[places];
        this.next = first;
    }

    @Override
    public void add(Trajectory trajectory) {
        ring[place(trajectory.index())] = trajectory;
    }

    @Override
    public @Nullable Trajectory poll() {
        int place = place(next);
        Trajectory trajectory = ring[place];
        if (trajectory != null) {
            ring[place] = null;
            next++;
        }
        return trajectory;
    }

    @Override
    public void clear() {
        Arrays.fill(ring, null);
    }

    private int place(long index) {
        return (int) Math.floorMod(index, (long) ring.length);
    }
}
