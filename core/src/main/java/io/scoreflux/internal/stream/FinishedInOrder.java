package io.scoreflux.internal.stream;

import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Finished trajectories in order of place. They are in a ring buffer, which grows if stages leave many trajectories out. */
final class FinishedInOrder implements Finished {
    /** Marks a place whose trajectory will not arrive. */
    private static final Object PASSED_OVER = new Object();

    /** Contains a trajectory, {@link #PASSED_OVER}, a {@link DiscardedPlace}, or null for each place. */
    private @Nullable Object[] ring = new Object[64];

    private long next;
    private long end;

    /**
     * Creates an empty buffer.
     *
     * @param first the first place
     */
    FinishedInOrder(long first) {
        this.next = first;
        this.end = first;
    }

    @Override
    public void add(TrackedTrajectory trajectory) {
        if (trajectory.place < next) {
            throw new IllegalStateException("a stage passed on trajectory " + trajectory.place
                    + " too late: another branch of the stage had discarded it, and its place was skipped;"
                    + " use Order.AS_READY, or branch with operators that Reactor's Scannable shows");
        }
        put(trajectory.place, trajectory);
    }

    @Override
    public void skip(Discarded gone) {
        long place = gone.trajectory().place;
        if (place < next) {
            return;
        }
        Object known = place < end ? ring[at(place)] : null;
        if (gone.inner().isLinear()) {
            put(place, PASSED_OVER);
        } else if (known == null) {
            DiscardedPlace discarded = new DiscardedPlace(gone.inner());
            discarded.add(gone);
            put(place, discarded);
        } else if (known instanceof DiscardedPlace discarded) {
            discarded.add(gone);
        }
    }

    @Override
    public void await(TrackedTrajectory trajectory) {
        long place = trajectory.place;
        if (place >= next && place < end && !(ring[at(place)] instanceof TrackedTrajectory)) {
            ring[at(place)] = null;
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
    public @Nullable TrackedTrajectory poll(boolean complete) {
        while (next < end) {
            int at = at(next);
            Object what = ring[at];
            if (!complete && what != PASSED_OVER && !(what instanceof TrackedTrajectory)) {
                return null;
            }
            ring[at] = null;
            next++;
            if (what instanceof TrackedTrajectory trajectory) {
                return trajectory;
            }
        }
        return null;
    }

    @Override
    public @Nullable DiscardedPlace undecided() {
        return next < end && ring[at(next)] instanceof DiscardedPlace discarded ? discarded : null;
    }

    @Override
    public boolean settle(InnerSubscriber inner, Predicate<DiscardedPlace> which) {
        for (long place = next; place < end; place++) {
            if (ring[at(place)] instanceof DiscardedPlace discarded
                    && discarded.inner() == inner
                    && which.test(discarded)) {
                ring[at(place)] = PASSED_OVER;
            }
        }
        return next < end && ring[at(next)] == PASSED_OVER;
    }

    @Override
    public void clear() {
        Arrays.fill(ring, null);
    }

    private int at(long place) {
        return (int) (place & (ring.length - 1));
    }
}
