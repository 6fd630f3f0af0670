package io.scoreflux.internal.stream;

import io.scoreflux.error.Failure;
import io.scoreflux.error.HasViolation;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Kernels;
import io.scoreflux.model.ModelException;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.state.Rows;
import io.scoreflux.stream.StreamListener;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A trajectory in a stage, with the queries of its current round and the values of the denoiser. Between rounds, the rail owns it. While it
 * waits, the gateway owns it, and each call that contains some of its rows writes their values.
 */
final class PendingRound implements Linked<PendingRound> {
    private static final String ANSWER = "the value of the denoiser";
    private static final String RULE = "must be computed for every finite state without an exception";
    private static final String STAY =
            "choose {fromSigma} and {toSigma} so that the denoiser is finite for every state between them";

    final TrackedTrajectory trajectory;
    final SolverRun run;
    final Rail rail;
    final Rows rows;
    /** The number of rows that are already in calls. Used by the gateway only. */
    int sent;
    /** When the gateway received the queries, in nanoseconds. Set only if the gateway has a listener. */
    long askedAt;
    /** Whether it waits for values. Used by the rail only. */
    boolean waits;

    /** Whether the deadline has passed, so that the rail no longer waits for the values. Written by the rail only. */
    private volatile boolean expired;

    /** The next round in its queue, which belongs to the rail or to the gateway. */
    private @Nullable PendingRound next;

    private final AtomicInteger unanswered = new AtomicInteger();
    private double[] answers;
    private int thrownRow = -1;
    private @Nullable Throwable thrown;

    private final int stepsBefore;
    private final int rejectedBefore;
    private final long callsBefore;

    PendingRound(TrackedTrajectory trajectory, Rail rail) {
        int dimension = rail.dimension();
        this.trajectory = trajectory;
        this.run = trajectory.run;
        this.rail = rail;
        this.stepsBefore = run.steps();
        this.rejectedBefore = run.rejectedSteps();
        this.callsBefore = run.calls();
        this.rows = new Rows(dimension, 1);
        this.answers = new double[dimension];
    }

    @Override
    public @Nullable PendingRound next() {
        return next;
    }

    @Override
    public void next(@Nullable PendingRound value) {
        next = value;
    }

    /** Collects the queries of a new round. An exception of the machine fails its sample. */
    void ask() {
        rows.clear();
        sent = 0;
        thrown = null;
        thrownRow = -1;
        if (rail.time().isPast(trajectory.due)) {
            failLate("raise {deadline}", "raise {tolerance}");
            return;
        }
        try {
            run.ask(rows);
        } catch (RuntimeException e) {
            solverThrew(e);
            return;
        }
        int numbers = Math.multiplyExact(rows.count(), rows.dimension());
        if (answers.length < numbers) {
            answers = new double[Math.max(numbers, 2 * answers.length)];
        }
        Arrays.fill(answers, 0, numbers, Double.NaN);
        unanswered.set(rows.count());
        waits = rows.count() > 0;
        if (waits) {
            rail.waitsUntil(trajectory.due);
        }
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
        System.arraycopy(from, at, answers, rows.offset(firstRow), count * rows.dimension());
        return unanswered.addAndGet(-count) == 0;
    }

    /**
     * Records why rows have no values. The reason for the first of these rows is reported.
     *
     * @return whether no other row waits
     */
    boolean fail(int row, int count, Throwable reason) {
        synchronized (rows) {
            if (thrown == null || row < thrownRow) {
                thrown = reason;
                thrownRow = row;
            }
        }
        return unanswered.addAndGet(-count) == 0;
    }

    /** Passes the values to the trajectory, or fails it. */
    void tell() {
        if (expired) {
            return;
        }
        waits = false;
        Failure failure = firstFailure();
        if (failure != null) {
            if (!acceptsNonFinite(failure)) {
                run.fail(failure);
            }
        } else if (run.failure() == null) {
            try {
                run.tell(rows, answers, 0);
            } catch (RuntimeException e) {
                solverThrew(e);
            }
        }
    }

    /** Passes values that are not all finite to the machine; false if the failure must be recorded instead. */
    private boolean acceptsNonFinite(Failure failure) {
        if (failure.kind() != Failure.Kind.NON_FINITE_ANSWER || thrown != null || run.failure() != null) {
            return false;
        }
        try {
            return run.tellNonFinite(rows, answers, 0);
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

    private @Nullable Failure firstFailure() {
        Throwable e = thrown;
        int d = rows.dimension();
        for (int row = 0; row < rows.count(); row++) {
            double sigma = rows.sigma(row);
            if (e != null && row == thrownRow) {
                return noAnswer(sigma, e);
            }
            if (!Kernels.allFinite(answers, row * d, d) && (e == null || row < thrownRow)) {
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
