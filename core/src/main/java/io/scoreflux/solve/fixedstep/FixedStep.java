package io.scoreflux.solve.fixedstep;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.Trajectory;
import java.util.Objects;

/**
 * A fixed-step solver on a grid of noise levels. It has no error estimate, and its certificates say so.
 *
 * @param scheme the formulas
 * @param calls denoiser calls a sample may cost; at least {@link Scheme#callsPerStep()}, an odd remainder is not used
 * @param grid where the steps lie; uniform in ln sigma beat Karras's grid wherever it was measured here
 */
public record FixedStep(Scheme scheme, int calls, SigmaGrid grid) implements Solver {

    /** Checks the budget. */
    public FixedStep {
        Objects.requireNonNull(grid, "grid");
        if (calls < scheme.callsPerStep()) {
            throw new InvalidArgumentException(
                    "calls", "must be at least " + scheme.callsPerStep() + " for the scheme " + scheme.label(), calls);
        }
    }

    /** On the grid that is uniform in ln sigma. */
    public FixedStep(Scheme scheme, int calls) {
        this(scheme, calls, SigmaGrid.UNIFORM_LOG);
    }

    @Override
    public String name() {
        return scheme.label();
    }

    @Override
    public boolean followsFlow() {
        return scheme != Scheme.ANCESTRAL && scheme != Scheme.EULER_MARUYAMA;
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        requireEnd(problem.toSigma());
        int steps = calls / scheme.callsPerStep();
        double[] levels = grid.levels(problem.fromSigma(), problem.toSigma(), steps);
        Step[] table = new Step[steps];
        for (int i = 0; i < steps; i++) {
            table[i] = scheme.step(levels, i, i == steps - 1);
        }
        return new PreparedSolver() {
            @Override
            public Machine start(Trajectory trajectory) {
                return new FixedStepMachine(trajectory, table, scheme.reevaluates());
            }

            @Override
            public double[] landings() {
                return levels.clone();
            }

            @Override
            public long bytes() {
                return FixedStepMachine.bytes(problem.dimension());
            }
        };
    }
}
