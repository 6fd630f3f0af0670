package io.scoreflux.internal.stream;

import io.scoreflux.error.Failure;
import io.scoreflux.error.HasViolation;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Kernels;
import io.scoreflux.model.ModelException;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.state.Rows;
import io.scoreflux.stream.StreamListener;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * A trajectory in a stage, with its current round of queries. Between rounds, the rail owns it. While it waits, the gateway owns it.
 *
 * <p>The queries and their values are in the arrays of a call if one call of the rail has all of them. Otherwise the round <em>keeps</em>
 * them: they are in arrays of the round, and each call that has some of its rows writes their values.
 */
final class PendingRound implements Linked<PendingRound>, Answered {
    private static final String ANSWER = "the value of the denoiser";
    private static final String RULE = "must be computed for every finite state without an exception";
    private static final String STAY =
            "choose {fromSigma} and {toSigma} so that the denoiser is finite for every state between them";

    private static final AtomicIntegerFieldUpdater<PendingRound> UNANSWERED =
            AtomicIntegerFieldUpdater.newUpdater(PendingRound.class, "unanswered");

    private static final double[] NONE = {};

    final TrackedTrajectory trajectory;
    final SolverRun run;
    final Rail rail;
    /** The number of rows that are already in calls. Used by the gateway only. */
    int sent;
    /** When the gateway received the queries, in nanoseconds. Set only if the gateway has a listener. */
    long askedAt;
    /** Whether it waits for values. Used by the rail only. */
    boolean waits;
    /** Whether the trajectory has reached the end of the stage or failed. Used by the rail only. */
    boolean ended;

    /** Whether the deadline has passed, so that the rail no longer waits for the values. Written by the rail only. */
    private volatile boolean expired;

    /** The next round in its queue, which belongs to the rail or to the gateway. */
    private @Nullable PendingRound next;

    /** The number of rows of the round. */
    private int count;
    /** Whether the round has its queries and values in its own arrays. */
    private boolean kept;

    private final int dimension;
    /** The queries, if the round has ever kept them. */
    private @Nullable Rows rows;

    /** The number of rows that have not been answered, if the round keeps its queries. */
    @SuppressWarnings("UnusedVariable") // Read through UNANSWERED.
    private volatile int unanswered;

    private double[] answers = NONE;
    private int thrownRow = -1;
    private @Nullable Throwable thrown;

    private final int stepsBefore;
    private final int rejectedBefore;
    private final long callsBefore;

    PendingRound(TrackedTrajectory trajectory, Rail rail) {
        this.trajectory = trajectory;
        this.run = trajectory.run;
        this.rail = rail;
        this.stepsBefore = run.steps();
        this.rejectedBefore = run.rejectedSteps();
        this.callsBefore = run.calls();
        this.dimension = rail.dimension();
    }

    @Override
    public @Nullable PendingRound next() {
        return next;
    }

    @Override
    public void next(@Nullable PendingRound value) {
        next = value;
    }

    /** Returns the number of rows of the round. */
    int count() {
        return count;
    }

    /** Returns whether the round has its queries and values in its own arrays. */
    boolean isKept() {
        return kept;
    }

    /** Returns the queries of a round that keeps them. */
    Rows rows() {
        Rows own = rows;
        if (own == null) {
            own = new Rows(dimension, 1);
            rows = own;
        }
        return own;
    }

    /** Collects the queries of a new round in the round's own arrays; false if the trajectory ended instead. */
    boolean askKept() {
        rows().clear();
        if (!ask(rows())) {
            return false;
        }
        keep();
        return true;
    }

    /**
     * Appends the queries of a new round to a batch; false if the trajectory ended instead. An exception of the machine fails its sample, and
     * the batch stays unchanged.
     */
    boolean ask(Rows batch) {
        kept = false;
        int at = batch.count();
        if (rail.time().hasDeadline() && rail.time().isPast(trajectory.due)) {
            failLate("raise {deadline}", "raise {tolerance}");
            ended = true;
            return false;
        }
        int told;
        try {
            told = run.ask(batch);
        } catch (RuntimeException e) {
            batch.truncate(at);
            solverThrew(e);
            ended = true;
            return false;
        }
        count = batch.count() - at;
        if (count != told) {
            // Rows of other samples may be lost or changed.
            throw new IllegalStateException(
                    "a machine returned " + told + " as the number of its rows, and the batch grew by " + count
                            + "; a machine must only append rows, and return their number");
        }
        waits = count > 0;
        if (!waits) {
            ended = run.done();
        } else if (rail.time().hasDeadline()) {
            rail.waitsUntil(trajectory.due);
        }
        return waits;
    }

    /** Copies the queries from a batch, because no call has all of them. */
    void keep(Rows batch, int at) {
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
        thrown = null;
        thrownRow = -1;
        unanswered = count;
        kept = true;
    }

    /**
     * Fails the trajectory if it waits beyond its deadline. Later values are written into the arrays of this round, which are no longer
     * read.
     *
     * @return the deadline if the round still waits; {@link RailOperator#EXPIRED} if the trajectory failed; otherwise {@link Long#MAX_VALUE}
     */
    long expire() {
        if (!waits) {
            return Long.MAX_VALUE;
        }
        if (rail.time().remaining(trajectory.due) > 0) {
            return trajectory.due;
        }
        waits = false;
        expired = true;
        ended = true;
        failLate("check that the model responds (the last call has not returned yet)", "raise {deadline}");
        return RailOperator.EXPIRED;
    }

    private void failLate(String... remedies) {
        double sigma = run.sigma();
        Violation violation = Violation.of(
                "the sample",
                "must be finished before its deadline",
                "below sigma " + Violation.text(sigma) + " after " + run.calls() + " denoiser calls",
                remedies);
        run.fail(Failure.at(Failure.Kind.DEADLINE, sigma, violation, null));
    }

    /** Returns whether the values are no longer needed because the deadline has passed. Thread-safe. */
    boolean isExpired() {
        return expired;
    }

    /**
     * Takes the values of some rows, on the thread of a call.
     *
     * @return whether no other row waits
     */
    boolean answer(double[] from, int at, int firstRow, int count) {
        System.arraycopy(from, at, answers, firstRow * dimension, count * dimension);
        return UNANSWERED.addAndGet(this, -count) == 0;
    }

    /**
     * Records why rows have no values. The reason for the first of these rows is reported.
     *
     * @return whether no other row waits
     */
    boolean fail(int row, int count, Throwable reason) {
        synchronized (this) {
            if (thrown == null || row < thrownRow) {
                thrown = reason;
                thrownRow = row;
            }
        }
        return UNANSWERED.addAndGet(this, -count) == 0;
    }

    /** Passes the values that the round keeps to the trajectory, or fails it. */
    @Override
    public boolean tell() {
        return !expired && tell(rows(), answers, 0, false);
    }

    /**
     * Passes values to the trajectory, or fails it.
     *
     * @param asked a batch with the queries of the round from {@code firstRow} on
     * @param values the values of the batch
     * @param finite whether all values are known to be finite
     * @return whether the trajectory reached the end of the stage or failed
     */
    boolean tell(Rows asked, double[] values, int firstRow, boolean finite) {
        waits = false;
        Failure failure = finite ? null : firstFailure(asked, values, firstRow);
        if (failure != null) {
            if (!acceptsNonFinite(failure, asked, values, firstRow)) {
                run.fail(failure);
            }
        } else if (run.failure() == null) {
            try {
                run.tell(asked, values, firstRow);
            } catch (RuntimeException e) {
                solverThrew(e);
            }
        }
        ended = run.done();
        return ended;
    }

    /** Fails the trajectory because the call with its queries has no values. */
    void tellThrown(double sigma, Throwable reason) {
        waits = false;
        run.fail(noAnswer(sigma, reason));
        ended = true;
    }

    /** Passes values that are not all finite to the machine; false if the failure must be recorded instead. */
    private boolean acceptsNonFinite(Failure failure, Rows asked, double[] values, int firstRow) {
        if (failure.kind() != Failure.Kind.NON_FINITE_ANSWER || (kept && thrown != null) || run.failure() != null) {
            return false;
        }
        try {
            return run.tellNonFinite(asked, values, firstRow);
        } catch (RuntimeException e) {
            solverThrew(e);
            return true;
        }
    }

    /** Returns what the trajectory did in its stage. */
    StreamListener.StageSummary summary(int stage) {
        return new StreamListener.StageSummary(
                stage,
                trajectory,
                run.steps() - stepsBefore,
                run.rejectedSteps() - rejectedBefore,
                run.calls() - callsBefore);
    }

    void target(double sigma) {
        try {
            if (run.failure() == null) {
                run.target(sigma);
            }
        } catch (RuntimeException e) {
            solverThrew(e);
        }
    }

    private void solverThrew(RuntimeException e) {
        double sigma = run.sigma();
        Violation violation = e instanceof HasViolation refused
                ? refused.violation()
                : Violation.of(
                        "the solver's step",
                        "must complete",
                        e,
                        "report it with the seed and the index of the sample",
                        "use another {solver}");
        run.fail(Failure.at(Failure.Kind.SOLVER_ERROR, sigma, violation, e));
    }

    private @Nullable Failure firstFailure(Rows asked, double[] values, int firstRow) {
        Throwable e = kept ? thrown : null;
        for (int row = 0; row < count; row++) {
            double sigma = asked.sigma(firstRow + row);
            if (e != null && row == thrownRow) {
                return noAnswer(sigma, e);
            }
            if (!Kernels.allFinite(values, asked.offset(firstRow + row), dimension) && (e == null || row < thrownRow)) {
                Violation violation =
                        Violation.of(ANSWER, "must be finite in every row", "NaN, infinite or not written", STAY);
                return Failure.at(Failure.Kind.NON_FINITE_ANSWER, sigma, violation, null);
            }
        }
        return null;
    }

    private static Failure noAnswer(double sigma, Throwable e) {
        if (BatchGateway.concernsTheCall(e)) {
            Violation violation = Violation.of(
                    ANSWER,
                    "must arrive",
                    e,
                    "check that the model can be reached",
                    "set {retries} to repeat failed calls");
            return Failure.at(Failure.Kind.TRANSPORT_ERROR, sigma, violation, e);
        }
        Violation violation = e instanceof HasViolation refused
                ? refused.violation()
                : e instanceof ModelException
                        ? Violation.of(ANSWER, RULE, e.getMessage())
                        : Violation.of(ANSWER, RULE, e, "check the model");
        return Failure.at(Failure.Kind.DENOISER_ERROR, sigma, violation, e);
    }
}
