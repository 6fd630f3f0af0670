package io.scoreflux.solve.budget;

import io.scoreflux.internal.Kernels;

/** The states and the last values of D of one trajectory. */
final class BudgetState {
    static final int RING = StepTable.MOST_NODES + 1;

    final int dimension;
    /** D at the last levels in a ring buffer; see {@link #at}. */
    final double[] answers;
    /** The state at the newest level with a corrected state. */
    final double[] state;
    /** The state at the level before. */
    final double[] before;
    /** The predicted state, where D is evaluated next. */
    final double[] predicted;
    /** The state at the level where D was evaluated last, corrected with that value. */
    final double[] corrected;
    /** The index of the level where D is evaluated next. */
    int level;

    BudgetState(double[] start) {
        this.dimension = start.length;
        this.answers = new double[RING * dimension];
        this.state = start.clone();
        this.before = new double[dimension];
        this.predicted = start.clone();
        this.corrected = new double[dimension];
    }

    /** Returns the index in {@link #answers} of D at level {@code i}. */
    int at(int i) {
        return (i % RING) * dimension;
    }

    /** Receives D at the predicted state. */
    void evaluated(double[] source, int row) {
        System.arraycopy(source, row * dimension, answers, at(level), dimension);
    }

    /** Computes out = keep from + sum_j weights[j] D at level newest - j. */
    void combine(double[] out, double[] from, double keep, double[] weights, int newest) {
        Kernels.setScaled(out, 0, keep, from, 0, dimension);
        for (int j = 0; j < weights.length; j++) {
            Kernels.addScaled(out, 0, weights[j], answers, at(newest - j), dimension);
        }
    }

    /**
     * Integrates the previous step again, and then the step to the newest level.
     *
     * @param keepBefore the factor of the state over the previous step
     * @param again the weights of D over the previous step; empty if there is none
     * @param keep the factor of the state over the step
     * @param weights the weights of D over the step
     * @param newest the newest level
     */
    void advance(double keepBefore, double[] again, double keep, double[] weights, int newest) {
        if (again.length > 0) {
            combine(state, before, keepBefore, again, newest);
        }
        System.arraycopy(state, 0, before, 0, dimension);
        combine(state, before, keep, weights, newest);
    }
}
