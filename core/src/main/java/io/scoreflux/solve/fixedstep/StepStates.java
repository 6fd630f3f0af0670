package io.scoreflux.solve.fixedstep;

import io.scoreflux.internal.Kernels;
import io.scoreflux.state.Rows;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The states of one trajectory, or of several one after the other, that follow a table of steps together. Each step evaluates D and predicts;
 * if the step has a corrector, it evaluates D at the prediction and corrects. All operations treat each number alike, so the bits of a
 * trajectory do not depend on the others.
 */
abstract class StepStates {
    final StepTable table;
    /** The states at {@link #sigma}. Only the first {@link #numbers} numbers of this and of the other arrays are in use. */
    double[] z;
    /** The last values of D, newest first. The last row is free while a step corrects. */
    final double[][] history;
    /** The predictions of a step with a corrector; null if no step has one. */
    double @Nullable [] predicted;
    /** The noise of a step; null if no step adds any. */
    double @Nullable [] noise;

    int numbers;
    int step;
    double sigma;
    /** Whether D at the states is known. */
    boolean evaluated;
    /** Whether the present evaluation is at the predicted states. */
    boolean correcting;

    double target;

    StepStates(StepTable table, double[] z) {
        this.table = table;
        this.z = z;
        this.history = new double[table.history()][z.length];
        this.predicted = table.corrects() ? new double[z.length] : null;
        this.noise = table.addsNoise() ? new double[z.length] : null;
    }

    /** Fills the first {@link #numbers} numbers with the noise of a step. */
    abstract void drawNoise(double[] out);

    /** Called when the states are at the end of a step. */
    abstract void landed(Step at);

    final boolean isDone() {
        return step == table.steps() || sigma <= target;
    }

    /** Appends the rows where D is evaluated next. */
    final void query(Rows append) {
        if (evaluated) {
            // The value at the predicted state also serves as D at the corrected state, so the next step predicts at
            // once.
            predict(prediction());
            correcting = true;
        }
        if (correcting) {
            append(append, prediction(), table.step(step).to());
        } else {
            append(append, z, sigma);
        }
    }

    /** Appends the states in an array. */
    abstract void append(Rows append, double[] states, double level);

    /** Receives the values of D from an index on. */
    final void receive(double[] answers, int at) {
        if (correcting) {
            correct(answers, at);
            return;
        }
        newest(answers, at);
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

    /** Computes the states at the end of the step. */
    private void predict(double[] end) {
        Step now = table.step(step);
        combine(end, now.keep(), now.predict(), 0, now.predict().length);
        if (now.noise() > 0) {
            double[] drawn = Objects.requireNonNull(noise);
            drawNoise(drawn);
            Kernels.addScaled(end, numbers, now.noise(), drawn);
        }
    }

    private void correct(double[] answers, int at) {
        Step now = table.step(step);
        double[] factors = Objects.requireNonNull(now.correct());
        double[] ahead = history[history.length - 1];
        Kernels.copy(answers, at, ahead, 0, numbers);
        combine(z, now.keep(), factors, 1, factors.length - 1);
        Kernels.addScaled(z, numbers, factors[0], ahead);
        correcting = false;
        if (!table.reevaluates()) {
            rotate();
        }
        land(!table.reevaluates());
        takeFreeStep();
    }

    /** Takes the last step of a scheme that does not evaluate again. It has no corrector and needs no call. */
    final void takeFreeStep() {
        if (evaluated && !isDone() && table.step(step).correct() == null) {
            predict(z);
            land(false);
        }
    }

    /** Computes end = keep z + sum_j factors[first + j] D_-j over {@code count} values. */
    private void combine(double[] end, double keep, double[] factors, int first, int count) {
        int j;
        if (count % 4 == 1) {
            Kernels.combine(end, numbers, keep, z, factors[first], history[0]);
            j = 1;
        } else {
            Kernels.combine(end, numbers, keep, z, factors[first], history[0], factors[first + 1], history[1]);
            j = 2;
        }
        for (; j + 3 < count; j += 4) {
            Kernels.addFour(end, numbers, factors, first + j, history, j);
        }
        for (; j < count; j++) {
            Kernels.addScaled(end, numbers, factors[first + j], history[j]);
        }
    }

    /** Makes values the newest of the history. */
    private void newest(double[] answers, int at) {
        Kernels.copy(answers, at, history[history.length - 1], 0, numbers);
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
        sigma = now.to();
        step++;
        landed(now);
    }
}
