package io.scoreflux.internal.stream;

import io.scoreflux.solve.Trajectory;
import io.scoreflux.stream.Order;
import io.scoreflux.stream.StreamListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.Loggers;
import reactor.util.concurrent.Queues;

/**
 * The end of the rails of a subscription. It turns the subscriber's demand into bounded demand on the stages, and emits finished
 * trajectories in the order of delivery.
 */
final class DeliveryFlux extends Flux<TrackedTrajectory> {
    /** The time after which a stall of custom stages is logged: they may have lost a trajectory. */
    private static final Duration STALL_WARNING = Duration.ofSeconds(30);
    /**
     * The interval at which the stream checks whether a stage has ended work that gives no signal at its end. It affects when the stream
     * notices the end, and not the result.
     */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final Rails rails;
    private final Demand demand;
    private final long firstPlace;
    private final int stages;
    private final boolean mayLeaveOut;
    private final StreamListener listener;
    private final Flux<? extends Supplier<? extends OrderedRun>> starts;
    private final BiFunction<Rail, Flux<Trajectory>, Flux<Trajectory>> chain;

    /**
     * Creates a stream.
     *
     * @param rails creates the rails of each subscription
     * @param demand bounds on trajectories in progress, and the order of delivery
     * @param firstPlace the place that is delivered first
     * @param stages the number of stages of the sampler
     * @param mayLeaveOut whether there are custom stages, which may leave trajectories out
     * @param listener receives the events of trajectories
     * @param starts supplies the runs of the trajectories
     * @param chain applies the stages of a rail to the trajectories of this rail
     */
    DeliveryFlux(
            Rails rails,
            Demand demand,
            long firstPlace,
            int stages,
            boolean mayLeaveOut,
            StreamListener listener,
            Flux<? extends Supplier<? extends OrderedRun>> starts,
            BiFunction<Rail, Flux<Trajectory>, Flux<Trajectory>> chain) {
        this.rails = rails;
        this.demand = demand;
        this.firstPlace = firstPlace;
        this.stages = stages;
        this.mayLeaveOut = mayLeaveOut;
        this.listener = listener;
        this.starts = starts;
        this.chain = chain;
    }

    @Override
    public void subscribe(CoreSubscriber<? super TrackedTrajectory> actual) {
        List<Rail> running;
        try {
            running = rails.start();
        } catch (Throwable e) {
            Operators.error(actual, e);
            return;
        }
        PermitFlux<Supplier<? extends OrderedRun>> permits = new PermitFlux<>(starts);
        List<Flux<Supplier<? extends OrderedRun>>> parts = RailDistributor.parts(permits, running.size());
        List<Flux<Trajectory>> chains = new ArrayList<>(running.size());
        try {
            for (int i = 0; i < running.size(); i++) {
                Rail rail = running.get(i);
                chains.add(chain.apply(rail, parts.get(i).map(start -> started(start, rail))));
            }
        } catch (Throwable e) {
            // A custom stage may throw when it is applied.
            running.forEach(Rail::leave);
            Operators.error(actual, e);
            return;
        }
        // A single rail also delivers. Several rails deliver through a further one, which has no stages.
        Rail home = running.size() == 1
                ? running.get(0)
                : rails.meeting(running.get(0).time());
        Operator operator = new Operator(actual, home, running, permits);
        if (mayLeaveOut) {
            // If the source emits on other threads, the rails may be idle before a new trajectory is counted.
            permits.afterEach(operator::wake);
        }
        home.endsWith(operator);
        for (int i = 0; i < running.size(); i++) {
            running.get(i).endsWith(operator);
            try {
                chains.get(i).subscribe(operator.inners[i]);
            } catch (Throwable e) {
                // Reactor rethrows errors that it considers fatal instead of signalling them.
                operator.fail(e);
            }
        }
        try {
            actual.onSubscribe(operator);
        } catch (Throwable e) {
            operator.cancel();
            running.forEach(Rail::leave);
            throw e;
        }
        // Only after onSubscribe, because the source may already have failed.
        home.open();
        if (running.size() > 1) {
            running.forEach(Rail::open);
        }
    }

    private static Trajectory started(Supplier<? extends OrderedRun> start, Rail rail) {
        try {
            return new TrackedTrajectory(start.get(), rail.end());
        } catch (LinkageError | VirtualMachineError e) {
            // Reactor would rethrow it to the caller of request, possibly another rail, and the stream would receive no
            // signal.
            throw new IllegalStateException("a trajectory cannot start: " + e, e);
        }
    }

    private final class Operator extends RailOperator {
        private final Rail home;
        private final List<Rail> running;
        private final PermitFlux<?> permits;
        private final Finished finished;
        /** Reports of the rails about discarded and lost trajectories, in chronological order. */
        private final Queue<Runnable> reports =
                Queues.<Runnable>unboundedMultiproducer().get();

        private final OneShotTimer lookAgain = new OneShotTimer(this::wake);

        private final AtomicLong totalRequested = new AtomicLong();
        /** The number of trajectories requested before the last request. */
        private volatile long requestedEarlier;

        private int unemitted;
        /** The number of trajectories received, or left out by a stage. */
        private long ended;

        private final OneShotTimer stallTimer = new OneShotTimer(this::wake);
        /** The number of changes of any kind. */
        private long changes;

        /** The value of {@link #changes} when the stall timer was set, or -1 before that. */
        private long changesWhenScheduled = -1;

        private boolean warned;

        Operator(
                CoreSubscriber<? super TrackedTrajectory> downstream,
                Rail home,
                List<Rail> running,
                PermitFlux<?> permits) {
            super(downstream, home, stages, running.size());
            this.home = home;
            this.running = running;
            this.permits = permits;
            this.finished = demand.order() == Order.AS_READY ? new FinishedAsReady() : new FinishedInOrder(firstPlace);
        }

        @Override
        public void request(long n) {
            if (n > 0) {
                requestedEarlier = totalRequested.getAndUpdate(before -> Operators.addCap(before, n));
            }
            super.request(n);
            wakeAll();
        }

        @Override
        public void cancel() {
            super.cancel();
            // A custom stage that has ended does not pass the cancellation on.
            wakeAll();
        }

        private void wakeAll() {
            if (running.size() > 1) {
                // The rails are idle without demand.
                running.forEach(Rail::wake);
            }
        }

        @Override
        void over() {
            wakeAll();
        }

        @Override
        boolean followsCustomStage() {
            return mayLeaveOut;
        }

        /**
         * Records a discard. Another branch of the stage may pass the trajectory on. On a thread that runs a rail, the discard is therefore
         * deferred until the stage returns: then all branches on that thread have received the trajectory.
         */
        @Override
        void onDiscard(InnerSubscriber inner, Object what, boolean perItem) {
            if (what instanceof TrackedTrajectory trajectory && trajectory.end == this && !isOver()) {
                running.forEach(rail -> rail.passed(trajectory));
                Discarded gone = new Discarded(trajectory, inner, perItem);
                Rail here = railOnThisThread();
                if (here == null) {
                    onDiscarded(gone);
                } else {
                    here.deferDiscard(gone);
                }
            }
            Operators.onDiscard(what, downstream.currentContext());
        }

        @Override
        boolean runsOnThisThread() {
            return railOnThisThread() != null;
        }

        private @Nullable Rail railOnThisThread() {
            for (Rail rail : running) {
                if (rail.runsOnThisThread()) {
                    return rail;
                }
            }
            return home.runsOnThisThread() ? home : null;
        }

        @Override
        void onDiscarded(Discarded gone) {
            if (gone.isUnclaimed()) {
                report(() -> {
                    boolean first = trajectoryEnded(gone.trajectory());
                    // The trajectory is counted first, so that an arrival from now on is reported.
                    if (gone.isUnclaimed()) {
                        finished.skip(gone);
                    } else if (first) {
                        uncount(gone.trajectory());
                    }
                });
            }
        }

        @Override
        void cameBack(TrackedTrajectory trajectory) {
            // No wake: the trajectory is not in a queue yet, and its arrival wakes the rail.
            reports.add(() -> {
                if (trajectory.reached() < number) {
                    uncount(trajectory);
                }
                finished.await(trajectory);
            });
        }

        @Override
        void replaced(TrackedTrajectory trajectory) {
            report(() -> trajectoryEnded(trajectory));
        }

        private void report(Runnable what) {
            reports.add(what);
            wake();
        }

        private void readReports() {
            Runnable report;
            while ((report = reports.poll()) != null) {
                report.run();
            }
        }

        @Override
        void receive(TrackedTrajectory trajectory) {
            // Releases the machine, because the trajectory may wait for slower ones before it.
            if (!trajectory.run.retire()) {
                throw passedOnTwice(trajectory);
            }
            trajectoryEnded(trajectory);
            changes++;
            unemitted++;
            listener.finished(trajectory);
            finished.add(trajectory);
        }

        private boolean trajectoryEnded(TrackedTrajectory trajectory) {
            boolean first = trajectory.count();
            if (first) {
                ended++;
            }
            return first;
        }

        private void uncount(TrackedTrajectory trajectory) {
            if (trajectory.uncount()) {
                ended--;
            }
        }

        @Override
        void arrived(TrackedTrajectory trajectory) {
            if (mayLeaveOut) {
                // receive() rejects a trajectory that is passed on twice.
                markReached(trajectory);
                running.forEach(rail -> rail.passed(trajectory));
            }
        }

        @Override
        boolean emit(boolean complete) {
            readReports();
            home.time().runs(wants());
            boolean moved = false;
            while (wants() && !isCancelled()) {
                TrackedTrajectory trajectory = next(complete);
                if (trajectory == null) {
                    break;
                }
                moved = true;
                unemitted--;
                listener.delivered(trajectory);
                // Stops the clock before the last requested trajectory is sent: the time that the subscriber takes does
                // not count.
                home.time().runs(wanted() > 1);
                send(trajectory);
            }
            home.time().runs(wants());
            return moved;
        }

        private @Nullable TrackedTrajectory next(boolean complete) {
            TrackedTrajectory trajectory;
            DiscardedPlace place;
            while ((trajectory = finished.poll(complete)) == null
                    && (place = finished.undecided()) != null
                    && place.inner().isOver()
                    && (place.inner().number() < number || place.inner().isEmpty())) {
                // Trajectories that the stage passed on before it completed are in the reports.
                readReports();
                finished.settle(place.inner(), any -> true);
            }
            return trajectory;
        }

        @Override
        boolean drained() {
            return unemitted == 0;
        }

        @Override
        boolean requestMore(long wanted) {
            long outstanding = 0;
            for (InnerSubscriber inner : inners) {
                outstanding += inner.underWay();
            }
            long earlier = requestedEarlier;
            boolean moved = request(shares(demand.more(wanted, earlier, outstanding, unemitted)));
            long unfinished = permits.started() - ended;
            moved |= permits.grant(demand.more(wanted, earlier, unfinished, unemitted));
            if (!mayLeaveOut) {
                return moved;
            }
            if (moved || wanted == 0 || requestHeld(unfinished)) {
                changes++;
                return moved || wanted > 0;
            }
            return false;
        }

        /**
         * Handles custom stages that hold or lose the trajectory to be delivered next.
         *
         * @return whether it requested a trajectory, skipped a place or failed the stream
         */
        private boolean requestHeld(long unfinished) {
            if (request(toEach(inner -> inner.underWay() == 0))) {
                // A custom stage in a rail without outstanding requests may hold trajectories that are ready.
                return true;
            }
            if (!rests()) {
                changes++;
                return false;
            }
            DiscardedPlace next = finished.undecided();
            StageTopology stage = next == null ? null : new StageTopology(next.inner());
            if (next != null && stage != null) {
                if (finished.settle(next.inner(), stage::isFinal)) {
                    return true;
                }
                if (stage.isWorking() && !lookAgain.isScheduled()) {
                    lookAgain.schedule(LOOK_AGAIN.toNanos());
                }
            }
            if (!permits.isShort()) {
                changes++;
                return false;
            }
            if (demand.hasRoom(unfinished, unemitted)) {
                // A stage that requests more may collect several trajectories before it passes them on.
                return permits.grant(1);
            }
            if (unfinished == 0 && next != null && stage != null && stage.isProbablyFinal(next)) {
                // The stream cannot proceed otherwise.
                return finished.settle(next.inner(), place -> place == next);
            }
            if (unfinished > 0 || next != null) {
                warnIfStalled(unfinished);
                return false;
            }
            fail(new IllegalStateException(
                    "a stage passed on " + unemitted + " trajectories but not the one that is to be delivered"
                            + " next, and holds none; a stage must pass on each"
                            + " trajectory once or discard it"));
            return true;
        }

        /** Logs a long stall. Short stalls are normal: a stage that passes trajectories to a slow thread stalls between any two of them. */
        private void warnIfStalled(long unfinished) {
            if (warned || stallTimer.isScheduled()) {
                return;
            }
            if (changesWhenScheduled == changes) {
                warned = true;
                Loggers.getLogger("io.scoreflux.stream")
                        .warn(
                                "custom stages have passed nothing on for {}. They hold {} trajectories, {} more wait"
                                        + " behind them, and the concurrency of {} allows no more. Nothing is computed"
                                        + " until the stages pass some on. A stage that collects trajectories must"
                                        + " collect fewer. A stage that leaves trajectories out must discard them. If a"
                                        + " branch takes longer, use Order.AS_READY.",
                                STALL_WARNING,
                                unfinished,
                                unemitted,
                                demand.concurrency());
                return;
            }
            changesWhenScheduled = changes;
            stallTimer.schedule(STALL_WARNING.toNanos());
        }

        private long[] toEach(Predicate<InnerSubscriber> which) {
            long[] shares = new long[inners.length];
            Arrays.setAll(shares, i -> inners[i].isOpen() && which.test(inners[i]) ? 1 : 0);
            return shares;
        }

        private boolean rests() {
            return running.size() == 1 ? !home.works() : running.stream().allMatch(Rail::rests);
        }

        private boolean request(long[] shares) {
            boolean requested = false;
            for (int i = 0; i < shares.length; i++) {
                if (shares[i] > 0) {
                    inners[i].request(shares[i]);
                    requested = true;
                }
            }
            return requested;
        }

        /** Divides {@code more} among the rails so that all have about the same number of outstanding requests. */
        private long[] shares(long more) {
            long[] shares = new long[inners.length];
            long[] underWay = new long[inners.length];
            Arrays.setAll(underWay, i -> inners[i].underWay());
            for (long k = 0; k < more; k++) {
                int least = -1;
                for (int i = 0; i < inners.length; i++) {
                    if (inners[i].isOpen() && (least < 0 || underWay[i] < underWay[least])) {
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
        boolean ask() {
            return false;
        }

        @Override
        void removeFinished() {}

        @Override
        boolean works() {
            return false;
        }

        @Override
        void clear() {
            super.clear();
            lookAgain.dispose();
            stallTimer.dispose();
            finished.clear();
            reports.clear();
        }
    }
}
