package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/** An operator of a lane between its upstream and its downstream: takes note of signals from any thread and wakes the lane. */
abstract class LaneOperator implements CoreSubscriber<Trajectory>, Subscription, Scannable {
    private static final AtomicLongFieldUpdater<LaneOperator> REQUESTED =
            AtomicLongFieldUpdater.newUpdater(LaneOperator.class, "requested");

    final CoreSubscriber<? super Trajectory> downstream;
    private final Lane lane;
    /** What came from upstream; its length is bounded by what was requested there. */
    private final Queue<Trajectory> arrivals = Queues.<Trajectory>unbounded(32).get();

    private volatile long requested;
    private volatile boolean cancelled;
    private volatile boolean sourceDone;
    private volatile @Nullable Throwable failure;
    private @Nullable Subscription upstream;

    /** Whether downstream has had its last signal; touched by the lane alone. */
    boolean terminated;

    LaneOperator(CoreSubscriber<? super Trajectory> downstream, Lane lane) {
        this.downstream = downstream;
        this.lane = lane;
    }

    // Signals, from any thread.

    @Override
    public void onSubscribe(Subscription s) {
        if (Operators.validate(upstream, s)) {
            upstream = s;
            downstream.onSubscribe(this);
        }
    }

    @Override
    public void onNext(Trajectory trajectory) {
        arrivals.offer(trajectory);
        lane.wake();
    }

    @Override
    public void onError(Throwable e) {
        fail(e);
        lane.wake();
    }

    @Override
    public void onComplete() {
        sourceDone = true;
        lane.wake();
    }

    @Override
    public void request(long n) {
        if (n <= 0) {
            failure = new IllegalArgumentException("request must be greater than 0, was " + n + " (rule 3.9)");
        } else {
            Operators.addCap(REQUESTED, this, n);
        }
        lane.wake();
    }

    @Override
    public void cancel() {
        cancelled = true;
        Subscription s = upstream;
        if (s != null) {
            s.cancel();
        }
        lane.wake();
    }

    // For the lane.

    /** Moves what can be moved without a model call; true if something moved. */
    final boolean move() {
        if (terminated || cancelled) {
            return false;
        }
        Throwable e = failure;
        if (e != null) {
            terminated = true;
            cancel();
            downstream.onError(e);
            return true;
        }
        // Read before the queue: what came before completion is in it.
        boolean complete = sourceDone;
        boolean moved = false;
        Trajectory trajectory;
        while ((trajectory = arrivals.poll()) != null) {
            moved = true;
            receive(trajectory);
        }
        moved |= emit();
        if (terminated || cancelled) {
            return true;
        }
        if (complete && drained()) {
            terminated = true;
            downstream.onComplete();
            return true;
        }
        Subscription s = upstream;
        long more = complete || s == null ? 0 : more(requested);
        if (s == null || more <= 0) {
            return moved;
        }
        s.request(more);
        return true;
    }

    /** Takes one trajectory from upstream. */
    abstract void receive(Trajectory trajectory);

    /** Emits what is ready and requested; true if something was. */
    abstract boolean emit();

    /** Whether nothing that was received is left to emit. */
    abstract boolean drained();

    /** How many more to request upstream, counted as requested by this call; not positive for none. */
    abstract long more(long wanted);

    /** Has trajectories in flight that wait for nothing ask, and adds them; true if one ended by that. */
    abstract boolean ask(Queue<Flight> asking);

    /** Takes those out of flight that have landed. */
    abstract void land();

    /** Lets go of everything. */
    void clear() {
        arrivals.clear();
    }

    /** Ends the stream; for what concerns more than a sample. */
    final void fail(Throwable e) {
        if (terminated || cancelled) {
            Operators.onErrorDropped(e, currentContext());
        } else {
            failure = e;
        }
    }

    /** Lets go of everything and stops upstream, without waking the lane. */
    final void abandon() {
        cancelled = true;
        Subscription s = upstream;
        if (s != null) {
            s.cancel();
        }
        clear();
    }

    /** Whether something requested is still to be emitted. */
    final boolean wants() {
        return !terminated && requested > 0;
    }

    /** Whether downstream has gone. */
    final boolean isCancelled() {
        return cancelled;
    }

    final void send(Trajectory trajectory) {
        if (requested != Long.MAX_VALUE) {
            REQUESTED.decrementAndGet(this);
        }
        downstream.onNext(trajectory);
    }

    @Override
    public Context currentContext() {
        return downstream.currentContext();
    }

    @Override
    @SuppressWarnings("rawtypes") // As the interface has it.
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PARENT) {
            return upstream;
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
        return key == Attr.REQUESTED_FROM_DOWNSTREAM ? (Object) requested : null;
    }
}
