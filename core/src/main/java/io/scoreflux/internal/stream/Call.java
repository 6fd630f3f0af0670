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

/** One call of the batch function: rows of one round or several, in pieces. As a command of its gateway, it frees its slot. */
final class Call extends BatchGateway.Command implements Linked<Call> {
    final Rows rows;
    /** Ends the call early, if it can be. */
    final Disposable.Swap running = Disposables.swap();
    /** When it was sent, in nanoseconds, where somebody listens. */
    long sentAt;

    private final Transport transport;
    private final List<Piece> pieces = new ArrayList<>();
    /** The rails of its pieces, each once; collected while the call is built, so that an answer allocates little. */
    private final List<Rail> rails = new ArrayList<>();

    private final Set<Rail> seen = new HashSet<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private double[] buffer = new double[0];
    private boolean divides;
    private boolean answered;
    /** Among the halves of failed calls, or the calls in flight. */
    private @Nullable Call next;

    /** Rows of a round from {@code firstRow} on, which are the call's from {@code at} on. */
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

    /** The array for its answers. */
    double[] buffer() {
        return buffer;
    }

    /** Empties it for use by another call; for calls that nobody else holds any more. */
    void clear() {
        rows.clear();
        pieces.clear();
        rails.clear();
        seen.clear();
        divides = false;
        answered = false;
        ended.set(false);
    }

    /** Whether this is the first end of the call: one that is given up may be answered at the same time. */
    boolean endsNow() {
        return ended.compareAndSet(false, true);
    }

    /** Adds rows of a round; the call stays as it was if there is no memory for them. */
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

    /** Marks it to be repeated on halves once its slot is free. */
    void divide() {
        divides = true;
    }

    boolean divides() {
        return divides;
    }

    /** Whether its answers were distributed to the rounds. */
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

    /** The rows from {@code first} to {@code end - 1} as a call of their own. */
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

    /** Whether nobody waits for it any more. */
    boolean isAbandoned() {
        for (int i = 0; i < pieces.size(); i++) {
            PendingRound round = pieces.get(i).round;
            if (!round.rail.isOver() && !round.isExpired()) {
                return false;
            }
        }
        return true;
    }

    /** What the contexts of all who ask have in common, so that nobody's is seen by a call of another's. */
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

    /** When the first of its rows was asked, in nanoseconds. */
    long askedAt() {
        long first = Long.MAX_VALUE;
        for (Piece piece : pieces) {
            first = Math.min(first, piece.round.askedAt);
        }
        return first;
    }

    /** Hands out the answers; a rail that has some is woken. */
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

    /** Tells all rows that there is no answer. */
    void fail(Throwable reason) {
        for (Piece piece : pieces) {
            if (piece.round.fail(piece.firstRow, piece.count, reason)) {
                piece.round.rail.answered(piece.round);
            }
        }
        wake();
    }

    /** Ends the streams of all rows, for what concerns more than a sample. */
    void endStreams(Throwable reason) {
        // By index: if memory is short, allocating an iterator may fail.
        for (int i = 0; i < pieces.size(); i++) {
            pieces.get(i).round.rail.fail(reason);
        }
        wake();
    }

    /** Wakes each rail once; a subscriber that throws does not prevent waking the others. */
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
