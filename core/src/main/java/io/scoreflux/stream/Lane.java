package io.scoreflux.stream;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import reactor.util.concurrent.Queues;

/**
 * The serial loop of one subscription. Operators take note of a signal and {@link #wake} it; whichever thread finds it
 * asleep runs it, the others leave their signal and go. In turn it hands out answers that have come, lets
 * every operator move what it has, then has all trajectories that wait for nothing ask, and submits their queries together.
 */
final class Lane {
    private static final AtomicIntegerFieldUpdater<Lane> STATE =
            AtomicIntegerFieldUpdater.newUpdater(Lane.class, "state");

    private static final int IDLE = 0;
    private static final int RUNNING = 1;
    /** Running, and a signal has come since it last looked. */
    private static final int SIGNALLED = 2;

    /** Flights of this lane that wait for a call; the gateway's. */
    final Queue<Flight> waiting = new ArrayDeque<>();

    private final Gateway gateway;
    private final Queue<Flight> asking = new ArrayDeque<>();
    private final Queue<Flight> answered =
            Queues.<Flight>unboundedMultiproducer().get();
    private final List<LaneOperator> parts = new ArrayList<>();

    @SuppressWarnings("UnusedVariable") // Read through STATE.
    private volatile int state = IDLE;

    private volatile @Nullable Throwable fatal;
    private @Nullable LaneOperator end;
    private boolean left;

    Lane(Gateway gateway) {
        this.gateway = gateway;
    }

    /** Numbers in a row. */
    int dimension() {
        return gateway.info().dimension();
    }

    /** Takes back a flight whose answers are there, from the thread of a call; {@link #wake} must follow. */
    void answered(Flight flight) {
        answered.add(flight);
    }

    /** Whether nobody waits for samples any more; from any thread. */
    boolean isCancelled() {
        LaneOperator last = end;
        return last != null && last.isCancelled();
    }

    /** Ends the stream, from any thread, for what concerns more than a sample; {@link #wake} must follow. */
    void fail(Throwable e) {
        fatal = e;
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
                leave();
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
            tell(last);
            boolean moved;
            do {
                moved = false;
                for (LaneOperator part : parts) {
                    moved |= part.move();
                }
            } while (moved && !last.isCancelled());
            if (last.isCancelled()) {
                parts.forEach(LaneOperator::clear);
                leave();
                return;
            }
            // No work without demand: what was read ahead waits for the next request.
            if (!last.wants() || !ask(last)) {
                return;
            }
        }
    }

    private void leave() {
        if (!left) {
            left = true;
            gateway.leave(this);
        }
    }

    /**
     * Hands the answers that have come to their trajectories. What concerns a sample is its trajectory's failure; what is
     * thrown here, by the virtual machine or its linker, ends the stream.
     */
    private void tell(LaneOperator last) {
        Throwable e = fatal;
        if (e != null) {
            fatal = null;
            last.fail(e);
            return;
        }
        Flight flight = answered.poll();
        if (flight == null) {
            return;
        }
        try {
            do {
                flight.tell();
            } while ((flight = answered.poll()) != null);
            for (LaneOperator part : parts) {
                part.land();
            }
        } catch (Throwable thrown) {
            last.fail(thrown);
        }
    }

    /** Has all trajectories ask that wait for nothing; whether there is something to do at once. */
    private boolean ask(LaneOperator last) {
        boolean ended = false;
        try {
            for (LaneOperator part : parts) {
                ended |= part.ask(asking);
            }
        } catch (Throwable thrown) {
            last.fail(thrown);
            return true;
        }
        if (!asking.isEmpty()) {
            gateway.submit(this, asking);
        }
        return ended || fatal != null || !answered.isEmpty();
    }
}
