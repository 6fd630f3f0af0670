package io.scoreflux.stream;

import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * The serial loop of one subscription. Operators take note of a signal and {@link #wake} it; whichever thread finds it
 * asleep runs it, the others leave their signal and go. In turn it lets every operator move what it has, then asks all
 * trajectories in flight for their queries and has them answered in one round.
 */
final class Lane {
    private static final AtomicIntegerFieldUpdater<Lane> SIGNALS =
            AtomicIntegerFieldUpdater.newUpdater(Lane.class, "signals");

    private final Gateway gateway;
    private final Rows batch;
    private final List<LaneOperator> parts = new ArrayList<>();

    /** Signals not yet seen to, while the lane runs; 0 while it sleeps. */
    @SuppressWarnings("UnusedVariable") // Through SIGNALS.
    private volatile int signals;

    private @Nullable LaneOperator end;

    Lane(Gateway gateway) {
        this.gateway = gateway;
        this.batch = new Rows(gateway.dimension(), 1);
    }

    /** Operators join from the end of the chain to its beginning, as they are subscribed. */
    void join(LaneOperator part) {
        parts.add(part);
    }

    /** The operator at the end: its demand drives the lane. */
    void endsWith(LaneOperator inner) {
        end = inner;
        parts.add(inner);
    }

    /** Runs the lane unless it is running. */
    void wake() {
        if (SIGNALS.getAndIncrement(this) != 0) {
            return;
        }
        int seen = 1;
        do {
            run();
            seen = SIGNALS.addAndGet(this, -seen);
        } while (seen != 0);
    }

    private void run() {
        LaneOperator last = end;
        if (last == null) {
            return;
        }
        while (true) {
            boolean moved;
            do {
                moved = false;
                for (LaneOperator part : parts) {
                    moved |= part.move();
                }
            } while (moved && !last.isCancelled());
            if (last.isCancelled()) {
                parts.forEach(LaneOperator::clear);
                return;
            }
            // No work without demand: what was read ahead waits for the next request.
            if (!last.wants() || !round(last)) {
                return;
            }
        }
    }

    /**
     * One round of queries and answers; false if nothing is in flight. What concerns a sample is its trajectory's failure;
     * what is thrown here, by the virtual machine or by a faulty solver, ends the stream.
     */
    private boolean round(LaneOperator last) {
        try {
            batch.clear();
            for (LaneOperator part : parts) {
                part.ask(batch);
            }
            if (batch.count() == 0) {
                return false;
            }
            gateway.answer(batch, last::isCancelled);
            if (!last.isCancelled()) {
                for (LaneOperator part : parts) {
                    part.tell(batch, gateway);
                }
            }
        } catch (Throwable e) {
            last.fail(e);
        }
        return true;
    }
}
