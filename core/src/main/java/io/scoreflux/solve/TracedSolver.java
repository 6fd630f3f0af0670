package io.scoreflux.solve;

import io.scoreflux.state.Rows;
import java.util.Arrays;

/**
 * A solver that records the state and the denoiser's value at the start of each trajectory and at each target level. Each point costs one call
 * and one round, except at noise level 0, where the value is the state. The states are those of the solver without the trace. A
 * sample fails if the value at one of its points is not finite.
 */
public final class TracedSolver implements PreparedSolver {
    private final PreparedSolver solver;

    /** Creates a solver that records the trajectories of another solver. */
    public TracedSolver(PreparedSolver solver) {
        this.solver = solver;
    }

    @Override
    public Machine start(SolverState trajectory) {
        return new Traced(trajectory, solver.start(trajectory));
    }

    @Override
    public double[] stopLevels() {
        return solver.stopLevels();
    }

    @Override
    public long bytes() {
        return solver.bytes();
    }

    @Override
    public int rows() {
        return solver.rows();
    }

    private static final class Traced implements Machine {
        private final SolverState trajectory;
        private final Machine machine;
        /** The noise level of the last point, or NaN before the first one. */
        private double noted = Double.NaN;
        /** Whether the last ask was for a point. */
        private boolean asked;

        Traced(SolverState trajectory, Machine machine) {
            this.trajectory = trajectory;
            this.machine = machine;
        }

        @Override
        public void target(double sigma) {
            machine.target(sigma);
            noteZero();
        }

        @Override
        public boolean done() {
            return machine.done() && noted == trajectory.sigma();
        }

        @Override
        public int ask(Rows append) {
            asked = Double.isNaN(noted) || machine.done();
            if (!asked) {
                return machine.ask(append);
            }
            append.append(trajectory.z(), 0, trajectory.sigma());
            return 1;
        }

        @Override
        public void tell(Rows rows, double[] answers, int firstRow) {
            if (!asked) {
                machine.tell(rows, answers, firstRow);
                noteZero();
                return;
            }
            int at = firstRow * rows.dimension();
            note(Arrays.copyOfRange(answers, at, at + rows.dimension()));
        }

        @Override
        public boolean tellNonFinite(Rows rows, double[] answers, int firstRow) {
            boolean continues = !asked && machine.tellNonFinite(rows, answers, firstRow);
            if (continues) {
                noteZero();
            }
            return continues;
        }

        /** Records a point at sigma 0. The denoiser is not evaluated there, because D is the state. */
        private void noteZero() {
            if (trajectory.sigma() == 0) {
                note(trajectory.z().clone());
            }
        }

        private void note(double[] denoised) {
            noted = trajectory.sigma();
            trajectory.tracePoint(new TracePoint(noted, trajectory.z().clone(), denoised));
        }
    }
}
