package io.scoreflux.internal.stream;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.solve.Trajectory;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;

/** An operator of a rail between its inners and its downstream: takes note of signals from any thread and wakes the rail. */
abstract class RailOperator implements Subscription, Scannable {
    private static final AtomicLongFieldUpdater<RailOperator> REQUESTED =
            AtomicLongFieldUpdater.newUpdater(RailOperator.class, "requested");

    private static final AtomicReferenceFieldUpdater<RailOperator, @Nullable Throwable> FAILURE =
            AtomicReferenceFieldUpdater.newUpdater(RailOperator.class, Throwable.class, "failure");

    /** Instead of the next deadline: a trajectory failed because its deadline has passed. Less than every deadline. */
    static final long EXPIRED = Long.MIN_VALUE;

    final CoreSubscriber<? super TrackedTrajectory> downstream;
    /** One for each upstream. */
    final InnerSubscriber[] inners;

    /** Its position in the chain, from 0. */
    final int number;

    private final Rail rail;

    private volatile long requested;
    private volatile boolean cancelled;
    private volatile @Nullable Throwable failure;
    /** Whether downstream has had its last signal; written by the rail alone. */
    private volatile boolean terminated;
    /** The rail's. */
    private boolean signalling;

    RailOperator(CoreSubscriber<? super TrackedTrajectory> downstream, Rail rail, int number, int upstreams) {
        this.downstream = downstream;
        this.number = number;
        this.rail = rail;
        this.inners = new InnerSubscriber[upstreams];
        for (int i = 0; i < upstreams; i++) {
            inners[i] = new InnerSubscriber(this);
        }
        rail.join(this);
    }

    // Signals, from any thread.

    /** Wakes the rail for a signal; drops errors, because the sender must not receive them. */
    final void wake() {
        try {
            rail.wake();
        } catch (Throwable e) {
            drop(e);
        }
    }

    /** The engine's form of a trajectory that came out of the stages before; null, and the stream fails, if it is of another stream. */
    final @Nullable TrackedTrajectory tracked(Trajectory trajectory) {
        if (trajectory instanceof TrackedTrajectory tracked && tracked.end == rail.end()) {
            return tracked;
        }
        rail.fail(new IllegalStateException("a stage passed on a trajectory of another stream, with index "
                + trajectory.index() + "; a stage must pass on only trajectories that it receives"));
        return null;
    }

    /** A trajectory came out of the stages before. */
    void arrived(TrackedTrajectory trajectory) {
        if (!markReached(trajectory)) {
            rail.fail(passedOnTwice(trajectory));
        }
        rail.passed(trajectory);
        if (trajectory.isCounted()) {
            trajectory.end.cameBack(trajectory);
        }
    }

    /** Whether this thread runs the rail of the stages before this operator. */
    boolean runsOnThisThread() {
        return rail.runsOnThisThread();
    }

    /** Marks that a trajectory has reached this operator; false if it had reached it before. */
    final boolean markReached(TrackedTrajectory trajectory) {
        return trajectory.enter(number);
    }

    static IllegalStateException passedOnTwice(TrackedTrajectory trajectory) {
        return new IllegalStateException("a stage passed on trajectory " + trajectory.place
                + " twice; a stage must pass on each trajectory once or discard it");
    }

    /** A custom stage before an inner discarded something. */
    final void discarded(InnerSubscriber inner, Object what, boolean perItem) {
        rail.end().onDiscard(inner, what, perItem);
    }

    /** A custom stage before an inner of any operator discarded something; for the operator at the end. */
    void onDiscard(InnerSubscriber inner, Object what, boolean perItem) {}

    /** A trajectory that is counted as ended has come out of a stage after all; from any rail, for the operator at the end. */
    void cameBack(TrackedTrajectory trajectory) {}

    /** The stages that may pass a discarded trajectory on, on the discarding rail's thread, have returned; for the operator at the end. */
    void onDiscarded(Discarded gone) {}

    /** Whether a custom stage before this operator may discard trajectories. */
    abstract boolean followsCustomStage();

    @Override
    public void request(long n) {
        if (n <= 0) {
            fail(new InvalidArgumentException("n", "must be greater than 0 in request(n) (rule 3.9)", n));
        } else {
            Operators.addCap(REQUESTED, this, n);
        }
        rail.wake();
    }

    @Override
    public void cancel() {
        cancelUpstream();
        rail.wake();
    }

    /** Ends the stream; for what concerns more than a sample. The first counts. {@link #wake} must follow. */
    final void fail(Throwable e) {
        // Each rail of a scheduler reports that it is gone; one report is enough.
        if ((terminated || cancelled || !FAILURE.compareAndSet(this, null, e))
                && !(e instanceof SchedulerGoneException)) {
            drop(e);
        }
    }

    private void drop(Throwable e) {
        try {
            Faults.drop(e, downstream.currentContext());
        } catch (Throwable thrown) {
            // The subscriber's context threw as well.
            Faults.drop(e);
        }
    }

    // For the rail.

    /** Moves what can be moved without a model call; true if something moved. */
    final boolean move() {
        if (terminated || cancelled) {
            if (cancelled) {
                // By a stage after it that has ended; what it holds is left out of the stream.
                clear();
            }
            return false;
        }
        Throwable e = failure;
        if (e != null) {
            try {
                cancel();
            } finally {
                end(e);
            }
            return true;
        }
        boolean moved = false;
        boolean complete = true;
        for (InnerSubscriber inner : inners) {
            // Read before the queue: what came before completion is in it.
            complete &= inner.isComplete();
            TrackedTrajectory trajectory;
            while ((trajectory = inner.poll()) != null) {
                moved = true;
                try {
                    receive(trajectory);
                } catch (RuntimeException thrown) {
                    fail(thrown);
                    return true;
                }
            }
        }
        moved |= emit(complete);
        if (terminated || cancelled) {
            return true;
        }
        if (complete && drained()) {
            end(null);
            return true;
        }
        return requestMore(requested) || moved;
    }

    private void end(@Nullable Throwable e) {
        terminated = true;
        signalling = true;
        if (e == null) {
            downstream.onComplete();
        } else {
            downstream.onError(e);
        }
        signalling = false;
        over();
    }

    /**
     * Terminates the stream after its rail has stopped running. A subscriber that has just thrown from a signal still receives this one:
     * operators in between pass it on to the final subscriber.
     */
    final void terminateWith(Throwable e) {
        if (isOver()) {
            if (!signalling) {
                drop(e);
            }
            return;
        }
        Throwable first = failure;
        try {
            end(first == null ? e : first);
        } catch (Throwable thrown) {
            drop(thrown);
        }
    }

    /** Whether a signal to downstream has not returned yet, or threw. */
    final boolean isSignalling() {
        return signalling;
    }

    /** Takes one trajectory from upstream. */
    abstract void receive(TrackedTrajectory trajectory);

    /**
     * Emits what is ready and requested; true if something was.
     *
     * @param complete whether upstream has nothing more
     */
    abstract boolean emit(boolean complete);

    /** Whether nothing that was received is left to emit. */
    abstract boolean drained();

    /** Requests more upstream if there should be more under way for {@code wanted}; true if it did. */
    abstract boolean requestMore(long wanted);

    /** Has trajectories in flight that wait for nothing ask, and adds them; true if one ended by that. */
    abstract boolean ask(Queue<PendingRound> asking);

    /**
     * Fails trajectories in flight that wait for answers beyond their deadline.
     *
     * @return the next deadline of those that still wait; {@link #EXPIRED} if one failed; {@link Long#MAX_VALUE} if none waits
     */
    long expire() {
        return Long.MAX_VALUE;
    }

    /** Removes the trajectories that have reached their target from those in flight. */
    abstract void removeFinished();

    /** Whether it has something to work on. */
    abstract boolean works();

    /** A stage of one's own has had another trajectory requested in the place of this one; from any rail. */
    void replaced(TrackedTrajectory trajectory) {}

    /** Downstream has had its last signal. */
    void over() {}

    /** Lets go of everything, by Reactor's hook for what is discarded; more may come. */
    void clear() {
        for (InnerSubscriber inner : inners) {
            TrackedTrajectory trajectory;
            while ((trajectory = inner.poll()) != null) {
                discard(trajectory);
            }
        }
    }

    final void discard(TrackedTrajectory trajectory) {
        // With the hook of the stage after this operator, because the trajectory has reached this operator.
        Operators.onDiscard(trajectory, downstream.currentContext());
    }

    /** Lets go of everything and stops upstream, without waking the rail. */
    final void abandon() {
        cancelUpstream();
        try {
            clear();
        } catch (Throwable e) {
            drop(e);
        }
    }

    private void cancelUpstream() {
        cancelled = true;
        for (InnerSubscriber inner : inners) {
            try {
                inner.cancel();
            } catch (Throwable e) {
                // Thrown by a user's stage or source; the other inners must still be cancelled.
                drop(e);
            }
        }
    }

    /** Requested and not yet emitted. */
    final long wanted() {
        return requested;
    }

    /** Whether something requested is still to be emitted. */
    final boolean wants() {
        return !terminated && requested > 0;
    }

    /** Whether downstream has gone. */
    final boolean isCancelled() {
        return cancelled;
    }

    /** Whether downstream has gone or has had its last signal. */
    final boolean isOver() {
        return cancelled || terminated;
    }

    final void send(TrackedTrajectory trajectory) {
        if (requested != Long.MAX_VALUE) {
            REQUESTED.decrementAndGet(this);
        }
        signalling = true;
        downstream.onNext(trajectory);
        signalling = false;
    }

    @Override
    @SuppressWarnings("rawtypes") // As the interface has it.
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PARENT) {
            return inners.length == 1 ? inners[0].upstream() : null;
        }
        if (key == Attr.ACTUAL) {
            return downstream;
        }
        if (key == Attr.CANCELLED) {
            return cancelled;
        }
        if (key == Attr.TERMINATED) {
            return terminated;
        }
        if (key == Attr.ERROR) {
            return failure;
        }
        return key == Attr.REQUESTED_FROM_DOWNSTREAM ? (Object) requested : null;
    }
}
