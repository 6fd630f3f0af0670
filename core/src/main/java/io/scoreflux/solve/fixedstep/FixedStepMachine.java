package io.scoreflux.solve.fixedstep;

import io.scoreflux.internal.Kernels;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A machine that follows a table of steps. Each step evaluates D and predicts; if the step has a corrector, it evaluates D at the prediction
 * and corrects.
 */
final class FixedStepMachine implements Machine {
    private final SolverState trajectory;
    private final double[] z;
    private final StepTable table;
    /** The last values of D, newest first. The last row is free while a step corrects. */
    private final double[][] history;
    /** The prediction of a step with a corrector; null if no step has one. */
    private final double @Nullable [] predicted;
    /** The noise of a step; null if no step adds any. */
    private final double @Nullable [] noise;

    private int step;
    /** Whether D at the state is known. */
    private boolean evaluated;
    /** Whether the present evaluation is at the predicted state. */
    private boolean correcting;

    private double target;

    FixedStepMachine(SolverState trajectory, StepTable table) {
        this.trajectory = trajectory;
        this.z = trajectory.z();
        this.table = table;
        this.history = new double[table.history()][z.length];
        this.predicted = table.corrects() ? new double[z.length] : null;
        this.noise = table.addsNoise() ? new double[z.length] : null;
        this.target = trajectory.sigma();
    }

    @Override
    public void target(double sigma) {
        target = sigma;
        takeFreeStep();
    }

    @Override
    public boolean done() {
        return step == table.steps() || trajectory.sigma() <= target;
    }

    @Override
    public int ask(Rows append) {
        if (evaluated) {
            // The value at the predicted state also serves as D at the corrected state, so the next step predicts at
            // once.
            predict(prediction());
            correcting = true;
        }
        if (correcting) {
            append.append(prediction(), 0, table.step(step).to());
        } else {
            append.append(z, 0, trajectory.sigma());
        }
        return 1;
    }

    @Override
    public void tell(Rows asked, double[] answers, int firstRow) {
        if (correcting) {
            correct(answers, firstRow);
            return;
        }
        newest(answers, firstRow);
        if (table.step(step).correct() == null) {
            predict(z);
            land(false);
        } else {
            predict(prediction());
            correcting = true;
        }
    }

    private double[] prediction() {
        return Objects.requireNonNull(predicted);
    }

    /** Computes the state at the end of the step. */
    private void predict(double[] end) {
        Step now = table.step(step);
        combine(end, now.keep(), now.predict(), 0, now.predict().length);
        if (now.noise() > 0) {
            double[] drawn = Objects.requireNonNull(noise);
            trajectory.noise().fill(drawn, 0, drawn.length);
            Kernels.addScaled(end, now.noise(), drawn);
        }
    }

    private void correct(double[] answers, int row) {
        Step now = table.step(step);
        double[] factors = Objects.requireNonNull(now.correct());
        double[] ahead = history[history.length - 1];
        Kernels.copy(answers, row * ahead.length, ahead, 0, ahead.length);
        combine(z, now.keep(), factors, 1, factors.length - 1);
        Kernels.addScaled(z, factors[0], ahead);
        correcting = false;
        if (!table.reevaluates()) {
            rotate();
        }
        land(!table.reevaluates());
        takeFreeStep();
    }

    /** Takes the last step of a scheme that does not evaluate again. It has no corrector and needs no call. */
    private void takeFreeStep() {
        if (evaluated && !done() && table.step(step).correct() == null) {
            predict(z);
            land(false);
        }
    }

    /** Computes end = keep z + sum_j factors[first + j] D_-j over {@code count} values. */
    private void combine(double[] end, double keep, double[] factors, int first, int count) {
        switch (count) {
            case 1 -> Kernels.combine(end, keep, z, factors[first], history[0]);
            case 2 -> Kernels.combine(end, keep, z, factors[first], history[0], factors[first + 1], history[1]);
            default -> {
                Kernels.combine(end, keep, z, factors[first], history[0], factors[first + 1], history[1]);
                for (int j = 2; j < count; j++) {
                    Kernels.addScaled(end, factors[first + j], history[j]);
                }
            }
        }
    }

    /** Makes a row of values the newest of the history. */
    private void newest(double[] answers, int row) {
        double[] oldest = history[history.length - 1];
        Kernels.copy(answers, row * oldest.length, oldest, 0, oldest.length);
        rotate();
    }

    /** Makes the last row of the history the first. */
    private void rotate() {
        int last = history.length - 1;
        if (last > 0) {
            double[] row = history[last];
            for (int j = last; j > 0; j--) {
                history[j] = history[j - 1];
            }
            history[0] = row;
        }
    }

    private void land(boolean answerKnown) {
        Step now = table.step(step);
        evaluated = answerKnown;
        trajectory.stepAccepted(now.predict().length - 1);
        trajectory.reached(now.to());
        step++;
    }
}
