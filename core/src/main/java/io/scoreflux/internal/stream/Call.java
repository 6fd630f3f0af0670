package io.scoreflux.internal.stream;

import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.util.context.Context;

/** A call of the batch function, with rows of one or several rounds. As a command, it removes itself from the gateway's calls in flight. */
final class Call extends BatchGateway.Command implements Linked<Call> {
    final Rows rows;
    /** Cancels the call, if that is possible. */
    final Disposable.Swap running = Disposables.swap();
    /** When the call was sent, in nanoseconds. Set only if the gateway has a listener. */
    long sentAt;

    private final Transport transport;
    private final List<Piece> pieces = new ArrayList<>();
    /** The rails of its pieces, each once. Collected while the call is built, so that passing values on allocates little. */
    private final List<Rail> rails = new ArrayList<>();

    private final Set<Rail> seen = new HashSet<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private double[] buffer = new double[0];
    private boolean divides;
    private boolean answered;
    /** The next call in its queue: the halves of failed calls, or the calls in flight. */
    private @Nullable Call next;

    /** Rows of a round from {@code firstRow} on, which are the rows of the call from {@code at} on. */
    private record Piece(PendingRound round, int firstRow, int count, int at) {}

    Call(int dimension, int capacity, Transport transport) {
        this.rows = new Rows(dimension, capacity);
        this.transport = transport;
    }

    @Override
    public @Nullable Call next() {
        return next;
    }

    @Override
    public void next(@Nullable Call value) {
        next = value;
    }

    /** Returns the array for the values. */
    double[] buffer() {
        return buffer;
    }

    /** Clears the call for reuse. There must be no other references to it. */
    void clear() {
        rows.clear();
        pieces.clear();
        rails.clear();
        seen.clear();
        divides = false;
        answered = false;
        ended.set(false);
    }

    /** Marks the call as ended; false if it had ended before. Values may arrive while the call is being abandoned. */
    boolean endsNow() {
        return ended.compareAndSet(false, true);
    }

    /** Adds rows of a round. The call stays unchanged if there is no memory for them. */
    void add(PendingRound round, int firstRow, int count) {
        int at = rows.count();
        try {
            rows.appendAll(round.rows, firstRow, count);
            buffer = transport.buffer(buffer, rows);
            if ((pieces.isEmpty() || lastPiece().round.rail != round.rail) && !seen.contains(round.rail)) {
                rails.add(round.rail);
                seen.add(round.rail);
            }
            pieces.add(new Piece(round, firstRow, count, at));
        } catch (Throwable e) {
            rows.truncate(at);
            throw e;
        }
    }

    private Piece lastPiece() {
        return pieces.get(pieces.size() - 1);
    }

    /** Marks the call to be repeated on halves once it is no longer in flight. */
    void divide() {
        divides = true;
    }

    boolean divides() {
        return divides;
    }

    /** Returns whether the values were passed to the rounds. */
    boolean isAnswered() {
        return answered;
    }

    @Override
    void execute(BatchGateway gateway) {
        gateway.free(this);
    }

    @Override
    void onError(BatchGateway gateway, Throwable e) {
        endStreams(e);
    }

    /** Returns a new call with the rows from {@code first} to {@code end - 1}. */
    Call part(int first, int end) {
        Call part = new Call(rows.dimension(), end - first, transport);
        for (Piece piece : pieces) {
            int from = Math.max(first, piece.at);
            int to = Math.min(end, piece.at + piece.count);
            if (from < to) {
                part.add(piece.round, piece.firstRow + from - piece.at, to - from);
            }
        }
        return part;
    }

    /** Returns whether no round waits for the call any more. */
    boolean isAbandoned() {
        for (int i = 0; i < pieces.size(); i++) {
            PendingRound round = pieces.get(i).round;
            if (!round.rail.isOver() && !round.isExpired()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns the context entries that all subscribers of the call have in common, so that entries of one subscriber are never used for the
     * rows of another.
     */
    Context context() {
        Rail last = pieces.get(0).round.rail;
        Context first = last.context();
        Set<Context> others = null;
        for (Piece piece : pieces) {
            if (piece.round.rail == last) {
                continue;
            }
            last = piece.round.rail;
            Context one = last.context();
            if (first.isEmpty() || one.isEmpty()) {
                return Context.empty();
            }
            if (one != first) {
                others = others == null ? Collections.newSetFromMap(new IdentityHashMap<>()) : others;
                others.add(one);
            }
        }
        return others == null ? first : common(first, others);
    }

    private static Context common(Context first, Set<Context> others) {
        Map<Object, Object> shared = new HashMap<>();
        first.forEach(shared::put);
        for (Context other : others) {
            shared.entrySet().removeIf(entry -> !entry.getValue().equals(other.getOrDefault(entry.getKey(), null)));
        }
        return Context.of(shared);
    }

    /** Returns when the gateway received the first of the rows, in nanoseconds. */
    long askedAt() {
        long first = Long.MAX_VALUE;
        for (Piece piece : pieces) {
            first = Math.min(first, piece.round.askedAt);
        }
        return first;
    }

    /** Passes the values to the rounds and wakes their rails. */
    void answer(double[] answers) {
        int d = rows.dimension();
        for (Piece piece : pieces) {
            if (piece.round.answer(answers, piece.at * d, piece.firstRow, piece.count)) {
                piece.round.rail.answered(piece.round);
            }
        }
        answered = true;
        wake();
    }

    /** Records that there are no values for the rows, and wakes the rails. */
    void fail(Throwable reason) {
        for (Piece piece : pieces) {
            if (piece.round.fail(piece.firstRow, piece.count, reason)) {
                piece.round.rail.answered(piece.round);
            }
        }
        wake();
    }

    /** Ends the streams of all rows because of an error that affects more than a sample. */
    void endStreams(Throwable reason) {
        // By index: if memory is short, allocating an iterator may fail.
        for (int i = 0; i < pieces.size(); i++) {
            pieces.get(i).round.rail.fail(reason);
        }
        wake();
    }

    /** Wakes each rail once. An error of one rail does not keep the others from being woken. */
    private void wake() {
        for (int i = 0; i < rails.size(); i++) {
            Rail rail = rails.get(i);
            try {
                rail.wake();
            } catch (Throwable e) {
                Faults.drop(e);
            }
        }
    }
}
