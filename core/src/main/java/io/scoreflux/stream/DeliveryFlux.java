package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/**
 * The end of a subscription's lanes: turns the subscriber's demand into bounded demand on the stages, and emits finished
 * trajectories in the order asked for.
 */
final class DeliveryFlux extends Flux<Trajectory> {
    /** So many finished ones wait for one that a stage holds, before it counts as lost: a slow stage is no error. */
    private static final long MOST_HELD = 1 << 16;

    private final Lanes lanes;
    private final Demand demand;
    private final long firstPlace;
    private final boolean mayLeaveOut;
    private final StreamListener listener;
    private final Flux<Supplier<Trajectory>> starts;
    private final BiFunction<Lane, Flux<Trajectory>, Flux<Trajectory>> chain;

    /**
     * A stream.
     *
     * @param lanes how many lanes and where they run
     * @param firstPlace the place to be delivered first
     * @param mayLeaveOut whether there are stages that may leave trajectories out
     * @param starts make the trajectories to be carried
     * @param chain a lane's stages over its part of the starts
     */
    DeliveryFlux(
            Lanes lanes,
            Demand demand,
            long firstPlace,
            boolean mayLeaveOut,
            StreamListener listener,
            Flux<Supplier<Trajectory>> starts,
            BiFunction<Lane, Flux<Trajectory>, Flux<Trajectory>> chain) {
        this.lanes = lanes;
        this.demand = demand;
        this.firstPlace = firstPlace;
        this.mayLeaveOut = mayLeaveOut;
        this.listener = listener;
        this.starts = starts;
        this.chain = chain;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Trajectory> actual) {
        List<Lane> running = lanes.start();
        // One lane delivers by itself; several meet in one that has no stages.
        Lane home = running.size() == 1 ? running.get(0) : lanes.meeting();
        Operator operator = new Operator(actual, home, running);
        home.endsWith(operator);
        List<Flux<Supplier<Trajectory>>> parts = Dispenser.parts(starts, running.size());
        for (int i = 0; i < running.size(); i++) {
            Lane lane = running.get(i);
            lane.endsWith(operator);
            chain.apply(lane, parts.get(i).map(Supplier::get)).subscribe(operator.inlets[i]);
        }
        actual.onSubscribe(operator);
        // Only now, as the source may have failed already.
        home.open();
        if (running.size() > 1) {
            running.forEach(Lane::open);
        }
    }

    private final class Operator extends LaneOperator {
        private final List<Lane> running;
        private final Finished finished;
        private final Queue<Trajectory> leftOut =
                Queues.<Trajectory>unboundedMultiproducer().get();
        private int unemitted;

        Operator(CoreSubscriber<? super Trajectory> downstream, Lane home, List<Lane> running) {
            super(downstream, home, running.size());
            this.running = running;
            this.finished = demand.order() == Order.AS_READY ? new FinishedAsReady() : new FinishedInOrder(firstPlace);
        }

        @Override
        public void request(long n) {
            super.request(n);
            wakeAll();
        }

        @Override
        public void cancel() {
            super.cancel();
            // A stage of one's own that has ended passes no cancellation on.
            wakeAll();
        }

        private void wakeAll() {
            if (running.size() > 1) {
                // They sleep while nothing is wanted.
                running.forEach(Lane::wake);
            }
        }

        @Override
        void over() {
            wakeAll();
        }

        @Override
        Context contextForUpstream() {
            Context context = super.contextForUpstream();
            return mayLeaveOut ? Operators.enableOnDiscard(context, this::discarded) : context;
        }

        private void discarded(Object what) {
            if (what instanceof Trajectory trajectory) {
                leftOut.add(trajectory);
                wake();
            }
            Operators.onDiscard(what, super.contextForUpstream());
        }

        @Override
        void receive(Trajectory trajectory) {
            unemitted++;
            // It may wait for slower ones before it: without its machine it is small.
            trajectory.retire();
            listener.finished(trajectory);
            finished.add(trajectory);
        }

        @Override
        boolean emit(boolean complete) {
            Trajectory gone;
            while ((gone = leftOut.poll()) != null) {
                finished.leaveOut(gone);
            }
            boolean moved = false;
            while (wants() && !isCancelled()) {
                Trajectory trajectory = finished.poll(complete);
                if (trajectory == null) {
                    break;
                }
                moved = true;
                unemitted--;
                listener.delivered(trajectory);
                send(trajectory);
            }
            return moved;
        }

        @Override
        boolean drained() {
            return unemitted == 0;
        }

        @Override
        boolean requestMore(long wanted) {
            long unfinished = 0;
            for (Inlet inlet : inlets) {
                unfinished += inlet.underWay();
            }
            long more = demand.more(wanted, unfinished, unemitted);
            if (more > 0) {
                return request(shares(more));
            }
            return mayLeaveOut && wanted > 0 && unfinished == 0 && requestHeld();
        }

        /** All that was asked for is here, and what is to come next is not among it: a stage holds it, or lost it. */
        private boolean requestHeld() {
            if (unemitted >= Math.max(MOST_HELD, 4L * demand.width())) {
                fail(new IllegalStateException("a stage passed on " + unemitted + " trajectories but not the one that "
                        + "is to be delivered next; a stage must pass on each trajectory once or discard it"));
                return true;
            }
            long[] shares = new long[inlets.length];
            Arrays.setAll(shares, i -> inlets[i].isOpen() ? 1 : 0);
            return request(shares);
        }

        private boolean request(long[] shares) {
            boolean requested = false;
            for (int i = 0; i < shares.length; i++) {
                if (shares[i] > 0) {
                    inlets[i].request(shares[i]);
                    requested = true;
                }
            }
            return requested;
        }

        /** Divides {@code more} over the lanes so that all have about the same number under way. */
        private long[] shares(long more) {
            long[] shares = new long[inlets.length];
            long[] underWay = new long[inlets.length];
            Arrays.setAll(underWay, i -> inlets[i].underWay());
            for (long k = 0; k < more; k++) {
                int least = -1;
                for (int i = 0; i < inlets.length; i++) {
                    if (inlets[i].isOpen() && (least < 0 || underWay[i] < underWay[least])) {
                        least = i;
                    }
                }
                if (least < 0) {
                    return shares;
                }
                shares[least]++;
                underWay[least]++;
            }
            return shares;
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
            leftOut.clear();
        }
    }
}
