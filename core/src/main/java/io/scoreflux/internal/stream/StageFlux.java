package io.scoreflux.internal.stream;

import io.scoreflux.solve.Trajectory;
import io.scoreflux.stream.StreamListener;
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
 * A stage of the sampler. It carries each trajectory to one noise level, and passes it on as soon as it reaches this level.
 *
 * <p>It never prefetches: the number of trajectories that are requested and not received, in flight, or not yet emitted is at most the
 * downstream demand.
 */
final class StageFlux extends FluxOperator<Trajectory, Trajectory> {
    private final Rail rail;
    private final int number;
    private final double sigma;
    private final boolean afterCustomStage;
    private final StreamListener listener;
    private boolean subscribed;

    /**
     * Creates a stage.
     *
     * @param number the index of the stage, counted from 0 in the order in which trajectories pass the stages
     * @param sigma the noise level at which the stage ends
     * @param afterCustomStage whether a custom stage precedes it
     */
    StageFlux(
            Flux<Trajectory> source,
            Rail rail,
            int number,
            double sigma,
            boolean afterCustomStage,
            StreamListener listener) {
        super(source);
        this.rail = rail;
        this.number = number;
        this.sigma = sigma;
        this.afterCustomStage = afterCustomStage;
        this.listener = listener;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Trajectory> actual) {
        if (subscribed) {
            // No terminal signal, because repeat and retry would subscribe again after it.
            actual.onSubscribe(Operators.emptySubscription());
            rail.fail(new IllegalStateException(
                    "a custom stage subscribed again to the stages before it, as retry and repeat do; "
                            + "each trajectory is emitted only once, so handle errors where they occur"));
            rail.wake();
            return;
        }
        subscribed = true;
        Operator operator = new Operator(actual);
        actual.onSubscribe(operator);
        try {
            source.subscribe(operator.inners[0]);
        } catch (Throwable e) {
            // Thrown by a source or a custom stage, which may be subscribed to on any thread.
            rail.fail(e);
            operator.wake();
        }
    }

    private final class Operator extends RailOperator {
        private final List<PendingRound> inFlight = new ArrayList<>();
        private final Queue<TrackedTrajectory> finished = new ArrayDeque<>();
        private final boolean beforeOwn;
        /** The thread that is passing a trajectory to a custom stage, or null. */
        private volatile @Nullable Thread passer;
        /** Whether the custom stage has requested another trajectory during this call. */
        private boolean replaced;

        Operator(CoreSubscriber<? super TrackedTrajectory> downstream) {
            super(downstream, rail, StageFlux.this.number, 1);
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
                trajectory.due = rail.time().due();
            }
            listener.entered(number, trajectory);
            PendingRound round = new PendingRound(trajectory, rail);
            round.target(sigma);
            if (round.run.done()) {
                finished(round);
            } else {
                inFlight.add(round);
            }
        }

        private void finished(PendingRound round) {
            finished.add(round.trajectory);
            listener.left(round.summary(number));
        }

        @Override
        boolean emit(boolean complete) {
            boolean moved = false;
            while (wants() && !isCancelled()) {
                TrackedTrajectory trajectory = finished.poll();
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
         * Passes a trajectory to a custom stage. If the stage requests another one before it returns, and has neither passed this one on nor
         * discarded it, then it has lost it, as {@code mapNotNull} does, or collects without bound. In both cases the other one takes the
         * place of this one.
         */
        private void pass(TrackedTrajectory trajectory) {
            replaced = false;
            rail.passes(trajectory);
            passer = Thread.currentThread();
            try {
                send(trajectory);
            } finally {
                passer = null;
            }
            if (!rail.hasPassed() && replaced) {
                trajectory.end.replaced(trajectory);
            }
        }

        @Override
        boolean drained() {
            return inFlight.isEmpty() && finished.isEmpty();
        }

        @Override
        boolean requestMore(long wanted) {
            long more = wanted - inners[0].underWay() - inFlight.size() - finished.size();
            if (more <= 0 || !inners[0].isOpen()) {
                return false;
            }
            inners[0].request(more);
            return true;
        }

        @Override
        boolean ask() {
            if (isOver()) {
                // A later stage has ended and takes no more trajectories.
                return false;
            }
            boolean ended = false;
            for (int i = 0; i < inFlight.size(); i++) {
                PendingRound round = inFlight.get(i);
                if (!round.waits && !rail.ask(round)) {
                    ended = true;
                }
            }
            if (ended) {
                removeFinished();
            }
            return ended;
        }

        @Override
        long expire() {
            long least = Long.MAX_VALUE;
            for (PendingRound round : inFlight) {
                least = Math.min(least, round.expire());
            }
            return least;
        }

        @Override
        void removeFinished() {
            int staying = 0;
            int all = inFlight.size();
            for (int i = 0; i < all; i++) {
                PendingRound round = inFlight.get(i);
                if (round.ended) {
                    finished(round);
                } else {
                    inFlight.set(staying++, round);
                }
            }
            inFlight.subList(staying, all).clear();
        }

        @Override
        boolean works() {
            return !inFlight.isEmpty() || !inners[0].isEmpty() || (wants() && !finished.isEmpty());
        }

        @Override
        void clear() {
            super.clear();
            for (PendingRound round : inFlight) {
                try {
                    listener.abandoned(number, round.trajectory);
                } catch (Throwable e) {
                    // The other rounds must still be discarded.
                    Faults.drop(e);
                }
                discard(round.trajectory);
            }
            inFlight.clear();
            finished.forEach(this::discard);
            finished.clear();
        }
    }
}
