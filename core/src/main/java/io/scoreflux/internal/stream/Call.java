package io.scoreflux.internal.stream;

import io.scoreflux.internal.Kernels;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.Arrays;
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
final class Call extends BatchGateway.Command implements Linked<Call>, Answered {
    /** Cancels the call, if that is possible. */
    final Disposable.Swap running = Disposables.swap();
    /** When the call was sent, in nanoseconds. Set only if the gateway has a listener. */
    long sentAt;

    private final Transport transport;
    /** The owner if a rail fills the call, or null. */
    private final @Nullable RailCalls owner;

    private Rows rows;
    // A piece is a sequence of rows of a round: those from firstRows[i] on are the rows of the call from starts[i] on.
    private PendingRound[] rounds = new PendingRound[1];
    private int[] firstRows = new int[1];
    private int[] starts = new int[1];
    private int pieces;
    /** The rails of its pieces, each once. Collected while the call is built, so that passing values on allocates little. */
    private final List<Rail> rails = new ArrayList<>();

    private final Set<Rail> seen = new HashSet<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private double[] buffer = new double[0];
    private double[] values = buffer;
    private @Nullable Throwable thrown;
    private boolean divides;
    private boolean answered;
    /** Whether the gateway no longer uses the call, so that its owner may reuse it. */
    private volatile boolean free;
    /** The next call in its queue: calls that are ready, or in flight. */
    private @Nullable Call next;

    /**
     * Creates an empty call.
     *
     * @param owner the owner if a rail fills the call, or null
     */
    Call(int dimension, int capacity, Transport transport, @Nullable RailCalls owner) {
        this.rows = new Rows(dimension, capacity);
        this.transport = transport;
        this.owner = owner;
    }

    @Override
    public @Nullable Call next() {
        return next;
    }

    @Override
    public void next(@Nullable Call value) {
        next = value;
    }

    /** Returns the rows. */
    Rows rows() {
        return rows;
    }

    /** Returns whether a rail fills the call. */
    boolean isOwned() {
        return owner != null;
    }

    /** Lets the owner reuse the call. */
    void release() {
        free = true;
    }

    /** Returns the array for the values. */
    double[] buffer() {
        return buffer;
    }

    /** Clears the call for reuse. There must be no other references to it. */
    void clear() {
        rows.clear();
        Arrays.fill(rounds, 0, pieces, null);
        pieces = 0;
        rails.clear();
        seen.clear();
        thrown = null;
        divides = false;
        answered = false;
        free = false;
        ended.set(false);
    }

    /** Marks the call as ended; false if it had ended before. Values may arrive while the call is being abandoned. */
    boolean endsNow() {
        return ended.compareAndSet(false, true);
    }

    /** Adds rows of a round that keeps its queries. The call stays unchanged if there is no memory for them. */
    void add(PendingRound round, int firstRow, int count) {
        add(round, firstRow, round.rows(), firstRow, count);
    }

    private void add(PendingRound round, int firstRow, Rows from, int at, int count) {
        int start = rows.count();
        try {
            rows.appendAll(from, at, count);
            buffer = transport.buffer(buffer, rows);
            reservePiece();
            addPiece(round, firstRow, start);
        } catch (Throwable e) {
            rows.truncate(start);
            throw e;
        }
    }

    /** Returns whether there is room for one more row and round. */
    boolean hasRoom() {
        return rows.count() < rows.sigma().length && pieces < rounds.length;
    }

    /** Makes room for one more row and round. The call stays unchanged if there is no memory. */
    void reserve(int maxRows) {
        if (rows.count() == rows.sigma().length) {
            enlarge((int) Math.min(2L * rows.count(), maxRows));
        }
        reservePiece();
    }

    /** Makes room for more rows. The call stays unchanged if there is no memory. */
    void reserveRows(int more) {
        int least = rows.count() + more;
        if (least > rows.sigma().length) {
            enlarge(least);
        }
    }

    /** Enlarges the batch before a machine appends to it: a lack of memory must not end its stream. */
    private void enlarge(int capacity) {
        Rows larger = new Rows(rows.dimension(), capacity);
        larger.appendAll(rows, 0, rows.count());
        rows = larger;
    }

    /** Adds a round that has appended its queries from row {@code start} on, after {@link #reserve}. Only rows are left behind if there is no memory for the values. */
    void adopt(PendingRound round, int start) {
        if (buffer.length < rows.count() * rows.dimension()) {
            buffer = transport.buffer(buffer, rows);
        }
        addPiece(round, 0, start);
    }

    private void addPiece(PendingRound round, int firstRow, int start) {
        int i = pieces;
        if (i == 0 || (owner == null && rounds[i - 1].rail != round.rail && !seen.contains(round.rail))) {
            rails.add(round.rail);
            seen.add(round.rail);
        }
        rounds[i] = round;
        firstRows[i] = firstRow;
        starts[i] = start;
        pieces = i + 1;
    }

    private void reservePiece() {
        if (pieces == rounds.length) {
            PendingRound[] moreRounds = Arrays.copyOf(rounds, 2 * pieces);
            int[] moreRows = Arrays.copyOf(firstRows, 2 * pieces);
            starts = Arrays.copyOf(starts, 2 * pieces);
            firstRows = moreRows;
            rounds = moreRounds;
        }
    }

    /** Returns the first row of the call after a piece. */
    private int end(int piece) {
        return piece + 1 < pieces ? starts[piece + 1] : rows.count();
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

    /** Returns a new call with the rows from {@code first} to {@code last - 1}. */
    Call part(int first, int last) {
        Call part = new Call(rows.dimension(), last - first, transport, owner);
        for (int i = 0; i < pieces; i++) {
            PendingRound round = rounds[i];
            int from = Math.max(first, starts[i]);
            int to = Math.min(last, end(i));
            if (from < to) {
                if (to - from < round.count() && !round.isKept()) {
                    round.keep(rows, starts[i]);
                }
                part.add(round, firstRows[i] + from - starts[i], rows, from, to - from);
            }
        }
        return part;
    }

    /** Returns whether no round waits for the call any more. */
    boolean isAbandoned() {
        for (int i = 0; i < pieces; i++) {
            PendingRound round = rounds[i];
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
        Context first = rails.get(0).context();
        Set<Context> others = null;
        for (int i = 1; i < rails.size(); i++) {
            Context one = rails.get(i).context();
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
        for (int i = 0; i < pieces; i++) {
            first = Math.min(first, rounds[i].askedAt);
        }
        return first;
    }

    /** Records when the gateway received the rows, in nanoseconds. */
    void askedAt(long now) {
        for (int i = 0; i < pieces; i++) {
            rounds[i].askedAt = now;
        }
    }

    /** Passes the values to the rounds, or to the rail that owns the call, and wakes the rails. */
    void answer(double[] answers) {
        values = answers;
        answered = true;
        hand();
        for (int i = 0; i < pieces; i++) {
            PendingRound round = rounds[i];
            if (round.isKept() && round.answer(answers, rows.offset(starts[i]), firstRows[i], end(i) - starts[i])) {
                round.rail.answered(round);
            }
        }
        wake();
    }

    /** Records that there are no values for the rows, and wakes the rails. */
    void fail(Throwable reason) {
        thrown = reason;
        hand();
        for (int i = 0; i < pieces; i++) {
            PendingRound round = rounds[i];
            if (round.isKept() && round.fail(firstRows[i], end(i) - starts[i], reason)) {
                round.rail.answered(round);
            }
        }
        wake();
    }

    /** Passes the call to its owner, before the rounds that keep their values: those may be asked again and then be in another call. */
    private void hand() {
        if (owner != null) {
            rails.get(0).answered(this);
        }
    }

    /** Passes the values to the trajectories whose queries are in this call, or fails them. */
    @Override
    public boolean tell() {
        Throwable reason = thrown;
        boolean finite = reason == null && Kernels.isSumFinite(values, rows.count() * rows.dimension());
        boolean any = reason != null;
        for (int i = 0; i < pieces; i++) {
            PendingRound round = rounds[i];
            if (round.isKept()) {
                continue;
            }
            if (reason == null) {
                any |= round.tell(rows, values, starts[i], finite);
            } else {
                round.tellThrown(rows.sigma(starts[i]), reason);
            }
        }
        RailCalls by = owner;
        if (by != null && free) {
            by.reuse(this);
        }
        return any;
    }

    /** Ends the streams of all rows because of an error that affects more than a sample. */
    void endStreams(Throwable reason) {
        // By index: if memory is short, allocating an iterator may fail.
        for (int i = 0; i < rails.size(); i++) {
            rails.get(i).fail(reason);
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
