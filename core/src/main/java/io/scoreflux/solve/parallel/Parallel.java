package io.scoreflux.solve.parallel;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Setting;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverDescriptor;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Parallel collocation of all windows of the noise range. Each round evaluates D in one call at the nodes of all windows that have not
 * converged, and one secant-Newton sweep then updates the states of all of them. The solver needs few rounds of many rows. It suits models
 * that evaluate many rows in the time of one: on an accelerator, on a remote server, or if only a few samples are drawn at a time.
 *
 * <p>For each trajectory, the decay of the coefficients of D determines which windows are halved and which degrees are raised. See
 * {@code docs/parallel.md}.
 *
 * <p>The noise range may extend down to about 2e-16 times the radius; {@link #prepare} rejects a longer range.
 *
 * @param tolerance the tolerance, relative to the radius, in [1e-13, 1)
 * @param lookAhead the number of windows that are evaluated at once, counted from the first one that has not converged; at least 1,
 *     {@link #ALL} for all windows
 * @param maxDegree the highest polynomial degree, 6 to 16
 * @param maxCalls the limit on the denoiser calls of one sample, at least 1. A sample that would need more is emitted with the latest
 *     iterate of its end state, in general with the status {@link io.scoreflux.solve.Certificate.Status#UNCONVERGED}. It fails if the
 *     look-ahead has not yet reached all windows
 */
public record Parallel(double tolerance, int lookAhead, int maxDegree, int maxCalls) implements Solver {
    /** The look-ahead for which all windows are evaluated at once. */
    public static final int ALL = Integer.MAX_VALUE;

    static final int LEAST_DEGREE = 4;
    private static final Setting TOLERANCE = Setting.real("tolerance", 1e-13, 1, 1e-4);
    private static final Setting LOOK_AHEAD = Setting.whole("lookAhead", 1, Integer.MAX_VALUE, ALL);
    private static final Setting MAX_DEGREE = Setting.whole("maxDegree", 6, 16, 12);
    private static final Setting MAX_CALLS = Setting.whole("maxCalls", 1, Integer.MAX_VALUE, 5_000);

    /** The name, the settings and the factory of this solver. */
    public static final SolverDescriptor DESCRIPTOR = new SolverDescriptor(
            "parallel",
            List.of(TOLERANCE, LOOK_AHEAD, MAX_DEGREE, MAX_CALLS),
            value -> new Parallel(value[0], (int) value[1], (int) value[2], (int) value[3]));

    /** The largest initial number of windows. Ranges from many radii down to 2e-16 radii have as many. */
    private static final int MOST_PARTS = 36;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if an argument is out of range
     */
    public Parallel {
        TOLERANCE.check(tolerance);
        LOOK_AHEAD.check(lookAhead);
        MAX_DEGREE.check(maxDegree);
        MAX_CALLS.check(maxCalls);
    }

    /** Creates a solver that evaluates all windows at once, with degrees up to 12 and at most 5,000 calls. */
    public Parallel(double tolerance) {
        this(tolerance, LOOK_AHEAD.wholeDefault(), MAX_DEGREE.wholeDefault(), MAX_CALLS.wholeDefault());
    }

    @Override
    public String name() {
        return DESCRIPTOR.name();
    }

    @Override
    public OptionalDouble accuracy() {
        return OptionalDouble.of(tolerance);
    }

    @Override
    public Parallel withTolerance(double other) {
        return new Parallel(other, lookAhead, maxDegree, maxCalls);
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        requireEnd(problem.toSigma());
        Mesh mesh = new Mesh(problem, maxDegree);
        if (mesh.parts() > MOST_PARTS) {
            throw new InvalidConfigurationException(
                    "toSigma",
                    "must be at least " + Violation.text(mesh.end(MOST_PARTS)) + " for the solver " + name()
                            + ", because windows of a longer range could not all be halved",
                    problem.toSigma(),
                    "end the range at that level, below which a double shows no change",
                    "use {sliding}");
        }
        return PreparedSolver.of(
                trajectory -> new ParallelMachine(trajectory, problem, this, mesh),
                ParallelMachine.bytes(problem.dimension(), mesh.parts(), maxDegree),
                Math.min(lookAhead, mesh.parts()) * maxDegree);
    }
}
