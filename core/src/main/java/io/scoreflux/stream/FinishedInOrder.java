package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** In order of place: a ring that grows where stages leave many out. */
final class FinishedInOrder implements Finished {
    private static final Object LEFT_OUT = new Object();

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
        put(trajectory.place(), trajectory);
    }

    @Override
    public void leaveOut(Trajectory trajectory) {
        put(trajectory.place(), LEFT_OUT);
    }

    private void put(long place, Object what) {
        if (place - next >= ring.length) {
            grow(place - next);
        }
        int at = at(place);
        if (place < next || ring[at] != null) {
            throw new IllegalStateException("a stage passed on trajectory " + place
                    + " twice; a stage must pass on each trajectory once or discard it");
        }
        ring[at] = what;
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
            if (what == null && !complete) {
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
    public void clear() {
        Arrays.fill(ring, null);
    }

    private int at(long place) {
        return (int) (place & (ring.length - 1));
    }
}
