package io.scoreflux.solve.fixedstep;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Setting;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverDescriptor;
import java.util.List;
import java.util.Objects;

/**
 * A fixed-step solver on a grid of noise levels. It has no error estimate, and its certificates have the status
 * {@link io.scoreflux.solve.Certificate.Status#UNESTIMATED}.
 *
 * @param scheme the formulas of a step
 * @param calls the largest number of denoiser calls of one sample, at least {@link Scheme#callsPerStep()}. A remainder that does not suffice
 *     for a step is not used
 * @param grid the noise levels of the steps. In all measurements of this library, the grid that is uniform in ln sigma was better than that of
 *     Karras et al.
 */
public record FixedStep(Scheme scheme, int calls, SigmaGrid grid) implements Solver {
    /** The maximum number of denoiser calls of a sample. */
    public static final int MAX_CALLS = 1_000_000;

    /**
     * Checks the number of calls.
     *
     * @throws IllegalArgumentException if the calls do not suffice for one step
     */
    public FixedStep {
        Objects.requireNonNull(scheme, "scheme");
        Objects.requireNonNull(grid, "grid");
        if (calls < scheme.callsPerStep()) {
            throw new InvalidArgumentException(
                    "calls", "must be at least " + scheme.callsPerStep() + " for the scheme " + scheme.label(), calls);
        }
        if (calls > MAX_CALLS) {
            throw new InvalidArgumentException("calls", "must be at most " + MAX_CALLS, calls);
        }
    }

    /** Creates a solver on the grid that is uniform in ln sigma. */
    public FixedStep(Scheme scheme, int calls) {
        this(scheme, calls, SigmaGrid.UNIFORM_LOG);
    }

    @Override
    public String name() {
        return scheme.label();
    }

    /** Returns the descriptor of a scheme on the grid that is uniform in ln sigma. */
    public static SolverDescriptor descriptor(Scheme scheme) {
        return new SolverDescriptor(
                scheme.label(), List.of(calls(scheme)), value -> new FixedStep(scheme, (int) value[0]));
    }

    private static Setting calls(Scheme scheme) {
        return Setting.whole("calls", scheme.callsPerStep(), MAX_CALLS, null);
    }

    @Override
    public boolean drawsNoise() {
        return scheme == Scheme.ANCESTRAL || scheme == Scheme.EULER_MARUYAMA;
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        requireEnd(problem.toSigma());
        int steps = calls / scheme.callsPerStep();
        double[] levels = grid.levels(problem.fromSigma(), problem.toSigma(), steps);
        Step[] each = new Step[steps];
        for (int i = 0; i < steps; i++) {
            each[i] = scheme.step(levels, i, i == steps - 1);
        }
        StepTable table = new StepTable(each, scheme.reevaluates());
        return PreparedSolver.of(
                trajectory -> new FixedStepMachine(trajectory, table), levels, table.bytes(problem.dimension()), 1);
    }
}
