package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** In order of place: a ring that grows where stages leave many out. */
final class FinishedInOrder implements Finished {
    /** For each place a trajectory, a placeholder, or null. */
    private @Nullable Object[] ring = new Object[64];

    private long next;
    private long end;

    /**
     * An empty one.
     *
     * @param first the place to come first
     */
    FinishedInOrder(long first) {
        this.next = first;
        this.end = first;
    }

    @Override
    public void add(Trajectory trajectory) {
        if (trajectory.place() < next) {
            throw new IllegalStateException("a stage passed on trajectory " + trajectory.place()
                    + " too late: another branch of the stage had discarded it, and its place had been skipped;"
                    + " pass it on sooner, or use Order.AS_READY");
        }
        put(trajectory.place(), trajectory);
    }

    @Override
    public void skip(Discarded gone) {
        long place = gone.trajectory().place();
        if (place >= next && !(place < end && ring[at(place)] instanceof Trajectory)) {
            put(place, gone.placeholder());
        }
    }

    private void put(long place, Object what) {
        if (place - next >= ring.length) {
            grow(place - next);
        }
        ring[at(place)] = what;
        end = Math.max(end, place + 1);
    }

    private void grow(long distance) {
        @Nullable Object[] old = ring;
        ring = new Object[Math.toIntExact(Long.highestOneBit(distance) << 1)];
        for (long place = next; place < end; place++) {
            ring[at(place)] = old[(int) (place & (old.length - 1))];
        }
    }

    @Override
    public @Nullable Trajectory poll(boolean complete) {
        while (next < end) {
            int at = at(next);
            Object what = ring[at];
            if (!complete
                    && !(what instanceof Trajectory)
                    && !(what instanceof Discarded.Placeholder placeholder && placeholder.isUnclaimed())) {
                return null;
            }
            ring[at] = null;
            next++;
            if (what instanceof Trajectory trajectory) {
                return trajectory;
            }
        }
        return null;
    }

    @Override
    public boolean awaitsNext() {
        return next < end && ring[at(next)] instanceof Discarded.Placeholder placeholder && !placeholder.isUnclaimed();
    }

    @Override
    public void clear() {
        Arrays.fill(ring, null);
    }

    private int at(long place) {
        return (int) (place & (ring.length - 1));
    }
}
