package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/**
 * The end of a lane: turns the subscriber's demand into bounded demand on the stages, and emits trajectories in order of
 * index.
 */
final class OrderedFlux extends FluxOperator<Trajectory, Trajectory> {
    private final Lane lane;
    private final Demand demand;
    private final long from;
    private final long to;

    OrderedFlux(Flux<Trajectory> source, Lane lane, Demand demand, long from, long to) {
        super(source);
        this.lane = lane;
        this.demand = demand;
        this.from = from;
        this.to = to;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Trajectory> actual) {
        Ordered ordered = new Ordered(actual, lane, demand, from, to);
        lane.endsWith(ordered);
        source.subscribe(ordered);
    }

    private static final class Ordered extends LaneOperator {
        private final Demand demand;
        private final long to;
        /** Finished trajectories by index modulo length, which is the most that can be started and unemitted. */
        private final @Nullable Trajectory[] finished;

        private long next;
        private long unfinished;
        private int unemitted;

        Ordered(CoreSubscriber<? super Trajectory> downstream, Lane lane, Demand demand, long from, long to) {
            super(downstream, lane);
            this.demand = demand;
            this.next = from;
            this.to = to;
            this.finished = new Trajectory[(int) Math.min(2L * demand.width(), to - from)];
        }

        @Override
        void receive(Trajectory trajectory) {
            unfinished--;
            unemitted++;
            // It may wait for slower ones before it: without its machine it is small.
            trajectory.retire();
            finished[slot(trajectory.index())] = trajectory;
        }

        @Override
        boolean emit() {
            boolean moved = false;
            while (wants() && !isCancelled()) {
                int slot = slot(next);
                Trajectory trajectory = finished[slot];
                if (trajectory == null) {
                    break;
                }
                moved = true;
                finished[slot] = null;
                unemitted--;
                next++;
                send(trajectory);
                if (next == to && !isCancelled()) {
                    terminated = true;
                    downstream.onComplete();
                }
            }
            return moved;
        }

        /** The last index ends the stream, with its sample and not with the next request. */
        @Override
        boolean drained() {
            return false;
        }

        @Override
        long more(long wanted) {
            long left = to - next - unfinished - unemitted;
            long more = Math.min(left, demand.more(wanted, unfinished, unemitted));
            unfinished += Math.max(0, more);
            return more;
        }

        private int slot(long index) {
            return (int) Math.floorMod(index, (long) finished.length);
        }

        @Override
        void ask(Rows batch) {}

        @Override
        void tell(Rows batch, Gateway gateway) {}

        @Override
        void clear() {
            super.clear();
            Arrays.fill(finished, null);
        }
    }
}
