package io.scoreflux.internal.stream;

import io.scoreflux.solve.Trajectory;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/** The subscriber through which an operator of a rail receives trajectories. It records the signals of upstream and wakes the rail. */
final class InnerSubscriber implements CoreSubscriber<Trajectory> {
    private final RailOperator operator;
    /** Trajectories that have arrived and that the operator has not received yet. Demand bounds their number. */
    private final Queue<TrackedTrajectory> arrivals =
            Queues.<TrackedTrajectory>unbounded(32).get();

    /** The number of trajectories requested and not received. Used by the rail only. */
    private long underWay;

    /** Whether the custom stages before it form a chain of operators that take each trajectory once. */
    private volatile boolean linear;

    /** Whether trajectories have been requested. Operators that are created later work on single trajectories, or on some of them. */
    private volatile boolean started;

    /** The value of {@link StageTopology#copies()} at the first request, or 0. */
    private volatile int copies;

    /** Whether trajectories have arrived on threads that did not run the rail. */
    private volatile boolean fedByOtherThreads;

    private volatile boolean complete;
    private volatile @Nullable Subscription upstream;

    InnerSubscriber(RailOperator operator) {
        this.operator = operator;
    }

    @Override
    public void onSubscribe(Subscription s) {
        if (Operators.validate(upstream, s)) {
            linear = StageTopology.isLinear(s);
            upstream = s;
            if (operator.isCancelled()) {
                Faults.quietly(s::cancel);
            } else {
                operator.wake();
            }
        }
    }

    @Override
    public void onNext(Trajectory arrival) {
        try {
            if (!operator.runsOnThisThread()) {
                fedByOtherThreads = true;
            }
            TrackedTrajectory trajectory = operator.tracked(arrival);
            if (trajectory != null) {
                operator.arrived(trajectory);
                arrivals.offer(trajectory);
            }
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
        if (!operator.followsCustomStage()) {
            return context;
        }
        // Operators read their context when they are created.
        boolean perItem = started;
        return Operators.enableOnDiscard(context, what -> operator.discarded(this, what, perItem));
    }

    /** Returns the index of its operator in the chain. */
    int number() {
        return operator.number;
    }

    // Called by the operator.

    @Nullable
    TrackedTrajectory poll() {
        TrackedTrajectory trajectory = arrivals.poll();
        if (trajectory != null) {
            underWay--;
        }
        return trajectory;
    }

    /** Returns whether no more trajectories will arrive. Must be read before the last {@link #poll}. */
    boolean isComplete() {
        return complete;
    }

    /** Returns whether a discard before it is final at once, because the custom stages before it cannot branch. */
    boolean isLinear() {
        return linear;
    }

    /** Returns the value of {@link StageTopology#copies()} at the first request, or 0. */
    int copies() {
        return copies;
    }

    /** Returns whether trajectories have arrived on threads that did not run the rail. */
    boolean isFedByOtherThreads() {
        return fedByOtherThreads;
    }

    /** Returns whether the stages before it have completed, or the operator takes no more trajectories. */
    boolean isOver() {
        return complete || operator.isOver();
    }

    /** Returns whether it can request more trajectories. */
    boolean isOpen() {
        return !complete && upstream != null;
    }

    /** Returns the number of trajectories requested and not received, or 0 if none of them will be received. */
    long underWay() {
        return complete && arrivals.isEmpty() ? 0 : underWay;
    }

    void request(long n) {
        Subscription s = upstream;
        if (s != null) {
            if (!started) {
                started = true;
                if (operator.followsCustomStage() && !linear) {
                    copies = new StageTopology(this).copies();
                }
            }
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
