package io.scoreflux.solve.fixedstep;

import io.scoreflux.internal.Kernels;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;
import java.util.Objects;

/**
 * A machine that follows a table of steps. Each step evaluates D and predicts; if the step has a corrector, it evaluates D at the prediction
 * and corrects.
 */
final class FixedStepMachine implements Machine {
    private static final int HISTORY = 3;

    private final SolverState trajectory;
    private final Step[] table;
    private final boolean reevaluates;
    private final int dimension;
    /** The last values of D, newest first: D_0 at [0, d), D_-1 at [d, 2d), ... */
    private final double[] history;

    private final double[] predicted;
    private final double[] scratch;
    private int step;
    /** Whether D at the state is known. */
    private boolean evaluated;
    /** Whether the present evaluation is at the predicted state. */
    private boolean correcting;

    private double target;

    /** Returns the memory of the arrays that grow with the dimension. */
    static long bytes(int dimension) {
        return (long) Double.BYTES * (HISTORY + 2) * dimension;
    }

    FixedStepMachine(SolverState trajectory, Step[] table, boolean reevaluates) {
        this.trajectory = trajectory;
        this.table = table;
        this.reevaluates = reevaluates;
        this.dimension = trajectory.z().length;
        this.history = new double[HISTORY * dimension];
        this.predicted = new double[dimension];
        this.scratch = new double[dimension];
        this.target = trajectory.sigma();
    }

    @Override
    public void target(double sigma) {
        target = sigma;
        takeFreeStep();
    }

    @Override
    public boolean done() {
        return step == table.length || trajectory.sigma() <= target;
    }

    @Override
    public int ask(Rows append) {
        if (evaluated) {
            // The value at the predicted state also serves as D at the corrected state, so the next step predicts at
            // once.
            predict();
            correcting = true;
        }
        if (correcting) {
            append.append(predicted, 0, table[step].to());
        } else {
            append.append(trajectory.z(), 0, trajectory.sigma());
        }
        return 1;
    }

    @Override
    public void tell(Rows asked, double[] answers, int firstRow) {
        int at = firstRow * dimension;
        if (correcting) {
            correct(answers, at);
            return;
        }
        remember(answers, at);
        predict();
        if (table[step].correct() == null) {
            land(predicted, false);
        } else {
            correcting = true;
        }
    }

    private void predict() {
        Step now = table[step];
        combine(now.keep(), now.predict(), 0);
        if (now.noise() > 0) {
            trajectory.noise().fill(scratch, 0, dimension);
            Kernels.addScaled(predicted, 0, now.noise(), scratch, 0, dimension);
        }
    }

    private void correct(double[] answers, int at) {
        Step now = table[step];
        double[] factors = Objects.requireNonNull(now.correct());
        combine(now.keep(), factors, 1);
        Kernels.addScaled(predicted, 0, factors[0], answers, at, dimension);
        correcting = false;
        if (!reevaluates) {
            remember(answers, at);
        }
        land(predicted, !reevaluates);
        takeFreeStep();
    }

    /** Takes the last step of a scheme that does not evaluate again. It has no corrector and needs no call. */
    private void takeFreeStep() {
        if (evaluated && !done() && table[step].correct() == null) {
            predict();
            land(predicted, false);
        }
    }

    /** Computes predicted = keep z + sum_j factors[j + first] D_-j. */
    private void combine(double keep, double[] factors, int first) {
        Kernels.setScaled(predicted, 0, keep, trajectory.z(), 0, dimension);
        for (int j = first; j < factors.length; j++) {
            Kernels.addScaled(predicted, 0, factors[j], history, (j - first) * dimension, dimension);
        }
    }

    private void remember(double[] answers, int at) {
        System.arraycopy(history, 0, history, dimension, (HISTORY - 1) * dimension);
        System.arraycopy(answers, at, history, 0, dimension);
    }

    private void land(double[] state, boolean answerKnown) {
        System.arraycopy(state, 0, trajectory.z(), 0, dimension);
        evaluated = answerKnown;
        trajectory.stepAccepted(table[step].predict().length - 1);
        trajectory.reached(table[step].to());
        step++;
    }
}
