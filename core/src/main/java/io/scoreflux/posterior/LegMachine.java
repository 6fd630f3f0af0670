package io.scoreflux.posterior;

import io.scoreflux.internal.Kernels;
import io.scoreflux.model.ObservedDirections;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;

/**
 * Carries one particle through a leg by the scheme of {@link StepTable}, with one call for each step and one for the start. The value of D at
 * the predicted state also serves at the corrected one. All particles of a leg ask at the same levels.
 */
final class LegMachine implements Machine {
    private final SolverState trajectory;
    private final LegSolver leg;
    private final Drift drift;
    private final ObservedDirections directions;
    private final StepTable steps;
    private final int dimension;
    private final int observed;
    /** The last values of D, of F and of the growth of the log-weight, newest first. */
    private final double[][] answers = new double[StepTable.CORRECT][];

    private final double[][] forces = new double[StepTable.CORRECT][];
    private final double[] growths = new double[StepTable.CORRECT];

    /** The state at the last level, and its coordinates. */
    private final double[] state;

    private final double[] coordinates;
    private final double[] next;
    private final double[] nextCoordinates;
    private double logWeight;
    /** The last level that the state has reached, or -1 before D at the start is known. */
    private int reached = -1;

    LegMachine(SolverState trajectory, LegSolver leg) {
        this.trajectory = trajectory;
        this.leg = leg;
        this.drift = leg.drift();
        this.directions = drift.directions();
        this.steps = leg.steps();
        this.dimension = trajectory.z().length;
        this.observed = drift.count();
        for (int i = 0; i < StepTable.CORRECT; i++) {
            answers[i] = new double[dimension];
            forces[i] = new double[observed];
        }
        this.state = trajectory.z().clone();
        this.next = state.clone();
        this.coordinates = new double[observed];
        this.nextCoordinates = new double[observed];
        for (int i = 0; i < observed; i++) {
            nextCoordinates[i] = directions.coordinate(i, next, 0);
        }
        this.logWeight = drift.logWeight();
    }

    static long bytes(int dimension, int observed) {
        return (long) Double.BYTES * ((StepTable.CORRECT + 2) * dimension + (StepTable.CORRECT + 2) * observed);
    }

    @Override
    public void target(double sigma) {
        // A leg ends where its table does.
    }

    @Override
    public boolean done() {
        return reached == steps.steps();
    }

    @Override
    public int ask(Rows append) {
        append.append(next, 0, steps.level(reached + 1));
        SlopeProbe probe = leg.probe();
        if (probe == null) {
            return 1;
        }
        append.append(probe.moved(trajectory.index(), next, steps.level(reached + 1)), 0, steps.level(reached + 1));
        return 2;
    }

    @Override
    public void tell(Rows asked, double[] values, int firstRow) {
        remember(values, firstRow * dimension);
        SlopeProbe probe = leg.probe();
        if (probe != null) {
            probe.record(trajectory.index(), reached + 1, steps.level(reached + 1), values, firstRow);
        }
        if (reached >= 0) {
            step(2 * reached + 1);
        }
        System.arraycopy(next, 0, state, 0, dimension);
        System.arraycopy(nextCoordinates, 0, coordinates, 0, observed);
        reached++;
        if (reached > 0) {
            System.arraycopy(state, 0, trajectory.z(), 0, dimension);
            trajectory.stepAccepted(Math.min(reached, StepTable.CORRECT - 1));
            trajectory.reached(steps.level(reached));
        }
        if (done()) {
            leg.ended((int) trajectory.index(), logWeight);
        } else {
            step(2 * reached);
        }
    }

    private void remember(double[] values, int at) {
        double[] answer = answers[StepTable.CORRECT - 1];
        double[] force = forces[StepTable.CORRECT - 1];
        System.arraycopy(answers, 0, answers, 1, StepTable.CORRECT - 1);
        System.arraycopy(forces, 0, forces, 1, StepTable.CORRECT - 1);
        System.arraycopy(growths, 0, growths, 1, StepTable.CORRECT - 1);
        answers[0] = answer;
        forces[0] = force;
        System.arraycopy(values, at, answer, 0, dimension);
        growths[0] = drift.evaluate(reached + 1, next, answer, nextCoordinates, force);
    }

    /** Computes the next state by the predictor or the corrector of the step from {@code reached}. */
    private void step(int row) {
        int from = reached;
        double end = steps.level(from + 1);
        double[] free = leg.free()[row];
        Kernels.setScaled(next, end / steps.level(from), state);
        for (int j = 0; j < free.length; j++) {
            Kernels.addScaled(next, end * free[j], answers[j]);
        }
        for (int i = 0; i < observed; i++) {
            double[] weights = drift.weights(i)[row];
            double q = drift.quantity(i, from, coordinates[i]);
            for (int j = 0; j < weights.length; j++) {
                q += weights[j] * forces[j][i];
            }
            nextCoordinates[i] = drift.coordinate(i, from + 1, q);
            directions.add(i, nextCoordinates[i] - directions.coordinate(i, next, 0), next, 0);
        }
        if (row % 2 == 1) {
            double[] plain = leg.plain()[row];
            for (int j = 0; j < plain.length; j++) {
                logWeight += plain[j] * growths[j];
            }
        }
    }
}
