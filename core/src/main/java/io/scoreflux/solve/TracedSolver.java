package io.scoreflux.solve;

import io.scoreflux.state.Rows;
import java.util.Arrays;

/**
 * A solver whose trajectories note their state, and the denoiser's answer to it, at their start and wherever they land. Each point
 * costs one call and one round; the states are those of the solver alone.
 */
public final class TracedSolver implements PreparedSolver {
    private final PreparedSolver solver;

    /** Traces what a solver does. */
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
        /** The level of the last point. */
        private double noted = Double.NaN;
        /** Whether the last question was for a point. */
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

        /** A denoiser is not asked at sigma 0: D is the state there. */
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
