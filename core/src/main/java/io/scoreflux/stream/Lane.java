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
    private static final AtomicIntegerFieldUpdater<Lane> STATE =
            AtomicIntegerFieldUpdater.newUpdater(Lane.class, "state");

    private static final int IDLE = 0;
    private static final int RUNNING = 1;
    /** Running, and a signal has come since it last looked. */
    private static final int SIGNALLED = 2;

    private final Gateway gateway;
    private final Rows batch;
    private final List<LaneOperator> parts = new ArrayList<>();

    @SuppressWarnings("UnusedVariable") // Read through STATE.
    private volatile int state = IDLE;

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

    /**
     * Runs the lane unless it is running.
     *
     * <p>Nothing of ours throws here; what the subscriber throws from a signal, against rule 2.13 of Reactive Streams, cancels the
     * subscription and goes to the caller.
     */
    void wake() {
        if (STATE.getAndSet(this, SIGNALLED) != IDLE) {
            return;
        }
        do {
            state = RUNNING;
            try {
                run();
            } catch (Throwable e) {
                parts.forEach(LaneOperator::abandon);
                state = IDLE;
                throw e;
            }
        } while (!STATE.compareAndSet(this, RUNNING, IDLE));
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
     * what is thrown here, by the virtual machine or its linker, ends the stream.
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
