package io.scoreflux.internal.stream;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.solve.Trajectory;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;

/** An operator of a rail, between its inner subscribers and its downstream. It records signals from any thread and wakes the rail. */
abstract class RailOperator implements Subscription, Scannable {
    private static final AtomicLongFieldUpdater<RailOperator> REQUESTED =
            AtomicLongFieldUpdater.newUpdater(RailOperator.class, "requested");

    private static final AtomicReferenceFieldUpdater<RailOperator, @Nullable Throwable> FAILURE =
            AtomicReferenceFieldUpdater.newUpdater(RailOperator.class, Throwable.class, "failure");

    /** Stands for the next deadline if a trajectory failed because its deadline has passed. Less than every deadline. */
    static final long EXPIRED = Long.MIN_VALUE;

    final CoreSubscriber<? super TrackedTrajectory> downstream;
    /** One inner subscriber for each upstream. */
    final InnerSubscriber[] inners;

    /** The index of the operator in the chain, from 0. */
    final int number;

    private final Rail rail;

    private volatile long requested;
    private volatile boolean cancelled;
    private volatile @Nullable Throwable failure;
    /** Whether downstream has received its last signal. Written by the rail only. */
    private volatile boolean terminated;
    /** Whether a signal to downstream has not returned yet, or threw. Used by the rail only. */
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

    /** Wakes the rail for a signal. Drops errors, because the sender must not receive them. */
    final void wake() {
        try {
            rail.wake();
        } catch (Throwable e) {
            drop(e);
        }
    }

    /** Returns the engine's form of a trajectory that arrived. If it belongs to another stream, returns null, and this stream fails. */
    final @Nullable TrackedTrajectory tracked(Trajectory trajectory) {
        if (trajectory instanceof TrackedTrajectory tracked && tracked.end == rail.end()) {
            return tracked;
        }
        rail.fail(new IllegalStateException("a stage passed on a trajectory of another stream, with index "
                + trajectory.index() + "; a stage must pass on only trajectories that it receives"));
        return null;
    }

    /** Records that a trajectory arrived from the stages before. */
    void arrived(TrackedTrajectory trajectory) {
        if (!markReached(trajectory)) {
            rail.fail(passedOnTwice(trajectory));
        }
        rail.passed(trajectory);
        if (trajectory.isCounted()) {
            trajectory.end.cameBack(trajectory);
        }
    }

    /** Returns whether the current thread runs the rail of the stages before this operator. */
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

    /** Records that a custom stage before an inner subscriber discarded an object. */
    final void discarded(InnerSubscriber inner, Object what, boolean perItem) {
        rail.end().onDiscard(inner, what, perItem);
    }

    /** Handles a discard before an inner subscriber of any operator. Called for the operator at the end. */
    void onDiscard(InnerSubscriber inner, Object what, boolean perItem) {}

    /** Handles a trajectory that is counted as ended and has arrived after all. Called by any rail, for the operator at the end. */
    void cameBack(TrackedTrajectory trajectory) {}

    /**
     * Handles a discard after the stages that may pass the trajectory on have returned, if a rail runs on the discarding thread. Called for
     * the operator at the end.
     */
    void onDiscarded(Discarded gone) {}

    /** Returns whether a custom stage before this operator may discard trajectories. */
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

    /** Ends the stream because of an error that affects more than a sample. The first error counts. {@link #wake} must follow. */
    final void fail(Throwable e) {
        // Each rail reports that its scheduler was disposed of; one report is enough.
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

    // Called by the rail.

    /** Moves trajectories as far as possible without a model call; true if something moved. */
    final boolean move() {
        if (terminated || cancelled) {
            if (cancelled) {
                // Cancelled by a later stage that has ended: the stream leaves out what this operator holds.
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
            // Read before the queue, which then contains everything that arrived before completion.
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
     * Terminates the stream after its rail has stopped running. Sends the signal even if the subscriber has just thrown from another one:
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

    /** Returns whether a signal to downstream has not returned yet, or threw. */
    final boolean isSignalling() {
        return signalling;
    }

    /** Receives a trajectory from upstream. */
    abstract void receive(TrackedTrajectory trajectory);

    /**
     * Emits the requested trajectories that are ready; true if it emitted any.
     *
     * @param complete whether no more trajectories will arrive from upstream
     */
    abstract boolean emit(boolean complete);

    /** Returns whether no received trajectory is left to emit. */
    abstract boolean drained();

    /** Requests more from upstream if the outstanding requests do not cover {@code wanted}; true if it did. */
    abstract boolean requestMore(long wanted);

    /** Adds new rounds of the trajectories in flight that do not wait for values; true if a trajectory ended instead. */
    abstract boolean ask();

    /**
     * Fails trajectories in flight that wait for values beyond their deadline.
     *
     * @return the next deadline of those that still wait; {@link #EXPIRED} if one failed; {@link Long#MAX_VALUE} if none waits
     */
    long expire() {
        return Long.MAX_VALUE;
    }

    /** Removes the trajectories that have reached the end of the stage from those in flight. */
    abstract void removeFinished();

    /** Returns whether it has trajectories to work on. */
    abstract boolean works();

    /** Records that a custom stage has requested another trajectory in place of this one. Called by any rail. */
    void replaced(TrackedTrajectory trajectory) {}

    /** Called after downstream has received its last signal. */
    void over() {}

    /** Passes all trajectories that it holds to Reactor's discard hook. More trajectories may arrive later. */
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

    /** Cancels upstream and discards all trajectories, without waking the rail. */
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
                // Thrown by a custom stage or a source; the other inner subscribers must still be cancelled.
                drop(e);
            }
        }
    }

    /** Returns the number of trajectories requested and not yet emitted. */
    final long wanted() {
        return requested;
    }

    /** Returns whether requested trajectories are still to be emitted. */
    final boolean wants() {
        return !terminated && requested > 0;
    }

    /** Returns whether the operator was cancelled. */
    final boolean isCancelled() {
        return cancelled;
    }

    /** Returns whether the operator was cancelled or has sent its last signal. */
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
    @SuppressWarnings("rawtypes") // The interface declares a raw type.
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
