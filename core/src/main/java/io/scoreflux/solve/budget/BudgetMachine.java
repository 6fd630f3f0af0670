package io.scoreflux.solve.budget;

import io.scoreflux.internal.Kernels;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;

/**
 * A machine that follows a table of steps. Each step predicts the state at the next level, evaluates D there, corrects the state with D
 * converted along the slope, and integrates the previous step again.
 */
final class BudgetMachine implements Machine {
    private final SolverState trajectory;
    private final StepTable table;
    private final int dimension;
    /** D at the last levels in a ring buffer; level i is at {@code (i % ring) * dimension}. */
    private final double[] answers;

    private final int ring;
    private final double[] state;
    private final double[] before;
    private final double[] predicted;
    /** The index of the level where D is evaluated next. */
    private int level;

    private double target;

    /** Returns the memory of the arrays that grow with the dimension. */
    static long bytes(int dimension) {
        return (long) Double.BYTES * (StepTable.MOST_NODES + 1 + 3) * dimension;
    }

    BudgetMachine(SolverState trajectory, StepTable table) {
        this.trajectory = trajectory;
        this.table = table;
        this.dimension = trajectory.z().length;
        this.ring = StepTable.MOST_NODES + 1;
        this.answers = new double[ring * dimension];
        this.state = trajectory.z().clone();
        this.before = new double[dimension];
        this.predicted = trajectory.z().clone();
        this.target = trajectory.sigma();
    }

    @Override
    public void target(double sigma) {
        target = sigma;
        takeLastStep();
    }

    /** Takes the last step, which needs no call. */
    private void takeLastStep() {
        if (level == table.steps && !done()) {
            reach(predicted, level);
        }
    }

    @Override
    public boolean done() {
        return trajectory.sigma() <= target;
    }

    @Override
    public int ask(Rows append) {
        append.append(predicted, 0, table.sigma[level]);
        return 1;
    }

    @Override
    public void tell(Rows asked, double[] source, int firstRow) {
        System.arraycopy(source, firstRow * dimension, answers, at(level), dimension);
        if (level > 0) {
            correct(level - 1);
            reach(state, level);
        }
        combine(predicted, state, table.keep[level], table.predict[level], level);
        level++;
        takeLastStep();
    }

    private int at(int i) {
        return (i % ring) * dimension;
    }

    /** Corrects the state at level step + 1 and converts D to the corrected state. */
    private void correct(int step) {
        double[] weights = table.correct[step];
        int newest = step + 1;
        int row = at(newest);
        double slope = table.slopes[newest];
        // z = known + w (D + c (z - predicted)), solved for z.
        double gain = 1 / (1 - weights[0] * slope);
        for (int k = 0; k < dimension; k++) {
            double known = table.keep[step] * state[k];
            for (int j = 1; j < weights.length; j++) {
                known += weights[j] * answers[at(newest - j) + k];
            }
            double corrected = gain * (known + weights[0] * (answers[row + k] - slope * predicted[k]));
            answers[row + k] += slope * (corrected - predicted[k]);
        }
        if (step > 0) {
            combine(state, before, table.keep[step - 1], table.again[step], newest);
        }
        System.arraycopy(state, 0, before, 0, dimension);
        combine(state, before, table.keep[step], weights, newest);
    }

    /** Computes out = keep from + sum_j weights[j] D at level newest - j. */
    private void combine(double[] out, double[] from, double keep, double[] weights, int newest) {
        Kernels.setScaled(out, 0, keep, from, 0, dimension);
        for (int j = 0; j < weights.length; j++) {
            Kernels.addScaled(out, 0, weights[j], answers, at(newest - j), dimension);
        }
    }

    private void reach(double[] z, int at) {
        System.arraycopy(z, 0, trajectory.z(), 0, dimension);
        trajectory.stepAccepted(table.predict[at - 1].length - 1);
        trajectory.reached(table.sigma[at]);
    }
}
