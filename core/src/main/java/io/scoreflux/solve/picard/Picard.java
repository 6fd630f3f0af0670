package io.scoreflux.solve.picard;

import io.scoreflux.solve.Machine;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Require;
import java.util.OptionalDouble;

/**
 * Adaptive Picard collocation: on each window of the noise range D is a polynomial in ln sigma through Chebyshev-Lobatto
 * nodes; sweeps evaluate D at the nodes in one call, integrate, and repeat until the states stand still.
 *
 * <p>Per trajectory, a window's length and degree follow two observed residuals: the decay of the polynomial's last
 * coefficients, and the contraction of the sweeps. Windows start from the last one's polynomial, extrapolated; nodes that
 * have converged are not asked again. See {@code docs/picard.md}.
 *
 * @param tolerance the error aimed at, relative to the radius, in [1e-14, 1)
 * @param maxDegree the highest polynomial degree, 4 to 16
 * @param maxCalls a sample that would need more fails
 */
public record Picard(double tolerance, int maxDegree, int maxCalls) implements Solver {
    static final int LEAST_DEGREE = 4;
    private static final int MOST_DEGREE = 16;

    /** Checks the ranges. */
    public Picard {
        Require.within("tolerance", tolerance, 1e-14, 1);
        Require.within("maxDegree", maxDegree, LEAST_DEGREE, MOST_DEGREE);
        Require.atLeast("maxCalls", maxCalls, 1);
    }

    /** With degrees up to 12 and at most 20,000 calls. */
    public Picard(double tolerance) {
        this(tolerance, 12, 20_000);
    }

    @Override
    public String name() {
        return "picard";
    }

    @Override
    public OptionalDouble accuracy() {
        return OptionalDouble.of(tolerance);
    }

    @Override
    public Picard withTolerance(double other) {
        return new Picard(other, maxDegree, maxCalls);
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        requireEnd(problem.toSigma());
        PicardRule[] rules = new PicardRule[maxDegree + 1];
        for (int degree = LEAST_DEGREE; degree <= maxDegree; degree++) {
            rules[degree] = new PicardRule(degree);
        }
        return new PreparedSolver() {
            @Override
            public Machine start(SolverState trajectory) {
                return new PicardMachine(trajectory, problem, Picard.this, rules);
            }

            @Override
            public double[] landings() {
                return new double[0];
            }

            @Override
            public long bytes() {
                return PicardMachine.bytes(problem.dimension(), maxDegree);
            }

            @Override
            public int rows() {
                return maxDegree + 1;
            }
        };
    }
}
