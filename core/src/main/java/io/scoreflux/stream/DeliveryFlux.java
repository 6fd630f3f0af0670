package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import java.util.Queue;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/**
 * The end of a lane: turns the subscriber's demand into bounded demand on the stages, and emits finished trajectories in
 * the order asked for.
 */
final class DeliveryFlux extends FluxOperator<Trajectory, Trajectory> {
    private final Lane lane;
    private final Demand demand;
    private final long from;
    private final long to;

    DeliveryFlux(Flux<Trajectory> source, Lane lane, Demand demand, long from, long to) {
        super(source);
        this.lane = lane;
        this.demand = demand;
        this.from = from;
        this.to = to;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Trajectory> actual) {
        Delivery delivery = new Delivery(actual, lane, demand, from, to);
        lane.endsWith(delivery);
        source.subscribe(delivery);
    }

    private static final class Delivery extends LaneOperator {
        private final Demand demand;
        private final Finished finished;
        /** Not yet emitted, of all. */
        private long left;

        private long unfinished;
        private int unemitted;

        Delivery(CoreSubscriber<? super Trajectory> downstream, Lane lane, Demand demand, long from, long to) {
            super(downstream, lane);
            this.demand = demand;
            this.left = to - from;
            this.finished = demand.order() == Order.AS_READY
                    ? new FinishedAsReady()
                    : new FinishedInOrder(from, (int) Math.min(2L * demand.width(), to - from));
        }

        @Override
        void receive(Trajectory trajectory) {
            unfinished--;
            unemitted++;
            // It may wait for slower ones before it: without its machine it is small.
            trajectory.retire();
            finished.add(trajectory);
        }

        @Override
        boolean emit() {
            boolean moved = false;
            while (wants() && !isCancelled()) {
                Trajectory trajectory = finished.poll();
                if (trajectory == null) {
                    break;
                }
                moved = true;
                unemitted--;
                left--;
                send(trajectory);
                if (left == 0 && !isCancelled()) {
                    terminated = true;
                    downstream.onComplete();
                }
            }
            return moved;
        }

        /** The last sample ends the stream, with itself and not with the next request. */
        @Override
        boolean drained() {
            return false;
        }

        @Override
        long more(long wanted) {
            long unstarted = left - unfinished - unemitted;
            long more = Math.min(unstarted, demand.more(wanted, unfinished, unemitted));
            unfinished += Math.max(0, more);
            return more;
        }

        @Override
        boolean ask(Queue<Flight> asking) {
            return false;
        }

        @Override
        void land() {}

        @Override
        void clear() {
            super.clear();
            finished.clear();
        }
    }
}
