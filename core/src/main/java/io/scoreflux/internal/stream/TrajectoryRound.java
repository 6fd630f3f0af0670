package io.scoreflux.internal.stream;

import io.scoreflux.error.Failure;
import io.scoreflux.error.HasViolation;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Kernels;
import io.scoreflux.model.ModelException;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.state.Rows;
import io.scoreflux.stream.StreamListener;
import org.jspecify.annotations.Nullable;

/** A trajectory in a stage, with its current round of queries. */
final class TrajectoryRound extends PendingRound {
    private static final String ANSWER = "the value of the denoiser";
    private static final String RULE = "must be computed for every finite state without an exception";
    private static final String STAY =
            "choose {fromSigma} and {toSigma} so that the denoiser is finite for every state between them";

    final TrackedTrajectory trajectory;
    final SolverRun run;
    /** Whether it may join a group. Used by the rail only. */
    boolean joins = true;

    private int thrownRow = -1;
    private @Nullable Throwable thrown;

    private final int stepsBefore;
    private final int rejectedBefore;
    private final long callsBefore;

    TrajectoryRound(TrackedTrajectory trajectory, Rail rail) {
        super(rail);
        this.trajectory = trajectory;
        this.run = trajectory.run;
        this.stepsBefore = run.steps();
        this.rejectedBefore = run.rejectedSteps();
        this.callsBefore = run.calls();
    }

    @Override
    int size() {
        return 1;
    }

    @Override
    TrajectoryRound trajectory(int i) {
        return this;
    }

    @Override
    boolean query(Rows batch) {
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
        appended(batch, at, told);
        if (!waits) {
            ended = run.done();
        } else if (rail.time().hasDeadline()) {
            rail.waitsUntil(trajectory.due);
        }
        return waits;
    }

    @Override
    void forgetFailures() {
        thrown = null;
        thrownRow = -1;
    }

    /** Leaves a group that waits for values. The trajectory then waits for its row alone. */
    void leaves() {
        count = 1;
        waits = true;
        joins = true;
    }

    @Override
    long expire() {
        if (!waits) {
            return Long.MAX_VALUE;
        }
        if (rail.time().remaining(trajectory.due) > 0) {
            return trajectory.due;
        }
        expired();
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

    /** Records why a row has no value. The reason for the first of these rows is reported. */
    @Override
    void failed(int row, int some, Throwable reason) {
        if (thrown == null || row < thrownRow) {
            thrown = reason;
            thrownRow = row;
        }
    }

    @Override
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

    @Override
    void tellThrown(double sigma, Throwable reason) {
        waits = false;
        run.fail(noAnswer(sigma, reason));
        ended = true;
    }

    /** Passes values that are not all finite to the machine; false if the failure must be recorded instead. */
    private boolean acceptsNonFinite(Failure failure, Rows asked, double[] values, int firstRow) {
        if (failure.kind() != Failure.Kind.NON_FINITE_ANSWER || (isKept() && thrown != null) || run.failure() != null) {
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

    /** Fails the trajectory because its machine threw. */
    void solverThrew(RuntimeException e) {
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
        Throwable e = isKept() ? thrown : null;
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
