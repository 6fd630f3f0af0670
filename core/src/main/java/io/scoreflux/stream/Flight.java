package io.scoreflux.stream;

import io.scoreflux.model.ModelException;
import io.scoreflux.solve.SolverRun;
import io.scoreflux.state.Failure;
import io.scoreflux.state.Kernels;
import io.scoreflux.state.Rows;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A trajectory in a stage, with the queries of its present round and their answers. The lane owns it between rounds; while it
 * waits, the gateway does, and calls that carry parts of it write their parts of the answers.
 */
final class Flight implements Linked<Flight> {
    final TrackedTrajectory trajectory;
    final SolverRun run;
    final Lane lane;
    final Rows rows;
    /** Rows that are already part of a call; the gateway's. */
    int sent;
    /** When its queries came to the gateway, in nanoseconds, where somebody listens. */
    long askedAt;
    /** Whether it waits for answers; the lane's. */
    boolean waits;

    /** Whether its lane no longer waits for its answers; written by the lane. */
    private volatile boolean expired;

    /** In the queue that it is in: of those that ask, or that wait at the gateway. */
    private @Nullable Flight next;

    private final AtomicInteger unanswered = new AtomicInteger();
    private double[] answers;
    private int thrownRow = -1;
    private @Nullable Throwable thrown;

    private final int stepsBefore;
    private final int rejectedBefore;
    private final long callsBefore;

    Flight(TrackedTrajectory trajectory, Lane lane) {
        int dimension = lane.dimension();
        this.trajectory = trajectory;
        this.run = trajectory.run;
        this.lane = lane;
        this.stepsBefore = run.steps();
        this.rejectedBefore = run.rejectedSteps();
        this.callsBefore = run.calls();
        this.rows = new Rows(dimension, 1);
        this.answers = new double[dimension];
    }

    @Override
    public @Nullable Flight next() {
        return next;
    }

    @Override
    public void next(@Nullable Flight value) {
        next = value;
    }

    /** Collects the queries of a new round; what a machine throws fails its own sample. */
    void ask() {
        rows.clear();
        sent = 0;
        thrown = null;
        thrownRow = -1;
        if (lane.time().isPast(trajectory.due)) {
            failLate("set a longer one, or a looser tolerance");
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
            lane.waitsUntil(trajectory.due);
        }
    }

    /**
     * Fails the trajectory if it waits beyond its deadline. Later answers go into the arrays of this flight, which are no longer read.
     *
     * @return the deadline if it still waits for answers; {@link LaneOperator#EXPIRED} if it failed; else {@link Long#MAX_VALUE}
     */
    long expire() {
        if (!waits) {
            return Long.MAX_VALUE;
        }
        if (lane.time().remaining(trajectory.due) > 0) {
            return trajectory.due;
        }
        waits = false;
        expired = true;
        failLate("the last of them has no answer yet: check that the model answers, or set a longer deadline");
        return LaneOperator.EXPIRED;
    }

    private void failLate(String remedy) {
        double sigma = run.sigma();
        String message =
                "the deadline passed below sigma " + sigma + " after " + run.calls() + " denoiser calls; " + remedy;
        run.fail(new Failure(Failure.Kind.DEADLINE, sigma, message, null));
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
    StreamListener.Passage passage(int stage) {
        return new StreamListener.Passage(
                stage,
                trajectory,
                run.steps() - stepsBefore,
                run.rejectedSteps() - rejectedBefore,
                run.calls() - callsBefore);
    }

    void aim(double sigma) {
        try {
            if (run.failure() == null) {
                run.aim(sigma);
            }
        } catch (RuntimeException e) {
            solverThrew(e);
        }
    }

    private void solverThrew(RuntimeException e) {
        double sigma = run.sigma();
        String message = "the solver threw below sigma " + sigma + ": " + e
                + "; report it, with the seed and the sample's number, or take another solver";
        run.fail(new Failure(Failure.Kind.SOLVER_ERROR, sigma, message, e));
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
                String message = "the denoiser answered NaN or infinity, or left the row unwritten, at sigma " + sigma
                        + "; it must answer every row with finite numbers, or the noise range stay where it does";
                return new Failure(Failure.Kind.NON_FINITE_ANSWER, sigma, message, null);
            }
        }
        return null;
    }

    private static Failure noAnswer(double sigma, Throwable e) {
        if (Gateway.concernsTheCall(e)) {
            String message = "a denoiser call failed in transport at sigma " + sigma + ": " + e
                    + "; see that the model can be reached, and have calls repeated (retries)";
            return new Failure(Failure.Kind.TRANSPORT_ERROR, sigma, message, e);
        }
        String message = "the denoiser threw at sigma " + sigma + ": "
                + (e instanceof ModelException
                        ? e.getMessage()
                        : e + "; it must answer every finite state, or the noise range stay where it does");
        return new Failure(Failure.Kind.DENOISER_ERROR, sigma, message, e);
    }
}
