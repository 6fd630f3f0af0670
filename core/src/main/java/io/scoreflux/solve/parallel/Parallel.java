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
 * Collocation of all windows of the noise range at once: each round evaluates D at the nodes of all windows that have not
 * settled, in one call, and one secant-Newton sweep brings the states of all of them up to date. Few rounds, many rows: for
 * models with room, such as an accelerator, a remote server, or a network that is asked for few samples.
 *
 * <p>Per trajectory, windows are split and degrees raised or lowered where the decay of D's coefficients asks for it. See
 * {@code docs/parallel.md}.
 *
 * <p>The noise range may go down to about 2e-16 radii; a longer one is refused.
 *
 * @param tolerance the error aimed at, relative to the radius, in [1e-13, 1)
 * @param lookAhead windows asked at once, counted from the first that has not settled: at least 1, {@link #ALL} for all
 * @param maxDegree the highest polynomial degree, 6 to 16
 * @param maxCalls a sample that would need more is delivered as far as it is known, with status budget; it fails if there are
 *     windows that the look-ahead has not reached
 */
public record Parallel(double tolerance, int lookAhead, int maxDegree, int maxCalls) implements Solver {
    /** Look ahead over the whole range. */
    public static final int ALL = Integer.MAX_VALUE;

    static final int LEAST_DEGREE = 4;
    private static final Setting TOLERANCE = Setting.real("tolerance", 1e-13, 1, 1e-4);
    private static final Setting LOOK_AHEAD = Setting.whole("lookAhead", 1, Integer.MAX_VALUE, ALL);
    private static final Setting MAX_DEGREE = Setting.whole("maxDegree", 6, 16, 12);
    private static final Setting MAX_CALLS = Setting.whole("maxCalls", 1, Integer.MAX_VALUE, 20_000);

    /** Its settings. */
    public static final SolverDescriptor DESCRIPTOR = new SolverDescriptor(
            "parallel",
            List.of(TOLERANCE, LOOK_AHEAD, MAX_DEGREE, MAX_CALLS),
            value -> new Parallel(value[0], (int) value[1], (int) value[2], (int) value[3]));

    /** Each window may be split once. Ranges from many radii down to 2e-16 of one have as many. */
    private static final int MOST_PARTS = ParallelMachine.MOST_WINDOWS / 2;

    /** Checks the ranges. */
    public Parallel {
        TOLERANCE.check(tolerance);
        LOOK_AHEAD.check(lookAhead);
        MAX_DEGREE.check(maxDegree);
        MAX_CALLS.check(maxCalls);
    }

    /** With all windows at once, degrees up to 12 and at most 20,000 calls. */
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
                            + ", as windows of a longer range could not be split",
                    problem.toSigma(),
                    "end there, where a double shows no more change",
                    "use {sliding}");
        }
        return PreparedSolver.of(
                trajectory -> new ParallelMachine(trajectory, problem, this, mesh),
                ParallelMachine.bytes(problem.dimension(), mesh.parts(), maxDegree),
                Math.min(lookAhead, mesh.parts()) * maxDegree);
    }
}
