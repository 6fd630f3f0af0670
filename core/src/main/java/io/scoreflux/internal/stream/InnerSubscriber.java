package io.scoreflux.internal.stream;

import io.scoreflux.solve.Trajectory;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/** Where trajectories come into an operator of a rail: takes note of upstream's signals and wakes the operator's rail. */
final class InnerSubscriber implements CoreSubscriber<Trajectory> {
    private final RailOperator operator;
    /** What came and was not yet received; its length is bounded by what was requested. */
    private final Queue<TrackedTrajectory> arrivals =
            Queues.<TrackedTrajectory>unbounded(32).get();

    /** Requested and not received; the rail's. */
    private long underWay;

    /** Whether the custom stages before it are a chain of operators that take each trajectory once. */
    private volatile boolean linear;

    /** Whether it has been requested from: operators that are made later work on single trajectories, or on some of them. */
    private volatile boolean started;

    /** What the stage before it showed when it was first requested from. */
    private volatile int copies;

    /** Whether trajectories have come from threads that did not run the rail. */
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
        // Operators read their context when they are made.
        boolean perItem = started;
        return Operators.enableOnDiscard(context, what -> operator.discarded(this, what, perItem));
    }

    /** The position of its operator in the chain. */
    int number() {
        return operator.number;
    }

    // For the operator.

    @Nullable
    TrackedTrajectory poll() {
        TrackedTrajectory trajectory = arrivals.poll();
        if (trajectory != null) {
            underWay--;
        }
        return trajectory;
    }

    /** Whether no more will come than has; to be read before the last {@link #poll}. */
    boolean isComplete() {
        return complete;
    }

    /** Whether a discard before it is final at once, because the custom stages there cannot branch. */
    boolean isLinear() {
        return linear;
    }

    /** {@link StageTopology#copies()} when it was first requested from, or 0. */
    int copies() {
        return copies;
    }

    /** Whether trajectories have come from threads that did not run the rail. */
    boolean isFedByOtherThreads() {
        return fedByOtherThreads;
    }

    /** Whether the stages before it pass nothing on any more, or nobody takes it. */
    boolean isOver() {
        return complete || operator.isOver();
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
