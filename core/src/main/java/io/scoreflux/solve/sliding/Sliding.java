package io.scoreflux.solve.sliding;

import io.scoreflux.internal.Require;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Setting;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverDescriptor;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Sliding-window collocation: D is a polynomial through the last nodes of the trajectory; a step predicts the state at a new
 * node, evaluates D there once, corrects, and keeps the answer as the newest node.
 *
 * <p>Per trajectory, degree and step follow the differences between neighbouring degrees. One row a round; about 10 calls more for
 * each further decimal digit. The certificate's error is an estimate of the end-to-end error from the whole path, at no call. See
 * {@code docs/sliding.md}.
 *
 * @param tolerance the error aimed at, relative to the radius, in [1e-14, 1)
 * @param minDegree the lowest polynomial degree that steps come down to, 1 to maxDegree; the first steps, and those of a coarse finish, may be lower
 * @param maxDegree the highest polynomial degree, 4 to 16
 * @param maxCalls at least 10; a sample that would need more keeps some of them to come to the end coarsely, with status
 *     budget
 */
public record Sliding(double tolerance, int minDegree, int maxDegree, int maxCalls) implements Solver {
    private static final Setting TOLERANCE = Setting.real("tolerance", 1e-14, 1, 1e-4);
    private static final Setting MIN_DEGREE = Setting.whole("minDegree", 1, 16, 1);
    private static final Setting MAX_DEGREE = Setting.whole("maxDegree", 4, 16, 12);
    private static final Setting MAX_CALLS = Setting.whole("maxCalls", 10, Integer.MAX_VALUE, 4_000);

    /** Its settings. */
    public static final SolverDescriptor DESCRIPTOR = new SolverDescriptor(
            "sliding",
            List.of(TOLERANCE, MIN_DEGREE, MAX_DEGREE, MAX_CALLS),
            value -> new Sliding(value[0], (int) value[1], (int) value[2], (int) value[3]));

    /** Tolerance 1e-4, degrees 1 to 12, at most 4,000 calls: what a sampler takes where nothing else is said. */
    public static final Sliding DEFAULT = new Sliding(1e-4);

    /** Checks the ranges. */
    public Sliding {
        TOLERANCE.check(tolerance);
        MAX_DEGREE.check(maxDegree);
        Require.within("minDegree", minDegree, 1, maxDegree);
        MAX_CALLS.check(maxCalls);
    }

    /** With degrees from 1. */
    public Sliding(double tolerance, int maxDegree, int maxCalls) {
        this(tolerance, MIN_DEGREE.wholeDefault(), maxDegree, maxCalls);
    }

    /** With degrees up to 12 and at most 4,000 calls. */
    public Sliding(double tolerance) {
        this(tolerance, MAX_DEGREE.wholeDefault(), MAX_CALLS.wholeDefault());
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
    public Sliding withTolerance(double other) {
        return new Sliding(other, minDegree, maxDegree, maxCalls);
    }

    @Override
    public boolean reachesZero() {
        return true;
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        return PreparedSolver.of(
                trajectory -> new SlidingMachine(trajectory, problem, this), SlidingMachine.bytes(problem, this), 1);
    }
}
