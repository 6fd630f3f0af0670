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
 * A serial loop of a subscription. Operators take note of a signal and {@link #wake} it; whichever thread finds it
 * asleep runs it, or has its worker run it; the others leave their signal and go. In turn it hands out answers that have come, lets
 * every operator move what it has, then has all trajectories that wait for nothing ask, and submits their queries together.
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
    /** Running or about to run, and a signal has come since it last looked. */
    private static final int SIGNALLED = 2;

    /** Rounds of this rail that wait for a call; the gateway's. */
    final LinkedQueue<PendingRound> waiting = new LinkedQueue<>();
    /** The next rail that waits for a call; the gateway's. */
    private @Nullable Rail next;

    private final BatchGateway gateway;
    private final BatchGateway.Command leaveCommand;
    private final Scheduler.@Nullable Worker worker;
    private final @Nullable SchedulerWatch watch;
    private final OnWorker onWorker = new OnWorker();
    private final ActiveTime time;
    private final LinkedQueue<PendingRound> asking = new LinkedQueue<>();
    private final Queue<PendingRound> answered =
            Queues.<PendingRound>unboundedMultiproducer().get();
    /**
     * Copied on write, because a user's stage may subscribe late, from another thread. An array needs no iterator, for which there may be
     * no memory when a stream fails.
     */
    private volatile RailOperator[] parts = {};

    @SuppressWarnings("UnusedVariable") // Read through STATE.
    private volatile int state = SIGNALLED;

    /** Fires at the earliest deadline of the trajectories that wait for answers. */
    private final OneShotTimer deadline = new OneShotTimer(this::wake);
    /** The deadline that the timer was set for, on the clock of the subscription. */
    private long scheduledDeadline;
    /** The earliest deadline of the trajectories that began to wait since the timer was set. */
    private long newDeadline = Long.MAX_VALUE;
    /** Whether a deadline can pass while this rail sleeps. */
    private final boolean timed;
    /** Trajectories that custom stages discarded on the rail's thread; another branch may be about to pass them on there.
     * An {@code ArrayDeque} that fails to grow loses its elements; this queue allocates before it links. */
    private final Queue<Discarded> deferredDiscards = new ConcurrentLinkedQueue<>();
    /** The thread that runs the rail, or null. */
    private volatile @Nullable Thread runner;

    private volatile @Nullable Throwable fatal;
    private volatile @Nullable RailOperator end;

    @SuppressWarnings("UnusedVariable") // Read through LEFT.
    private volatile int left;

    /** Whether a stage has something to work on. */
    private volatile boolean works;
    /** What a stage of one's own was given and has not shown since. */
    private volatile @Nullable TrackedTrajectory passing;

    /**
     * A rail without operators.
     *
     * @param worker runs it, or null for the threads that wake it
     * @param watch of the worker's scheduler, or null
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
    }

    @Override
    public @Nullable Rail next() {
        return next;
    }

    @Override
    public void next(@Nullable Rail value) {
        next = value;
    }

    /** Numbers in a row. */
    int dimension() {
        return gateway.dimension();
    }

    /** The clock of its subscription. */
    ActiveTime time() {
        return time;
    }

    /** Takes back a round whose answers are there, from the thread of a call; {@link #wake} must follow. */
    void answered(PendingRound round) {
        answered.add(round);
    }

    /** Whether nobody waits for samples any more; from any thread. */
    boolean isOver() {
        RailOperator last = end;
        return last != null && last.isOver();
    }

    /** The context of the subscriber. */
    Context context() {
        return end().downstream.currentContext();
    }

    /** Ends the stream, from any thread, for what concerns more than a sample; {@link #wake} must follow. */
    void fail(Throwable e) {
        fatal = e;
    }

    /** Operators join from the end of the chain to its beginning, as they are subscribed. */
    synchronized void join(RailOperator part) {
        RailOperator[] more = Arrays.copyOf(parts, parts.length + 1);
        more[parts.length] = part;
        parts = more;
    }

    /** The operator at the end, of this rail or of another: its demand drives the rail. */
    void endsWith(RailOperator last) {
        end = last;
    }

    /** The operator at the end of the stream. */
    RailOperator end() {
        return Objects.requireNonNull(end);
    }

    /** Lets it run; before, signals are only noted. */
    void open() {
        state = IDLE;
        wake();
    }

    /**
     * Runs the rail unless it is running.
     *
     * <p>If the subscriber throws from a signal, against rule 2.13 of Reactive Streams, the subscription fails with that error, which is
     * also thrown here. Nothing else is thrown: any other error fails the stream.
     */
    void wake() {
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
            // Where the rails meet it may be known what they are to work on.
            end().wake();
        }
    }

    private void abandonAll() {
        for (RailOperator part : parts) {
            part.abandon();
        }
    }

    /** Whether the operator at the end belongs to this rail, rather than to the rail where several meet. */
    private boolean ownsEnd() {
        for (RailOperator part : parts) {
            if (part == end) {
                return true;
            }
        }
        return false;
    }

    /** Terminates the rail and the stream on the current thread, after an error that leaves the rail unable to run. Throws nothing. */
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

    /** The rail's task on its worker. It is scheduled, and then runs, is rejected, or is dropped with the scheduler. */
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

        /** Terminates the rail on the current thread, because its worker is gone. */
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
                // No work without demand: what was read ahead waits for the next request.
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
        // A trajectory that a custom stage held may have an earlier deadline than those that waited when the timer was
        // set.
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

    /** A trajectory of this rail begins to wait for answers. */
    void waitsUntil(long due) {
        newDeadline = Math.min(newDeadline, due);
    }

    /** Whether this thread runs the rail. */
    boolean runsOnThisThread() {
        return runner == Thread.currentThread();
    }

    /** Keeps a discard on the rail's thread until the stages have returned. */
    void deferDiscard(Discarded gone) {
        try {
            deferredDiscards.add(gone);
        } catch (Throwable e) {
            // Reactor only logs what a discard hook throws, and the stream would wait for this trajectory.
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

    /** Notes which trajectory a stage of one's own is about to be given. */
    void passes(TrackedTrajectory trajectory) {
        passing = trajectory;
    }

    /** Notes that a trajectory came out of a stage, or was discarded. */
    void passed(TrackedTrajectory trajectory) {
        PASSING.compareAndSet(this, trajectory, null);
    }

    /** Whether what was noted last has come out. */
    boolean hasPassed() {
        return passing == null;
    }

    /** Whether a stage has something to work on; for the rail's own thread. */
    boolean works() {
        for (RailOperator part : parts) {
            if (part.works()) {
                return true;
            }
        }
        return false;
    }

    /** Whether the rail sleeps and has nothing to work on; from any thread. */
    boolean rests() {
        return state == IDLE && !works;
    }

    /** Leaves the gateway and the worker, for good. */
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
     * Hands the answers that have come to their trajectories. What concerns a sample is its trajectory's failure; what is
     * thrown here, by the virtual machine or its linker, ends the stream.
     */
    private void tell() {
        Throwable e = fatal;
        if (e != null) {
            fatal = null;
            failAll(e);
            return;
        }
        PendingRound round = answered.poll();
        if (round == null) {
            return;
        }
        try {
            do {
                round.tell();
            } while ((round = answered.poll()) != null);
            for (RailOperator part : parts) {
                part.removeFinished();
            }
        } catch (Throwable thrown) {
            failAll(thrown);
        }
    }

    /** Has all trajectories ask that wait for nothing; whether there is something to do at once. */
    private boolean ask() {
        boolean ended = false;
        try {
            for (RailOperator part : parts) {
                ended |= part.ask(asking);
            }
        } catch (Throwable thrown) {
            failAll(thrown);
            return true;
        }
        if (gateway.callsHere() && !asking.isEmpty()) {
            // Its answers are there when this returns. Others are asked once the rail sleeps: a model that computes on
            // the thread
            // that asks then wakes it in turn with all that share the call.
            LinkedQueue<PendingRound> asked = new LinkedQueue<>();
            asked.takeAll(asking);
            gateway.submit(this, asked);
        }
        return ended || fatal != null || !answered.isEmpty();
    }
}
