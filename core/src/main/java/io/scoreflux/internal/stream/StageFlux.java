package io.scoreflux.internal.stream;

import io.scoreflux.stream.StreamListener;
import io.scoreflux.solve.Trajectory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;

/**
 * One stage: carries each trajectory from where it stands down to one noise level, and passes it on as soon as it lands.
 *
 * <p>It never prefetches: requested and not received + in flight + not yet emitted is at most the downstream demand.
 */
final class StageFlux extends FluxOperator<Trajectory, Trajectory> {
    private final Rail lane;
    private final int number;
    private final double sigma;
    private final boolean afterCustomStage;
    private final StreamListener listener;
    private boolean subscribed;

    /**
     * A stage.
     *
     * @param number counted from 0 at the largest noise level
     * @param sigma the noise level to land on
     * @param afterCustomStage whether a custom stage precedes it
     */
    StageFlux(
            Flux<Trajectory> source,
            Rail lane,
            int number,
            double sigma,
            boolean afterCustomStage,
            StreamListener listener) {
        super(source);
        this.lane = lane;
        this.number = number;
        this.sigma = sigma;
        this.afterCustomStage = afterCustomStage;
        this.listener = listener;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Trajectory> actual) {
        if (subscribed) {
            // No signal: repeat and retry would subscribe once more to whatever ends.
            actual.onSubscribe(Operators.emptySubscription());
            lane.fail(new IllegalStateException(
                    "a stage of one's own subscribed again to the stages before it, as retry and "
                            + "repeat do; a trajectory comes once, so repair it where it fails"));
            lane.wake();
            return;
        }
        subscribed = true;
        Operator operator = new Operator(actual);
        actual.onSubscribe(operator);
        try {
            source.subscribe(operator.inlets[0]);
        } catch (Throwable e) {
            // Thrown by a user's source or stage, which may be subscribed to from any thread.
            lane.fail(e);
            operator.wake();
        }
    }

    private final class Operator extends RailOperator {
        private final List<PendingRound> inFlight = new ArrayList<>();
        private final Queue<TrackedTrajectory> landed = new ArrayDeque<>();
        private final boolean beforeOwn;
        /** The thread that passes one to a stage of one's own. */
        private volatile @Nullable Thread passer;
        /** Whether that stage has requested another on the same stack. */
        private boolean replaced;

        Operator(CoreSubscriber<? super TrackedTrajectory> downstream) {
            super(downstream, lane, StageFlux.this.number, 1);
            this.beforeOwn = !(downstream instanceof InnerSubscriber);
        }

        @Override
        boolean followsCustomStage() {
            return afterCustomStage;
        }

        @Override
        public void request(long n) {
            if (passer == Thread.currentThread()) {
                replaced = true;
            }
            super.request(n);
        }

        @Override
        void receive(TrackedTrajectory trajectory) {
            if (number == 0) {
                trajectory.due = lane.time().due();
            }
            listener.entered(number, trajectory);
            PendingRound flight = new PendingRound(trajectory, lane);
            flight.aim(sigma);
            if (flight.run.done()) {
                landed(flight);
            } else {
                inFlight.add(flight);
            }
        }

        private void landed(PendingRound flight) {
            landed.add(flight.trajectory);
            listener.left(flight.passage(number));
        }

        @Override
        boolean emit(boolean complete) {
            boolean moved = false;
            while (wants() && !isCancelled()) {
                TrackedTrajectory trajectory = landed.poll();
                if (trajectory == null) {
                    break;
                }
                moved = true;
                if (beforeOwn) {
                    pass(trajectory);
                } else {
                    send(trajectory);
                }
            }
            return moved;
        }

        /**
         * Passes one to a stage of one's own. If that asks for another before it returns, and has neither passed this one on nor discarded
         * it, it has lost it, as {@code mapNotNull} does, or collects without bound: either way the other takes its place.
         */
        private void pass(TrackedTrajectory trajectory) {
            replaced = false;
            lane.passes(trajectory);
            passer = Thread.currentThread();
            try {
                send(trajectory);
            } finally {
                passer = null;
            }
            if (!lane.hasPassed() && replaced) {
                trajectory.end.replaced(trajectory);
            }
        }

        @Override
        boolean drained() {
            return inFlight.isEmpty() && landed.isEmpty();
        }

        @Override
        boolean requestMore(long wanted) {
            long more = wanted - inlets[0].underWay() - inFlight.size() - landed.size();
            if (more <= 0 || !inlets[0].isOpen()) {
                return false;
            }
            inlets[0].request(more);
            return true;
        }

        @Override
        boolean ask(Queue<PendingRound> asking) {
            if (isOver()) {
                // A stage after it has ended and takes no more.
                return false;
            }
            boolean ended = false;
            for (PendingRound flight : inFlight) {
                if (!flight.waits) {
                    flight.ask();
                    if (flight.waits) {
                        asking.add(flight);
                    } else {
                        ended = true;
                    }
                }
            }
            if (ended) {
                land();
            }
            return ended;
        }

        @Override
        long expire() {
            long least = Long.MAX_VALUE;
            for (PendingRound flight : inFlight) {
                least = Math.min(least, flight.expire());
            }
            return least;
        }

        @Override
        void land() {
            int staying = 0;
            int all = inFlight.size();
            for (int i = 0; i < all; i++) {
                PendingRound flight = inFlight.get(i);
                if (!flight.waits && flight.run.done()) {
                    landed(flight);
                } else {
                    inFlight.set(staying++, flight);
                }
            }
            inFlight.subList(staying, all).clear();
        }

        @Override
        boolean works() {
            return !inFlight.isEmpty() || !inlets[0].isEmpty() || (wants() && !landed.isEmpty());
        }

        @Override
        void clear() {
            super.clear();
            for (PendingRound flight : inFlight) {
                try {
                    listener.abandoned(number, flight.trajectory);
                } catch (Throwable e) {
                    // The other flights must still be discarded.
                    Faults.drop(e);
                }
                discard(flight.trajectory);
            }
            inFlight.clear();
            landed.forEach(this::discard);
            landed.clear();
        }
    }
}
