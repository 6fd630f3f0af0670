package io.scoreflux.internal.stream;

import io.scoreflux.state.Rows;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * Trajectories in a stage, with their current round of queries: one trajectory, or a group that takes the same steps. Between rounds, the rail
 * owns it. While it waits, the gateway owns it.
 *
 * <p>The queries and their values are in the arrays of a call if one call of the rail has all of them. Otherwise the round <em>keeps</em>
 * them: they are in arrays of the round, and each call that has some of its rows writes their values.
 */
abstract class PendingRound implements Linked<PendingRound>, Answered {
    private static final AtomicIntegerFieldUpdater<PendingRound> UNANSWERED =
            AtomicIntegerFieldUpdater.newUpdater(PendingRound.class, "unanswered");

    private static final double[] NONE = {};

    final Rail rail;
    final int dimension;
    /** The number of rows that are already in calls. Used by the gateway only. */
    int sent;
    /** When the gateway received the queries, in nanoseconds. Set only if the gateway has a listener. */
    long askedAt;
    /** Whether it waits for values. Used by the rail only. */
    boolean waits;
    /** Whether the trajectory has reached the end of the stage or failed, or the group has ended. Used by the rail only. */
    boolean ended;

    /** The number of rows of the round. */
    int count;
    /** The values of a round that keeps them. */
    double[] answers = NONE;

    /** Whether the deadline has passed, so that the rail no longer waits for the values. Written by the rail only. */
    private volatile boolean expired;

    /** The next round in its queue, which belongs to the rail or to the gateway. */
    private @Nullable PendingRound next;

    /** Whether the round has its queries and values in its own arrays. */
    private boolean kept;

    /** The queries, if the round has ever kept them. */
    private @Nullable Rows rows;

    /** The number of rows that have not been answered, if the round keeps its queries. */
    @SuppressWarnings("UnusedVariable") // Read through UNANSWERED.
    private volatile int unanswered;

    PendingRound(Rail rail) {
        this.rail = rail;
        this.dimension = rail.dimension();
    }

    @Override
    public final @Nullable PendingRound next() {
        return next;
    }

    @Override
    public final void next(@Nullable PendingRound value) {
        next = value;
    }

    /** Returns the number of trajectories. */
    abstract int size();

    /** Returns a trajectory, counted from 0. */
    abstract TrajectoryRound trajectory(int i);

    /** Returns the number of rows of the round. */
    final int count() {
        return count;
    }

    /** Returns whether the round has its queries and values in its own arrays. */
    final boolean isKept() {
        return kept;
    }

    /** Returns the queries of a round that keeps them. */
    final Rows rows() {
        Rows own = rows;
        if (own == null) {
            own = new Rows(dimension, 1);
            rows = own;
        }
        return own;
    }

    /** Collects the queries of a new round in the round's own arrays; false if it ended instead. */
    final boolean askKept() {
        rows().clear();
        if (!ask(rows())) {
            return false;
        }
        keep();
        return true;
    }

    /**
     * Appends the queries of a new round to a batch; false if it ended instead. An exception of the machine leaves the batch unchanged.
     */
    final boolean ask(Rows batch) {
        kept = false;
        return query(batch);
    }

    /** Appends the queries; see {@link #ask}. */
    abstract boolean query(Rows batch);

    /** Checks that machines have appended the rows that they should, and records them. */
    final void appended(Rows batch, int at, int told) {
        count = batch.count() - at;
        if (count != told) {
            // Rows of other samples may be lost or changed.
            throw new IllegalStateException("a machine or group had " + told + " rows, and the batch grew by " + count
                    + "; a machine must only append rows and return their number, and a group must append one"
                    + " row for each machine");
        }
        waits = count > 0;
    }

    /** Copies the queries from a batch, because no call has all of them. */
    final void keep(Rows batch, int at) {
        rows().clear();
        rows().appendAll(batch, at, count);
        keep();
    }

    private void keep() {
        int numbers = Math.multiplyExact(count, dimension);
        if (answers.length < numbers) {
            answers = new double[Math.max(numbers, 2 * answers.length)];
        }
        sent = 0;
        forgetFailures();
        unanswered = count;
        kept = true;
    }

    /** Forgets why rows of an earlier round have no values. */
    abstract void forgetFailures();

    /**
     * Fails the trajectory if it waits beyond its deadline. Later values are written into the arrays of this round, which are no longer
     * read.
     *
     * @return the deadline if the round still waits; {@link RailOperator#EXPIRED} if the trajectory failed; otherwise {@link Long#MAX_VALUE}
     */
    abstract long expire();

    /** Records that the deadline has passed. */
    final void expired() {
        waits = false;
        expired = true;
        ended = true;
    }

    /** Returns whether the values are no longer needed because the deadline has passed. Thread-safe. */
    final boolean isExpired() {
        return expired;
    }

    /**
     * Takes the values of some rows, on the thread of a call.
     *
     * @return whether no other row waits
     */
    final boolean answer(double[] from, int at, int firstRow, int some) {
        System.arraycopy(from, at, answers, firstRow * dimension, some * dimension);
        return UNANSWERED.addAndGet(this, -some) == 0;
    }

    /**
     * Records why rows have no values.
     *
     * @return whether no other row waits
     */
    final boolean fail(int row, int some, Throwable reason) {
        synchronized (this) {
            failed(row, some, reason);
        }
        return UNANSWERED.addAndGet(this, -some) == 0;
    }

    /** Records why rows have no values. */
    abstract void failed(int row, int some, Throwable reason);

    /** Passes the values that the round keeps to the trajectories, or fails them. */
    @Override
    public final boolean tell() {
        return !expired && tell(rows(), answers, 0, false);
    }

    /**
     * Passes values to the trajectories, or fails them.
     *
     * @param asked a batch with the queries of the round from {@code firstRow} on
     * @param values the values of the batch
     * @param finite whether all values are known to be finite
     * @return whether the round has ended
     */
    abstract boolean tell(Rows asked, double[] values, int firstRow, boolean finite);

    /** Fails the trajectories because the call with their queries has no values. */
    abstract void tellThrown(double sigma, Throwable reason);
}
