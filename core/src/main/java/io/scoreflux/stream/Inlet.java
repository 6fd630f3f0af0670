package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/** Where trajectories come into an operator of a lane: takes note of upstream's signals and wakes the operator's lane. */
final class Inlet implements CoreSubscriber<Trajectory> {
    private final LaneOperator operator;
    /** What came and was not yet received; its length is bounded by what was requested. */
    private final Queue<Trajectory> arrivals = Queues.<Trajectory>unbounded(32).get();

    /** Discards of the custom stage before this inlet, from any thread. */
    private final Queue<Discarded> discards =
            Queues.<Discarded>unboundedMultiproducer().get();
    /** Discards whose trajectories may still be in another branch of that stage; used by the lane only. */
    private final Queue<Discarded> tentative = new ArrayDeque<>();

    /** Requested and not received; the lane's. */
    private long underWay;

    private volatile boolean complete;
    private volatile @Nullable Subscription upstream;

    Inlet(LaneOperator operator) {
        this.operator = operator;
    }

    @Override
    public void onSubscribe(Subscription s) {
        if (Operators.validate(upstream, s)) {
            upstream = s;
            if (operator.isCancelled()) {
                Faults.quietly(s::cancel);
            } else {
                operator.wake();
            }
        }
    }

    @Override
    public void onNext(Trajectory trajectory) {
        try {
            operator.arrived(trajectory);
            arrivals.offer(trajectory);
        } catch (Throwable e) {
            operator.fail(e);
        }
        operator.wake();
    }

    @Override
    public void onError(Throwable e) {
        operator.fail(e);
        operator.wake();
    }

    @Override
    public void onComplete() {
        complete = true;
        operator.wake();
    }

    @Override
    public Context currentContext() {
        Context context = operator.downstream.currentContext();
        return operator.followsCustomStage()
                ? Operators.enableOnDiscard(context, what -> operator.discarded(this, what))
                : context;
    }

    /** The position of its operator in the chain. */
    int number() {
        return operator.number;
    }

    /** Adds a discard, after the branches on the discarding thread have returned; from any thread. */
    void addDiscard(Discarded gone) {
        discards.add(gone);
        operator.discardAdded(this);
    }

    // For the operator.

    @Nullable
    Trajectory poll() {
        Trajectory trajectory = arrivals.poll();
        if (trajectory != null) {
            underWay--;
        }
        return trajectory;
    }

    /** Whether no more will come than has; to be read before the last {@link #poll}. */
    boolean isComplete() {
        return complete;
    }

    /** Must be called before the last {@link #poll}: a trajectory that arrived before its discard is then in the queue. */
    void drainDiscards() {
        Discarded gone;
        while ((gone = discards.poll()) != null) {
            tentative.add(gone);
        }
    }

    /**
     * The next final discard, or null. A discard is final if the stage has not passed the trajectory on although demand was left: a branch
     * holds trajectories back only while there is no demand.
     *
     * @param ended whether the stage has completed
     */
    @Nullable
    Discarded pollDiscarded(boolean ended) {
        return ended || (underWay > 0 && arrivals.isEmpty()) ? tentative.poll() : null;
    }

    /** Whether it can be requested from. */
    boolean isOpen() {
        return !complete && upstream != null;
    }

    /** How many are requested and will still come, as far as is known. */
    long underWay() {
        return complete && arrivals.isEmpty() ? 0 : underWay;
    }

    void request(long n) {
        Subscription s = upstream;
        if (s != null) {
            underWay += n;
            s.request(n);
        }
    }

    void cancel() {
        Subscription s = upstream;
        if (s != null) {
            s.cancel();
        }
    }

    boolean isEmpty() {
        return arrivals.isEmpty();
    }

    @Nullable
    Subscription upstream() {
        return upstream;
    }
}
