package io.scoreflux.solve.sliding;

import io.scoreflux.solve.Machine;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Require;
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
    private static final int LEAST_MAX_DEGREE = 4;
    private static final int MOST_DEGREE = 16;
    private static final int LEAST_CALLS = 10;

    /** Tolerance 1e-4, degrees 1 to 12, at most 4,000 calls: what a sampler takes where nothing else is said. */
    public static final Sliding DEFAULT = new Sliding(1e-4);

    /** Checks the ranges. */
    public Sliding {
        Require.within("tolerance", tolerance, 1e-14, 1);
        Require.within("maxDegree", maxDegree, LEAST_MAX_DEGREE, MOST_DEGREE);
        Require.within("minDegree", minDegree, 1, maxDegree);
        Require.atLeast("maxCalls", maxCalls, LEAST_CALLS);
    }

    /** With degrees from 1. */
    public Sliding(double tolerance, int maxDegree, int maxCalls) {
        this(tolerance, 1, maxDegree, maxCalls);
    }

    /** With degrees up to 12 and at most 4,000 calls. */
    public Sliding(double tolerance) {
        this(tolerance, 12, 4_000);
    }

    @Override
    public String name() {
        return "sliding";
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
    public void requireEnd(double toSigma) {
        // It comes to 0 as well.
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        return new PreparedSolver() {
            @Override
            public Machine start(SolverState trajectory) {
                return new SlidingMachine(trajectory, problem, Sliding.this);
            }

            @Override
            public double[] landings() {
                return new double[0];
            }

            @Override
            public long bytes() {
                return SlidingMachine.bytes(problem, Sliding.this);
            }
        };
    }
}
