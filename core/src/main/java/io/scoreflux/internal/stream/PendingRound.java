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
 * A trajectory in a stage, with the queries of its present round and their answers. The rail owns it between rounds; while it
 * waits, the gateway does, and calls that carry parts of it write their parts of the answers.
 */
final class PendingRound implements Linked<PendingRound> {
    private static final String ANSWER = "the denoiser's answer";
    private static final String RULE = "must be finite numbers for every finite state";
    private static final String STAY =
            "keep {fromSigma} and {toSigma} where the denoiser answers every state with finite numbers";

    final TrackedTrajectory trajectory;
    final SolverRun run;
    final Rail rail;
    final Rows rows;
    /** Rows that are already part of a call; the gateway's. */
    int sent;
    /** When its queries came to the gateway, in nanoseconds, where somebody listens. */
    long askedAt;
    /** Whether it waits for answers; the rail's. */
    boolean waits;

    /** Whether its rail no longer waits for its answers; written by the rail. */
    private volatile boolean expired;

    /** In the queue that it is in: of those that ask, or that wait at the gateway. */
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

    /** Collects the queries of a new round; what a machine throws fails its own sample. */
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
     * Fails the trajectory if it waits beyond its deadline. Later answers go into the arrays of this round, which are no longer read.
     *
     * @return the deadline if it still waits for answers; {@link RailOperator#EXPIRED} if it failed; else {@link Long#MAX_VALUE}
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
        failLate("check that the model answers, as the last call has no answer yet", "raise {deadline}");
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

    /** Whether its answers are no longer needed, as its deadline passed; from any thread. */
    boolean isExpired() {
        return expired;
    }

    /**
     * Takes the answers of some rows, from the thread of a call.
     *
     * @return whether these were the last
     */
    boolean answer(double[] from, int at, int firstRow, int count) {
        System.arraycopy(from, at, answers, rows.offset(firstRow), count * rows.dimension());
        return unanswered.addAndGet(-count) == 0;
    }

    /** Notes that a row has no answer but a reason; the first such row is reported. */
    boolean fail(int row, int count, Throwable reason) {
        synchronized (rows) {
            if (thrown == null || row < thrownRow) {
                thrown = reason;
                thrownRow = row;
            }
        }
        return unanswered.addAndGet(-count) == 0;
    }

    /** Hands the answers to the trajectory, or fails it. */
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

    /** Whether the machine accepts answers that are not finite. */
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

    /** What it did in its stage. */
    StreamListener.StageSummary summary(int stage) {
        return new StreamListener.StageSummary(
                stage,
                trajectory,
                run.steps() - stepsBefore,
                run.rejectedSteps() - rejectedBefore,
                run.calls() - callsBefore);
    }

    void aim(double sigma) {
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
                        "report it, with the seed and the sample's number",
                        "take another {solver}");
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
                        Violation.of(ANSWER, "must be finite, in every row", "NaN, infinite or not written", STAY);
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
                    "have calls repeated by {retries}");
            return Failure.at(Failure.Kind.TRANSPORT_ERROR, sigma, violation, e);
        }
        Violation violation = e instanceof HasViolation refused
                ? refused.violation()
                : e instanceof ModelException
                        ? Violation.of(ANSWER, RULE, e.getMessage())
                        : Violation.of(ANSWER, RULE, e, STAY);
        return Failure.at(Failure.Kind.DENOISER_ERROR, sigma, violation, e);
    }
}
