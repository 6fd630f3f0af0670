package io.scoreflux.internal.stream;

import java.util.Arrays;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/**
 * A serial loop of a subscription. Operators record a signal and {@link #wake} the rail. A thread that wakes an idle rail runs it, or has
 * its worker run it; other threads return at once. The loop passes on the values that have arrived, lets every operator move its
 * trajectories, collects the queries of all trajectories that do not wait for values, and submits these queries together.
 */
final class Rail implements Linked<Rail> {
    private static final AtomicIntegerFieldUpdater<Rail> STATE =
            AtomicIntegerFieldUpdater.newUpdater(Rail.class, "state");

    private static final AtomicReferenceFieldUpdater<Rail, @Nullable TrackedTrajectory> PASSING =
            AtomicReferenceFieldUpdater.newUpdater(Rail.class, TrackedTrajectory.class, "passing");

    private static final AtomicIntegerFieldUpdater<Rail> LEFT =
            AtomicIntegerFieldUpdater.newUpdater(Rail.class, "left");

    private static final int IDLE = 0;
    private static final int RUNNING = 1;
    /** Running or about to run, and a signal has arrived since the loop last started. */
    private static final int SIGNALLED = 2;

    /** Rounds of this rail that wait for a call. Used by the gateway only. */
    final LinkedQueue<PendingRound> waiting = new LinkedQueue<>();
    /** A group without trajectories, for the next stage that forms one, or null. */
    @Nullable
    GroupRound spareGroup;

    /** The next rail that waits for a call. Used by the gateway only. */
    private @Nullable Rail next;

    private final BatchGateway gateway;
    private final BatchGateway.Command leaveCommand;
    private final Scheduler.@Nullable Worker worker;
    private final @Nullable SchedulerWatch watch;
    private final OnWorker onWorker = new OnWorker();
    private final ActiveTime time;
    private final LinkedQueue<PendingRound> asking = new LinkedQueue<>();
    /** Fills calls, if these run on the thread of the rail; otherwise null, and the gateway fills them from the rounds. */
    private final @Nullable RailCalls calls;

    private final Queue<Answered> answered =
            Queues.<Answered>unboundedMultiproducer().get();
    /**
     * The operators. Copied on write, because a custom stage may subscribe late, on another thread. An array needs no iterator, for which
     * there may be no memory when a stream fails.
     */
    private volatile RailOperator[] parts = {};

    @SuppressWarnings("UnusedVariable") // Read through STATE.
    private volatile int state = SIGNALLED;

    /** Fires at the earliest deadline of the trajectories that wait for values. */
    private final OneShotTimer deadline = new OneShotTimer(this::wake);
    /** The deadline for which the timer was set, on the clock of the subscription. */
    private long scheduledDeadline;
    /** The earliest deadline of the trajectories that began to wait since the timer was set. */
    private long newDeadline = Long.MAX_VALUE;
    /** Whether a deadline can pass while this rail is idle. */
    private final boolean timed;
    /**
     * Trajectories that custom stages discarded on the rail's thread. Another branch may be about to pass them on there. An
     * {@code ArrayDeque} that fails to grow loses its elements; this queue allocates before it links.
     */
    private final Queue<Discarded> deferredDiscards = new ConcurrentLinkedQueue<>();
    /** The thread that runs the rail, or null. */
    private volatile @Nullable Thread runner;

    private volatile @Nullable Throwable fatal;
    private volatile @Nullable RailOperator end;

    @SuppressWarnings("UnusedVariable") // Read through LEFT.
    private volatile int left;

    /** Whether a stage has trajectories to work on. */
    private volatile boolean works;
    /** The last trajectory passed to a custom stage, or null after the stage has passed it on or discarded it. */
    private volatile @Nullable TrackedTrajectory passing;

    /**
     * Creates a rail without operators.
     *
     * @param worker runs the rail; null if the threads that wake the rail run it
     * @param watch watches the scheduler of the worker, or null
     * @param time the clock of the subscription
     */
    Rail(BatchGateway gateway, Scheduler.@Nullable Worker worker, @Nullable SchedulerWatch watch, ActiveTime time) {
        this.gateway = gateway;
        this.leaveCommand = gateway.leaveCommand(this);
        this.worker = worker;
        this.watch = watch;
        this.time = time;
        if (watch != null) {
            watch.add(onWorker);
        }
        this.timed = time.hasDeadline() && !gateway.callsHere();
        this.calls = gateway.callsHere() ? new RailCalls(this, gateway) : null;
    }

    @Override
    public @Nullable Rail next() {
        return next;
    }

    @Override
    public void next(@Nullable Rail value) {
        next = value;
    }

    /** Returns the dimension of a row. */
    int dimension() {
        return gateway.dimension();
    }

    /** Returns the clock of the subscription. */
    ActiveTime time() {
        return time;
    }

    /** Takes back queries whose values have arrived, on the thread of a call. {@link #wake} must follow. */
    void answered(Answered queries) {
        answered.add(queries);
    }

    /**
     * Returns the maximum number of trajectories in a group; 1 if trajectories must not form groups. With a deadline, each trajectory of a group
     * could fail at another time. At a gateway that other rails share, all rows of a group would take one turn.
     */
    int maxGroup() {
        return calls == null || time.hasDeadline() ? 1 : gateway.maxRows();
    }

    /** Collects the queries of a round that does not wait for values; false if it ended instead. */
    boolean ask(PendingRound round) {
        RailCalls own = calls;
        if (own != null) {
            return own.ask(round);
        }
        if (!round.askKept()) {
            return false;
        }
        asking.add(round);
        return true;
    }

    /** Returns whether the stream has terminated or was cancelled. Thread-safe. */
    boolean isOver() {
        RailOperator last = end;
        return last != null && last.isOver();
    }

    /** Returns the context of the subscriber. */
    Context context() {
        return end().downstream.currentContext();
    }

    /** Ends the stream because of an error that affects more than a sample. Thread-safe. {@link #wake} must follow. */
    void fail(Throwable e) {
        fatal = e;
    }

    /** Adds an operator. Operators join on subscription, from the end of the chain to its beginning. */
    synchronized void join(RailOperator part) {
        RailOperator[] more = Arrays.copyOf(parts, parts.length + 1);
        more[parts.length] = part;
        parts = more;
    }

    /** Sets the operator at the end of the stream, which may belong to another rail. Its demand drives this rail. */
    void endsWith(RailOperator last) {
        end = last;
    }

    /** Returns the operator at the end of the stream. */
    RailOperator end() {
        return Objects.requireNonNull(end);
    }

    /** Lets the rail run. Before this call, signals are only recorded. */
    void open() {
        state = IDLE;
        wake();
    }

    /**
     * Runs the rail unless it is running.
     *
     * <p>If the subscriber throws from a signal, against rule 2.13 of Reactive Streams, the subscription fails with that error, and this
     * method throws it. It throws nothing else: any other error fails the stream.
     */
    void wake() {
        if (state == SIGNALLED && runsOnThisThread()) {
            // The loop on this thread will see the signal. Other threads must write the state after their signal.
            return;
        }
        if (left != 0 || STATE.getAndSet(this, SIGNALLED) != IDLE) {
            return;
        }
        if (worker == null || watch == null) {
            loop();
            return;
        }
        onWorker.schedule(worker, watch);
    }

    private void loop() {
        LinkedQueue<PendingRound> asked = null;
        try {
            do {
                state = RUNNING;
                run();
                if (!asking.isEmpty()) {
                    asked = asked == null ? new LinkedQueue<>() : asked;
                    asked.takeAll(asking);
                }
            } while (!STATE.compareAndSet(this, RUNNING, IDLE));
        } catch (Throwable e) {
            // The rail never runs again, so its state does not matter.
            boolean subscribers = ownsEnd() && end().isSignalling();
            terminate(e);
            if (subscribers) {
                throw e;
            }
            return;
        }
        if (asked != null) {
            try {
                gateway.submit(this, asked);
            } catch (Throwable e) {
                fail(e);
                wake();
                return;
            }
        }
        if (worker != null && !works) {
            // The delivery may request more from rails that are idle.
            end().wake();
        }
    }

    private void abandonAll() {
        for (RailOperator part : parts) {
            part.abandon();
        }
    }

    /** Returns whether the operator at the end belongs to this rail. With several rails, it belongs to a further rail without stages. */
    private boolean ownsEnd() {
        for (RailOperator part : parts) {
            if (part == end) {
                return true;
            }
        }
        return false;
    }

    /** Terminates the rail and the stream on the current thread, after an error because of which the rail cannot run. Throws nothing. */
    private void terminate(Throwable e) {
        // The signal first: if memory is short, the rest may throw as well.
        if (ownsEnd()) {
            end().terminateWith(e);
        } else {
            failAll(e);
        }
        abandonAll();
        leave();
    }

    /** The rail's task on its worker. After it is scheduled, it runs, is rejected, or is dropped with the scheduler. */
    private final class OnWorker extends SchedulerWatch.Task implements Runnable {
        private final AtomicBoolean queued = new AtomicBoolean();
        private volatile boolean running;

        void schedule(Scheduler.Worker to, SchedulerWatch by) {
            submitted();
            queued.set(true);
            by.arm();
            try {
                to.schedule(this);
            } catch (Throwable e) {
                if (queued.compareAndSet(true, false)) {
                    terminateHere(by.explain(e));
                } else {
                    Faults.drop(e);
                }
            }
        }

        @Override
        public void run() {
            if (!queued.compareAndSet(true, false)) {
                return;
            }
            running = true;
            try {
                loop();
            } catch (Throwable e) {
                // Thrown by the subscriber; no caller can receive it.
                Faults.drop(e);
            } finally {
                running = false;
            }
        }

        /** Terminates the rail on the current thread, because its worker no longer runs tasks. */
        private void terminateHere(Throwable e) {
            if (isOver()) {
                abandonAll();
                leave();
            } else {
                terminate(e);
            }
        }

        @Override
        boolean isPending() {
            return left == 0 && (queued.get() || running);
        }

        @Override
        boolean isQueued() {
            return queued.get();
        }

        @Override
        void onSchedulerGone(RejectedExecutionException why) {
            if (queued.compareAndSet(true, false)) {
                terminateHere(why);
            } else if (!isOver()) {
                fail(why);
                wake();
            }
        }
    }

    private void failAll(Throwable e) {
        RailOperator last = end();
        last.fail(e);
        last.wake();
    }

    private void run() {
        RailOperator last = end;
        if (last == null) {
            return;
        }
        runner = Thread.currentThread();
        try {
            run(last);
        } finally {
            runner = null;
        }
    }

    private void run(RailOperator last) {
        while (true) {
            tell();
            boolean moved;
            do {
                moved = false;
                for (RailOperator part : parts) {
                    moved |= part.move();
                }
                moved |= addDiscards();
            } while (moved && !last.isOver());
            if (last.isOver()) {
                for (RailOperator part : parts) {
                    part.clear();
                }
                leave();
                return;
            }
            if (!last.wants()) {
                // No work without demand: prefetched trajectories wait for the next request.
                return;
            }
            if (!ask() && !expire()) {
                works = works();
                return;
            }
        }
    }

    /** Fails rounds that wait beyond their deadline, and sets the timer for the next deadline; true if a round failed. */
    private boolean expire() {
        // A trajectory that a custom stage held may have an earlier deadline than those for which the timer was set.
        if (!timed || (deadline.isScheduled() && newDeadline >= scheduledDeadline)) {
            return false;
        }
        long least = Long.MAX_VALUE;
        for (RailOperator part : parts) {
            least = Math.min(least, part.expire());
        }
        if (least == RailOperator.EXPIRED) {
            for (RailOperator part : parts) {
                part.removeFinished();
            }
            gateway.cancelExpired(this);
            return true;
        }
        newDeadline = Long.MAX_VALUE;
        if (least < Long.MAX_VALUE) {
            scheduledDeadline = least;
            // If the clock is stopped meanwhile, the timer fires early and is set again.
            deadline.schedule(Math.max(0, time.remaining(least)));
        }
        return false;
    }

    /** Records that a trajectory of this rail waits for values, and its deadline. */
    void waitsUntil(long due) {
        newDeadline = Math.min(newDeadline, due);
    }

    /** Returns whether the current thread runs the rail. */
    boolean runsOnThisThread() {
        return runner == Thread.currentThread();
    }

    /** Defers a discard on the rail's thread until the stages have returned. */
    void deferDiscard(Discarded gone) {
        try {
            deferredDiscards.add(gone);
        } catch (Throwable e) {
            // Reactor only logs errors of a discard hook, and the stream would wait for this trajectory.
            fail(e);
            wake();
        }
    }

    private boolean addDiscards() {
        boolean added = false;
        Discarded gone;
        while ((gone = deferredDiscards.poll()) != null) {
            added = true;
            gone.trajectory().end.onDiscarded(gone);
        }
        return added;
    }

    /** Records the trajectory that is about to be passed to a custom stage. */
    void passes(TrackedTrajectory trajectory) {
        passing = trajectory;
    }

    /** Records that a custom stage passed a trajectory on or discarded it. */
    void passed(TrackedTrajectory trajectory) {
        if (passing == trajectory) {
            PASSING.compareAndSet(this, trajectory, null);
        }
    }

    /** Returns whether the stage has passed on or discarded the trajectory that was recorded last. */
    boolean hasPassed() {
        return passing == null;
    }

    /** Returns whether a stage has trajectories to work on. Called on the rail's thread. */
    boolean works() {
        for (RailOperator part : parts) {
            if (part.works()) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether the rail is idle and has no trajectories to work on. Thread-safe. */
    boolean rests() {
        return state == IDLE && !works;
    }

    /** Leaves the gateway and the worker permanently. */
    void leave() {
        if (!LEFT.compareAndSet(this, 0, 1)) {
            return;
        }
        deadline.dispose();
        gateway.leave(leaveCommand);
        if (worker != null) {
            try {
                worker.dispose();
            } catch (Throwable e) {
                Faults.drop(e);
            }
        }
        if (watch != null) {
            watch.remove(onWorker);
        }
    }

    /**
     * Passes the values that have arrived to their trajectories. An error that affects one sample fails its trajectory. An error that is
     * thrown here, by the virtual machine or the linker, ends the stream.
     */
    private void tell() {
        Throwable e = fatal;
        if (e != null) {
            fatal = null;
            failAll(e);
            return;
        }
        Answered queries = answered.poll();
        if (queries == null) {
            return;
        }
        try {
            boolean ended = false;
            do {
                ended |= queries.tell();
            } while ((queries = answered.poll()) != null);
            if (ended) {
                for (RailOperator part : parts) {
                    part.removeFinished();
                }
            }
        } catch (Throwable thrown) {
            failAll(thrown);
        }
    }

    /** Collects the queries of all trajectories that do not wait for values; true if the loop must continue at once. */
    private boolean ask() {
        boolean ended = false;
        try {
            for (RailOperator part : parts) {
                ended |= part.ask();
            }
            if (calls != null) {
                // The values are available when this returns. Other gateways receive the queries once the rail is idle.
                // A model that computes on the calling thread then wakes the rails of its call one after the other.
                calls.submit();
            }
        } catch (Throwable thrown) {
            failAll(thrown);
            return true;
        }
        return ended || fatal != null || !answered.isEmpty();
    }
}
