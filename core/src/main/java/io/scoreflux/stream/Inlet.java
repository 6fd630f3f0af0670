package io.scoreflux.stream;

import io.scoreflux.solve.Trajectory;
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
            operator.passed(trajectory);
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
        return operator.contextForUpstream();
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
