package io.scoreflux.stream;

import io.scoreflux.model.AsyncDenoiser;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.state.Require;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;
import reactor.util.retry.Retry;

/**
 * The way to a denoiser: merges the queries that wait, of whatever trajectories, stages, subscribers and samplers, into calls of at
 * most {@code maxRows} rows, with at most {@code slots} calls in flight. Thread-safe; one can serve any number of samplers.
 *
 * <p>Batches wait for no timer. A free slot takes what waits when nothing is in flight, when a full call waits, or when
 * {@code waiting * slots >= waiting + in flight}; subscribers take turns by one trajectory each.
 *
 * <p>A call that throws, or answers with another length, is repeated on halves until the rows that make it throw stand alone;
 * these fail their own samples. A call that fails in transport (an {@link IOException}, a {@link TimeoutException} or a
 * {@link RejectedExecutionException}, itself or as a cause) is not divided: it fails all of its samples, after the retries that the builder was asked for.
 *
 * <p>The thread that brings a call's answers also solves what follows from them, and delivers samples, for one of the call's
 * subscribers after the other: a subscriber that blocks in {@code onNext} holds up the others of this gateway for as long. Whoever is
 * slow is better behind {@code publishOn} with a small prefetch.
 */
public final class Gateway {
    private static final AtomicIntegerFieldUpdater<Gateway> WORK =
            AtomicIntegerFieldUpdater.newUpdater(Gateway.class, "work");

    private final DenoiserInfo info;
    private final Transport transport;
    private final int maxRows;
    private final int slots;
    private final StreamListener listener;
    private final Queue<Runnable> inbox =
            Queues.<Runnable>unboundedMultiproducer().get();

    @SuppressWarnings("UnusedVariable") // Read through WORK.
    private volatile int work;

    // What follows is touched by the thread that works alone.

    /** Lanes with flights that wait, in turn. */
    private final Queue<Lane> turns = new ArrayDeque<>();
    /** Halves of calls that failed, to be sent as they are. */
    private final Queue<Call> halves = new ArrayDeque<>();

    private final Set<Call> inFlight = new HashSet<>();
    private @Nullable Call spare;
    private long waitingRows;
    private long rowsInFlight;

    Gateway(DenoiserInfo info, Transport transport, int maxRows, int slots, StreamListener listener) {
        this.info = info;
        this.transport = transport;
        this.maxRows = maxRows;
        this.slots = slots;
        this.listener = listener;
    }

    /**
     * Gateways of which each serves one subscriber and calls the denoiser on the thread that requests: nothing waits for others, and
     * nothing is shared.
     *
     * @param maxRows the most rows in one call, at least 1
     * @param listener is told of calls
     */
    public static Supplier<Gateway> onCaller(Denoiser denoiser, int maxRows, StreamListener listener) {
        Require.atLeast("maxRows", maxRows, 1);
        return () -> new Gateway(denoiser, new SyncTransport(denoiser, null, null), maxRows, 1, listener);
    }

    /** A builder of gateways to a synchronous denoiser, called on a scheduler. */
    public static GatewayBuilder builder(Denoiser denoiser, Scheduler scheduler) {
        Objects.requireNonNull(denoiser, "denoiser");
        Lanes.running(scheduler);
        return new GatewayBuilder(denoiser, (timeout, retry) -> new SyncTransport(denoiser, scheduler, retry), false);
    }

    /** A builder of gateways to an asynchronous denoiser. */
    public static GatewayBuilder builder(AsyncDenoiser denoiser) {
        Objects.requireNonNull(denoiser, "denoiser");
        return new GatewayBuilder(denoiser, (timeout, retry) -> new AsyncTransport(denoiser, timeout, retry), true);
    }

    /** What is known of the denoiser. */
    public DenoiserInfo info() {
        return info;
    }

    /** Whether calls are made and answered on the thread that submits. */
    boolean callsHere() {
        return transport.callsHere();
    }

    /** Takes the queries of a lane's flights that have just asked, and the list. */
    void submit(Lane lane, List<Flight> flights) {
        if (listens()) {
            long now = now();
            for (Flight flight : flights) {
                flight.askedAt = now;
            }
        }
        post(() -> {
            boolean idle = lane.waiting.isEmpty();
            for (Flight flight : flights) {
                if (!flight.isGivenUp()) {
                    lane.waiting.add(flight);
                    waitingRows += flight.rows.count();
                }
            }
            if (idle && !lane.waiting.isEmpty()) {
                turns.add(lane);
            }
        });
    }

    /** Forgets a lane that was cancelled, and gives up the calls that nobody else waits for. */
    void leave(Lane lane) {
        post(() -> {
            forget(lane);
            giveUpCalls();
        });
    }

    /** Forgets the flights of a lane that waits for them no longer, and gives up the calls that nobody else waits for. */
    void giveUp(Lane lane) {
        post(() -> {
            boolean waited = lane.waiting.removeIf(flight -> {
                if (flight.isGivenUp()) {
                    waitingRows -= flight.rows.count() - flight.sent;
                }
                return flight.isGivenUp();
            });
            if (waited && lane.waiting.isEmpty()) {
                turns.remove(lane);
            }
            giveUpCalls();
        });
    }

    private void giveUpCalls() {
        for (Call call : inFlight.stream().filter(Call::isAbandoned).toList()) {
            if (transport.canGiveUp() && end(call)) {
                ended(call, new CancellationException("nobody waits for this call any more"));
            }
            tell(call.running::dispose);
        }
    }

    private void forget(Lane lane) {
        for (Flight flight : lane.waiting) {
            waitingRows -= flight.rows.count() - flight.sent;
        }
        lane.waiting.clear();
        turns.remove(lane);
    }

    private void post(Runnable command) {
        inbox.add(command);
        if (WORK.getAndIncrement(this) != 0) {
            return;
        }
        int seen = 1;
        do {
            Runnable next;
            while ((next = inbox.poll()) != null) {
                next.run();
            }
            while (inFlight.size() < slots && isWorthACall()) {
                Call call = next();
                if (call != null) {
                    dispatch(call);
                }
            }
            seen = WORK.addAndGet(this, -seen);
        } while (seen != 0);
    }

    private boolean isWorthACall() {
        if (!halves.isEmpty()) {
            return true;
        }
        return waitingRows > 0
                && (inFlight.isEmpty() || waitingRows >= maxRows || waitingRows * slots >= waitingRows + rowsInFlight);
    }

    /** What to send next, or null if whoever waited is gone. */
    private @Nullable Call next() {
        Call half = halves.poll();
        if (half != null) {
            return half.isAbandoned() ? null : half;
        }
        Call call = spare == null ? new Call(info.dimension(), (int) Math.min(maxRows, waitingRows)) : spare;
        spare = null;
        Lane lane;
        while (call.rows.count() < maxRows && (lane = turns.poll()) != null) {
            if (lane.isOver()) {
                forget(lane);
                continue;
            }
            Flight flight = lane.waiting.element();
            int rows = Math.min(flight.rows.count() - flight.sent, maxRows - call.rows.count());
            call.add(flight, flight.sent, rows);
            flight.sent += rows;
            waitingRows -= rows;
            if (flight.sent == flight.rows.count()) {
                lane.waiting.remove();
            }
            if (!lane.waiting.isEmpty()) {
                turns.add(lane);
            }
        }
        if (call.rows.count() == 0) {
            spare = call;
            return null;
        }
        return call;
    }

    private void dispatch(Call call) {
        inFlight.add(call);
        rowsInFlight += call.rows.count();
        if (listens()) {
            call.sentAt = now();
            tell(() -> listener.called(call.rows.count(), call.sentAt - call.askedAt()));
        }
        try {
            call.running.update(transport.send(
                    call.rows, call.context(), answers -> answered(call, answers), error -> failed(call, error)));
        } catch (Throwable e) {
            // Reactor throws what it takes for fatal instead of passing it on.
            failed(call, e);
        }
    }

    private boolean listens() {
        return listener != StreamListener.NONE;
    }

    /** Reactor's clock, so that virtual time is obeyed. */
    private static long now() {
        return Schedulers.parallel().now(TimeUnit.NANOSECONDS);
    }

    private void ended(Call call, @Nullable Throwable error) {
        if (listens() && call.endsNow()) {
            tell(() -> listener.ended(call.rows.count(), now() - call.sentAt, error));
        }
    }

    /** The lanes of a call ask anew before its slot is free, so that their queries go together. */
    private void answered(Call call, double[] answers) {
        ended(call, null);
        tell(() -> call.answer(answers));
        post(() -> {
            // A call that was given up in vain would give up whatever it carries next.
            if (end(call) && transport.returnsRows() && !call.running.isDisposed()) {
                call.clear();
                spare = call;
            }
        });
    }

    private void failed(Call call, Throwable error) {
        ended(call, error);
        int rows = call.rows.count();
        boolean fatal = error instanceof VirtualMachineError || error instanceof LinkageError;
        boolean divide = !fatal && rows > 1 && !concernsTheCall(error);
        if (fatal) {
            tell(() -> call.endStreams(error));
        } else if (!divide) {
            tell(() -> call.fail(error));
        }
        post(() -> {
            if (end(call) && divide) {
                halves.add(call.part(0, rows / 2));
                halves.add(call.part(rows / 2, rows));
            }
        });
    }

    /** What a subscriber throws against rule 2.13 of Reactive Streams, or a denoiser when it is cancelled, has no caller here. */
    static void tell(Runnable message) {
        try {
            message.run();
        } catch (Throwable e) {
            Operators.onErrorDropped(e, Context.empty());
        }
    }

    /** Frees a call's slot; false if it was given up before. */
    private boolean end(Call call) {
        if (!inFlight.remove(call)) {
            return false;
        }
        rowsInFlight -= call.rows.count();
        return true;
    }

    /** Whether other rows would have fared no better. */
    static boolean concernsTheCall(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException
                    || cause instanceof TimeoutException
                    || cause instanceof RejectedExecutionException) {
                return true;
            }
        }
        return false;
    }

    /** Makes a transport from what the builder was told. */
    interface TransportMaker {
        Transport make(Duration timeout, @Nullable Retry retry);
    }
}
