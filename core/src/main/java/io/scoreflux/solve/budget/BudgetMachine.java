package io.scoreflux.solve.budget;

import io.scoreflux.internal.Kernels;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;
import org.jspecify.annotations.Nullable;

/**
 * A machine that follows a table of steps. Each step predicts the state at the next level, evaluates D there, corrects the state with D
 * converted along the slope, and integrates the previous step again. If a correction exceeds what the table allows at its level, the
 * trajectory leaves the table: {@link OwnSteps} chooses the remaining levels and degrees.
 */
final class BudgetMachine implements Machine {
    private final SolverState trajectory;
    private final StepTable table;
    private final Corrections corrections;
    private final BudgetState now;
    /** The steps after the trajectory has left the table; null before. */
    private @Nullable OwnSteps own;

    private double target;

    /** Returns the memory of the arrays that grow with the dimension. */
    static long bytes(int dimension) {
        return (long) Double.BYTES * (BudgetState.RING + 4) * dimension;
    }

    /**
     * Creates a machine.
     *
     * @param corrections receives the size of each correction
     */
    BudgetMachine(SolverState trajectory, StepTable table, Corrections corrections) {
        this.trajectory = trajectory;
        this.table = table;
        this.corrections = corrections;
        this.now = new BudgetState(trajectory.z());
        this.target = trajectory.sigma();
    }

    @Override
    public void target(double sigma) {
        target = sigma;
        if (own != null) {
            own.reach(trajectory, target);
        } else {
            takeLastStep();
        }
    }

    /** Takes the last step, which needs no call. */
    private void takeLastStep() {
        if (now.level == table.steps && !done()) {
            reach(now.predicted, now.level);
        }
    }

    @Override
    public boolean done() {
        return trajectory.sigma() <= target;
    }

    @Override
    public int ask(Rows append) {
        append.append(now.predicted, 0, own == null ? table.sigma[now.level] : own.sigma());
        return 1;
    }

    @Override
    public void tell(Rows asked, double[] source, int firstRow) {
        now.evaluated(source, firstRow);
        if (own != null) {
            own.step(trajectory);
            own.reach(trajectory, target);
            return;
        }
        int level = now.level;
        if (level > 0) {
            solve(level - 1);
            double correction = Math.sqrt(Kernels.squaredDistance(now.corrected, 0, now.predicted, 0, now.dimension));
            corrections.add(level, correction);
            if (!(correction <= table.allowed[level])) {
                OwnSteps started = new OwnSteps(table, now);
                started.step(trajectory);
                started.reach(trajectory, target);
                own = started;
                return;
            }
            correct(level - 1);
            reach(now.state, level);
        }
        now.combine(now.predicted, now.state, table.keep[level], table.predict[level], level);
        now.level++;
        takeLastStep();
    }

    /** Computes the corrected state at level step + 1: z = known + w (D + c (z - predicted)), solved for z. */
    private void solve(int step) {
        double[] weights = table.correct[step];
        int newest = step + 1;
        int row = now.at(newest);
        int n = now.dimension;
        double[] z = now.corrected;
        Kernels.setScaled(z, 0, table.keep[step], now.state, 0, n);
        for (int j = 1; j < weights.length; j++) {
            Kernels.addScaled(z, 0, weights[j], now.answers, now.at(newest - j), n);
        }
        double slope = table.slopes[newest];
        double gain = 1 / (1 - weights[0] * slope);
        for (int k = 0; k < n; k++) {
            z[k] = gain * (z[k] + weights[0] * (now.answers[row + k] - slope * now.predicted[k]));
        }
    }

    /** Converts D to the corrected state at level step + 1, and integrates the previous step and this one again. */
    private void correct(int step) {
        int newest = step + 1;
        int row = now.at(newest);
        double slope = table.slopes[newest];
        for (int k = 0; k < now.dimension; k++) {
            now.answers[row + k] += slope * (now.corrected[k] - now.predicted[k]);
        }
        double keepBefore = step > 0 ? table.keep[step - 1] : 0;
        now.advance(keepBefore, table.again[step], table.keep[step], table.correct[step], newest);
    }

    private void reach(double[] z, int at) {
        System.arraycopy(z, 0, trajectory.z(), 0, now.dimension);
        trajectory.stepAccepted(table.predict[at - 1].length - 1);
        trajectory.reached(table.sigma[at]);
    }
}
