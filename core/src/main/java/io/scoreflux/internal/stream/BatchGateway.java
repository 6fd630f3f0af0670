package io.scoreflux.internal.stream;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.internal.Require;
import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.stream.Gateway;
import io.scoreflux.stream.StreamListener;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/** A {@link Gateway} that evaluates a batch function, such as a denoiser or the gradient of a density. */
public final class BatchGateway implements Gateway {
    private static final AtomicIntegerFieldUpdater<BatchGateway> WORK =
            AtomicIntegerFieldUpdater.newUpdater(BatchGateway.class, "work");

    private static final AtomicReferenceFieldUpdater<BatchGateway, @Nullable Command> COMMANDS =
            AtomicReferenceFieldUpdater.newUpdater(BatchGateway.class, Command.class, "commands");

    /** The maximum number of causes that are followed, because a chain of causes may be a cycle. */
    private static final int MAX_CAUSES = 100;

    /** The length of the longest array that virtual machines allocate. */
    private static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8;

    private final IntSupplier dimension;
    private final @Nullable DenoiserInfo info;
    private final Transport transport;
    private final int maxRows;
    private final int maxInFlight;
    private final StreamListener listener;
    /** Commands posted to the working thread, the last one first. */
    private volatile @Nullable Command commands;

    @SuppressWarnings("UnusedVariable") // Read through WORK.
    private volatile int work;

    // Only the working thread uses the following fields.

    /** The rest of the commands that were taken together. */
    private @Nullable Command batch;
    /** Rails with waiting rounds. They take turns. */
    private final LinkedQueue<Rail> turns = new LinkedQueue<>();
    /** Calls that are sent as they are: those that rails have filled, and halves of failed calls. */
    private final LinkedQueue<Call> ready = new LinkedQueue<>();

    private final LinkedQueue<Call> inFlight = new LinkedQueue<>();
    private @Nullable Call spare;
    private long waitingRows;
    private long rowsInFlight;

    /**
     * Creates a gateway.
     *
     * @param dimension returns the dimension of a row
     * @param info properties of the denoiser, or null if the transport serves another function
     */
    BatchGateway(
            IntSupplier dimension,
            @Nullable DenoiserInfo info,
            Transport transport,
            int maxRows,
            int maxInFlight,
            StreamListener listener) {
        Faults.prepare();
        this.dimension = dimension;
        this.info = info;
        this.transport = transport;
        // The states of a call are in one array, and so are the values.
        this.maxRows = Math.max(1, Math.min(maxRows, MAX_ELEMENTS / Require.atLeast("dimension", dimension(), 1)));
        this.maxInFlight = maxInFlight;
        this.listener = listener;
    }

    /**
     * Returns a supplier of gateways, each of which serves one subscriber and evaluates the function on the calling thread. These gateways
     * share nothing and do not wait for each other.
     *
     * @param dimension returns the dimension of a row
     * @param function the function to evaluate
     * @param maxRows the maximum number of rows in one call, at least 1
     * @param listener receives the events of calls
     */
    public static Supplier<BatchGateway> onCaller(
            IntSupplier dimension, BatchFunction function, int maxRows, StreamListener listener) {
        Require.atLeast("maxRows", maxRows, 1);
        return () -> new BatchGateway(dimension, null, new SyncTransport(function, null, null), maxRows, 1, listener);
    }

    /** Returns a builder of gateways to a synchronous denoiser; see {@link Gateway#builder(Denoiser, Scheduler)}. */
    public static BatchGatewayBuilder builder(Denoiser denoiser, Scheduler scheduler) {
        Objects.requireNonNull(denoiser, "denoiser");
        Rails.running(scheduler);
        return new BatchGatewayBuilder(
                denoiser::dimension,
                denoiser,
                false,
                (timeout, retry) -> new SyncTransport(denoiser::denoise, scheduler, retry));
    }

    /** Returns a builder of gateways to an asynchronous denoiser; see {@link Gateway#builder(AsyncDenoiser)}. */
    public static BatchGatewayBuilder builder(AsyncDenoiser denoiser) {
        Objects.requireNonNull(denoiser, "denoiser");
        return new BatchGatewayBuilder(
                denoiser::dimension,
                denoiser,
                true,
                (timeout, retry) -> new AsyncTransport(denoiser::denoise, timeout, retry));
    }

    /**
     * Returns a builder of gateways to an asynchronous function.
     *
     * @param dimension the dimension of a row
     * @param function the function to evaluate
     */
    public static BatchGatewayBuilder builder(int dimension, AsyncBatchFunction function) {
        return new BatchGatewayBuilder(
                () -> dimension, null, true, (timeout, retry) -> new AsyncTransport(function, timeout, retry));
    }

    /**
     * Returns the gateway itself.
     *
     * @throws InvalidArgumentException if it is not a gateway of this library
     */
    public static BatchGateway of(Gateway gateway) {
        Objects.requireNonNull(gateway, "gateway");
        if (gateway instanceof BatchGateway known) {
            return known;
        }
        throw new InvalidArgumentException(
                "gateway",
                "must be built by Gateway.builder",
                gateway.getClass().getName(),
                "use Gateway.builder",
                "implement AsyncDenoiser");
    }

    @Override
    public DenoiserInfo info() {
        if (info == null) {
            throw new InvalidConfigurationException(
                    "the gateway", "must be to a denoiser", "to a gradient", "make one with Gateway.builder(denoiser)");
        }
        return info;
    }

    /** Returns the dimension of a row. */
    int dimension() {
        return dimension.getAsInt();
    }

    /** Returns the maximum number of rows in a call. */
    int maxRows() {
        return maxRows;
    }

    /** Returns whether calls run and end on the thread that submits. */
    boolean callsHere() {
        return transport.callsHere();
    }

    /** Submits the rounds of a rail that have new queries, which the rounds keep. The gateway owns the queue from now on. */
    void submit(Rail rail, LinkedQueue<PendingRound> rounds) {
        if (listens()) {
            long now = now();
            for (PendingRound round : rounds) {
                round.askedAt = now;
            }
        }
        post(new Submit(rail, rounds));
    }

    /** Returns an empty call that a rail fills. */
    Call newCall(RailCalls owner) {
        return new Call(dimension(), 1, transport, owner);
    }

    /** Submits calls that a rail has filled. The gateway owns the queue from now on. */
    void submitCalls(Rail rail, LinkedQueue<Call> calls) {
        if (listens()) {
            long now = now();
            for (Call call : calls) {
                call.askedAt(now);
            }
        }
        post(new SubmitCalls(rail, calls));
    }

    /** Returns the command that removes a rail. It is created with the rail, so that leaving allocates nothing. */
    Command leaveCommand(Rail rail) {
        return new Leave(rail);
    }

    /** Removes a rail whose stream has ended, and cancels the calls that serve no other rail. */
    void leave(Command command) {
        post(command);
    }

    /** Removes the expired rounds of a rail, and cancels the calls that serve no other round. */
    void cancelExpired(Rail rail) {
        post(new CancelExpired(rail));
    }

    /** A command for the working thread. It is its own queue node, so that posting it allocates nothing and cannot fail. */
    abstract static class Command {
        private @Nullable Command next;

        abstract void execute(BatchGateway gateway);

        /** Fails the streams that the command was for, after {@link #execute} threw. Throws nothing. */
        abstract void onError(BatchGateway gateway, Throwable e);
    }

    /** A command of a rail, whose stream fails if the command throws. */
    private abstract static class RailCommand extends Command {
        final Rail rail;

        RailCommand(Rail rail) {
            this.rail = rail;
        }

        @Override
        void onError(BatchGateway gateway, Throwable e) {
            gateway.fail(rail, e);
        }
    }

    private static final class Submit extends RailCommand {
        private final LinkedQueue<PendingRound> rounds;

        Submit(Rail rail, LinkedQueue<PendingRound> rounds) {
            super(rail);
            this.rounds = rounds;
        }

        @Override
        void execute(BatchGateway gateway) {
            boolean idle = rail.waiting.isEmpty();
            PendingRound round;
            while ((round = rounds.poll()) != null) {
                if (!round.isExpired()) {
                    rail.waiting.add(round);
                    gateway.waitingRows += round.count();
                }
            }
            if (idle && !rail.waiting.isEmpty()) {
                gateway.turns.add(rail);
            }
        }
    }

    private static final class SubmitCalls extends RailCommand {
        private final LinkedQueue<Call> calls;

        SubmitCalls(Rail rail, LinkedQueue<Call> calls) {
            super(rail);
            this.calls = calls;
        }

        @Override
        void execute(BatchGateway gateway) {
            gateway.ready.takeAll(calls);
        }
    }

    private static final class Leave extends RailCommand {
        Leave(Rail rail) {
            super(rail);
        }

        @Override
        void execute(BatchGateway gateway) {
            gateway.forget(rail);
            gateway.cancelAbandoned();
        }

        @Override
        void onError(BatchGateway gateway, Throwable e) {
            Faults.drop(e);
        }
    }

    private static final class CancelExpired extends RailCommand {
        CancelExpired(Rail rail) {
            super(rail);
        }

        @Override
        void execute(BatchGateway gateway) {
            gateway.removeExpired(rail);
            gateway.cancelAbandoned();
        }
    }

    private void removeExpired(Rail rail) {
        PendingRound last = rail.waiting.last();
        if (last == null) {
            return;
        }
        PendingRound round;
        do {
            round = rail.waiting.remove();
            if (round.isExpired()) {
                waitingRows -= round.count() - round.sent;
            } else {
                rail.waiting.add(round);
            }
        } while (round != last);
        if (rail.waiting.isEmpty()) {
            turns.remove(rail);
        }
    }

    private void cancelAbandoned() {
        Call call = inFlight.peek();
        while (call != null) {
            Call after = call.next();
            if (call.isAbandoned()) {
                if (transport.canGiveUp() && call.endsNow()) {
                    inFlight.remove(call);
                    rowsInFlight -= call.rows().count();
                    givenUp(call);
                }
                try {
                    call.running.dispose();
                } catch (Throwable e) {
                    Faults.drop(e);
                }
            }
            call = after;
        }
    }

    private void givenUp(Call call) {
        if (listens()) {
            try {
                ended(call, new CancellationException("no stream waits for this call any more"));
            } catch (Throwable e) {
                Faults.drop(e);
            }
        }
    }

    private void forget(Rail rail) {
        PendingRound round;
        while ((round = rail.waiting.poll()) != null) {
            waitingRows -= round.count() - round.sent;
        }
        turns.remove(rail);
    }

    /** Fails a rail's stream and removes the rail. */
    private void fail(Rail rail, Throwable e) {
        forget(rail);
        rail.fail(e);
        try {
            // Not through a method reference, because there may be no memory for it.
            rail.wake();
        } catch (Throwable thrown) {
            Faults.drop(thrown);
        }
    }

    private void post(Command command) {
        Command last;
        do {
            last = commands;
            command.next = last;
        } while (!COMMANDS.compareAndSet(this, last, command));
        if (WORK.getAndIncrement(this) != 0) {
            return;
        }
        int seen = 1;
        do {
            try {
                work();
            } catch (Throwable e) {
                // After a stack overflow no call is safe. The rest is executed with the next command.
                Faults.drop(e);
            }
            seen = WORK.addAndGet(this, -seen);
        } while (seen != 0);
    }

    /**
     * Executes the posted commands and sends calls. Throws nothing: an error fails the streams that it affects, and the queues stay
     * consistent for the others.
     */
    private void work() {
        Command command;
        while ((command = batch) != null || (command = takeCommands()) != null) {
            batch = command.next;
            command.next = null;
            try {
                command.execute(this);
            } catch (Throwable e) {
                command.onError(this, e);
            }
        }
        while (inFlight.size() < maxInFlight && isWorthACall()) {
            Call call = next();
            if (call != null) {
                dispatch(call);
            } else if (ready.isEmpty() && turns.isEmpty()) {
                // Nothing waits. A wrong count would keep this loop running.
                waitingRows = 0;
            }
        }
    }

    /** Removes and returns all posted commands, the first one first. */
    private @Nullable Command takeCommands() {
        Command first = null;
        Command command = COMMANDS.getAndSet(this, null);
        while (command != null) {
            Command before = command.next;
            command.next = first;
            first = command;
            command = before;
        }
        return first;
    }

    private boolean isWorthACall() {
        if (!ready.isEmpty()) {
            return true;
        }
        return waitingRows > 0
                && (inFlight.isEmpty()
                        || waitingRows >= maxRows
                        || waitingRows * maxInFlight >= waitingRows + rowsInFlight);
    }

    /** Returns the next call to send, or null if its streams have ended. */
    private @Nullable Call next() {
        Call filled = ready.poll();
        if (filled != null) {
            return filled.isAbandoned() ? null : filled;
        }
        Call call = null;
        Rail rail;
        while ((call == null || call.rows().count() < maxRows) && (rail = turns.peek()) != null) {
            if (rail.isOver()) {
                forget(rail);
                continue;
            }
            PendingRound round = rail.waiting.peek();
            if (round == null) {
                turns.remove();
                continue;
            }
            int rows = round.count() - round.sent;
            try {
                call = call == null ? empty() : call;
                rows = Math.min(rows, maxRows - call.rows().count());
                call.add(round, round.sent, rows);
            } catch (Throwable e) {
                if (call != null && call.rows().count() > 0) {
                    // The call is sent as it is; this round is the first of the next call.
                    break;
                }
                fail(rail, e);
                continue;
            }
            round.sent += rows;
            waitingRows -= rows;
            if (round.sent == round.count()) {
                rail.waiting.remove();
            }
            turns.remove();
            if (!rail.waiting.isEmpty()) {
                turns.add(rail);
            }
        }
        if (call != null && call.rows().count() == 0) {
            spare = call;
            return null;
        }
        return call;
    }

    private Call empty() {
        Call call = spare;
        spare = null;
        if (call != null) {
            return call;
        }
        try {
            return new Call(dimension(), (int) Math.min(maxRows, waitingRows), transport, null);
        } catch (OutOfMemoryError e) {
            // The call grows as far as memory allows.
            return new Call(dimension(), 1, transport, null);
        }
    }

    private void dispatch(Call call) {
        inFlight.add(call);
        rowsInFlight += call.rows().count();
        try {
            if (listens()) {
                call.sentAt = now();
                tell(() -> listener.called(call.rows().count(), call.sentAt - call.askedAt()));
            }
            call.running.update(transport.send(
                    call.rows(),
                    call.buffer(),
                    call.context(),
                    answers -> answered(call, answers),
                    error -> failed(call, error)));
        } catch (Throwable e) {
            failed(call, e);
        }
    }

    private boolean listens() {
        return listener != StreamListener.NONE;
    }

    /** Returns the time of Reactor's clock, which may be virtual. */
    private static long now() {
        return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
    }

    private void ended(Call call, @Nullable Throwable error) {
        if (listens()) {
            try {
                listener.ended(call.rows().count(), now() - call.sentAt, error);
            } catch (Throwable e) {
                Faults.drop(e);
            }
        }
    }

    /**
     * Passes on the values of a call. The rails submit their next queries before the call stops counting as in flight, so that these queries
     * go into one call.
     */
    private void answered(Call call, double[] answers) {
        if (!call.endsNow()) {
            return;
        }
        try {
            ended(call, null);
            try {
                call.answer(answers);
            } catch (Throwable e) {
                call.endStreams(e);
            }
        } finally {
            post(call);
        }
    }

    private void failed(Call call, Throwable error) {
        if (!call.endsNow()) {
            return;
        }
        try {
            ended(call, error);
            try {
                if (Faults.isFatal(error) || error instanceof SchedulerGoneException) {
                    call.endStreams(error);
                } else if (call.rows().count() > 1 && !concernsTheCall(error)) {
                    call.divide();
                } else {
                    call.fail(error);
                }
            } catch (Throwable e) {
                call.endStreams(e);
            }
        } finally {
            post(call);
        }
    }

    /** Removes a call that has ended from the calls in flight. Queues its halves if it must be divided, or keeps it for reuse. */
    void free(Call call) {
        if (inFlight.remove(call)) {
            rowsInFlight -= call.rows().count();
        }
        if (call.divides()) {
            if (!call.isAbandoned()) {
                int rows = call.rows().count();
                Call first = call.part(0, rows / 2);
                Call second = call.part(rows / 2, rows);
                ready.add(first);
                ready.add(second);
            }
        } else if (call.isAnswered() && transport.returnsRows() && !call.running.isDisposed()) {
            // A call that was cancelled without effect must not be reused: its next rows would be cancelled.
            if (call.isOwned()) {
                call.release();
            } else {
                call.clear();
                spare = call;
            }
        }
    }

    /**
     * Runs an action and drops what it throws. A listener may throw, or a subscriber against rule 2.13 of Reactive Streams, and no caller can
     * receive the error.
     */
    static void tell(Runnable message) {
        Faults.quietly(message);
    }

    /** Returns whether an error is a transport error, which would affect a call with other rows as well. */
    static boolean concernsTheCall(Throwable error) {
        Throwable cause = error;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            if (cause instanceof IOException
                    || cause instanceof TimeoutException
                    || cause instanceof RejectedExecutionException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    /** Returns whether a failed call is worth another attempt. */
    static boolean isWorthRetrying(Throwable error) {
        try {
            return !Faults.isWrapped(error) && !(error instanceof SchedulerGoneException) && concernsTheCall(error);
        } catch (Throwable e) {
            // The error's getCause threw.
            return false;
        }
    }

    /** Creates a transport from the settings of a builder. */
    interface TransportMaker {
        Transport make(Duration timeout, @Nullable Retry retry);
    }
}
