package io.scoreflux.internal.stream;

import io.scoreflux.solve.RunGroup;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.stream.StreamListener;
import java.util.ArrayDeque;
import java.util.ArrayList;
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
        /** The trajectories in flight and their groups. */
        private ArrayList<PendingRound> inFlight = new ArrayList<>();
        /** The list that becomes {@link #inFlight} with the next change. */
        private ArrayList<PendingRound> other = new ArrayList<>();
        /** The trajectories that leave the stage; otherwise empty. */
        private final ArrayList<TrajectoryRound> leaving = new ArrayList<>();
        /** The number of trajectories in flight. */
        private int trajectories;
        /** At least the number of trajectories that have entered the stage, or left a group without an end, since the last ask. */
        private int joining;

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
            TrajectoryRound round = new TrajectoryRound(trajectory, rail);
            round.target(sigma);
            if (round.run.done()) {
                finished(round);
            } else {
                inFlight.add(round);
                trajectories++;
                joining++;
            }
        }

        private void finished(TrajectoryRound round) {
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
            long more = wanted - inners[0].underWay() - trajectories - finished.size();
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
            if (joining > 1 && rail.maxGroup() > 1) {
                join();
            }
            joining = 0;
            boolean ended = false;
            for (int i = 0; i < inFlight.size(); i++) {
                PendingRound round = inFlight.get(i);
                if (round.ended || (!round.waits && !rail.ask(round))) {
                    ended = true;
                }
            }
            if (ended) {
                removeFinished();
            }
            return ended;
        }

        /** Lets trajectories that take the same steps form groups. */
        private void join() {
            other.clear();
            other.ensureCapacity(inFlight.size());
            GroupRound open = null;
            int place = 0;
            for (PendingRound round : inFlight) {
                if (!(round instanceof TrajectoryRound one) || !one.joins || one.waits) {
                    other.add(round);
                    continue;
                }
                one.joins = false;
                if (open != null && open.size() < rail.maxGroup() && joins(open, one)) {
                    continue;
                }
                close(open, place);
                open = open(one);
                place = other.size();
                other.add(open == null ? one : open);
            }
            close(open, place);
            swap();
        }

        /** Returns a group with a trajectory, or null if the trajectory continues alone. */
        private @Nullable GroupRound open(TrajectoryRound first) {
            GroupRound group = rail.spareGroup;
            rail.spareGroup = null;
            if (group != null && joins(group, first)) {
                return group;
            }
            try {
                RunGroup made = RunGroup.of(first.run);
                group = made == null ? null : new GroupRound(made, rail);
            } catch (RuntimeException | OutOfMemoryError e) {
                group = null;
            }
            return group != null && joins(group, first) ? group : null;
        }

        private static boolean joins(GroupRound group, TrajectoryRound one) {
            try {
                return group.add(one);
            } catch (RuntimeException | OutOfMemoryError e) {
                // The trajectory continues alone, which needs no more memory, and fails alone if its machine throws
                // again.
                return false;
            }
        }

        /** Replaces a group of one trajectory by the trajectory. */
        private void close(@Nullable GroupRound group, int place) {
            if (group != null && group.size() == 1) {
                group.release();
                other.set(place, group.trajectory(0));
                reuse(group);
            }
        }

        private void reuse(GroupRound group) {
            group.clear();
            if (group.isReusable()) {
                rail.spareGroup = group;
            }
        }

        private void swap() {
            ArrayList<PendingRound> before = inFlight;
            inFlight = other;
            other = before;
            other.clear();
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
            other.clear();
            other.ensureCapacity(trajectories);
            leaving.clear();
            for (PendingRound round : inFlight) {
                if (!round.ended) {
                    other.add(round);
                    continue;
                }
                for (int i = 0; i < round.size(); i++) {
                    TrajectoryRound one = round.trajectory(i);
                    if (one.ended) {
                        leaving.add(one);
                    } else {
                        other.add(one);
                    }
                }
            }
            for (PendingRound round : inFlight) {
                if (round.ended && round instanceof GroupRound group) {
                    joining += group.size();
                    reuse(group);
                }
            }
            swap();
            trajectories -= leaving.size();
            for (TrajectoryRound one : leaving) {
                finished.add(one.trajectory);
            }
            // A listener may throw. Each trajectory is then in one list.
            for (TrajectoryRound one : leaving) {
                listener.left(one.summary(number));
            }
            leaving.clear();
        }

        @Override
        boolean works() {
            return !inFlight.isEmpty() || !inners[0].isEmpty() || (wants() && !finished.isEmpty());
        }

        @Override
        void clear() {
            super.clear();
            for (PendingRound round : inFlight) {
                if (round instanceof GroupRound group) {
                    group.release();
                }
                for (int i = 0; i < round.size(); i++) {
                    abandon(round.trajectory(i).trajectory);
                }
            }
            inFlight.clear();
            trajectories = 0;
            finished.forEach(this::discard);
            finished.clear();
        }

        private void abandon(TrackedTrajectory trajectory) {
            try {
                listener.abandoned(number, trajectory);
            } catch (Throwable e) {
                // The other trajectories must still be discarded.
                Faults.drop(e);
            }
            discard(trajectory);
        }
    }
}
