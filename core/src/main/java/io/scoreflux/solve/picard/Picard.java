package io.scoreflux.solve.picard;

import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Setting;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverDescriptor;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Adaptive Picard collocation. On each window of the noise range, D is a polynomial in ln sigma through its values at Chebyshev-Lobatto nodes.
 * A sweep evaluates D at the nodes in one call and integrates. Sweeps are repeated until the states no longer change.
 *
 * <p>For each trajectory, the lengths and degrees of the windows follow from two observed quantities: the decay of the polynomial's last
 * coefficients, and the contraction of the sweeps. The initial guess for a window is the extrapolated polynomial of the previous one. Nodes
 * that have converged are not evaluated again. See {@code docs/picard.md}.
 *
 * @param tolerance the tolerance, relative to the radius, in [1e-14, 1)
 * @param maxDegree the highest polynomial degree, 4 to 16
 * @param maxCalls the limit on the denoiser calls of one sample, at least 1. Once half of it is used, windows are at
 *     least so long that the rest suffices, and a sample whose windows then do not meet the tolerance is
 *     {@link io.scoreflux.solve.Certificate.Status#UNCONVERGED}. A sample that reaches the limit before the end fails
 */
public record Picard(double tolerance, int maxDegree, int maxCalls) implements Solver {
    static final int LEAST_DEGREE = 4;
    private static final Setting TOLERANCE = Setting.real("tolerance", 1e-14, 1, 1e-4);
    private static final Setting MAX_DEGREE = Setting.whole("maxDegree", LEAST_DEGREE, 16, 12);
    private static final Setting MAX_CALLS = Setting.whole("maxCalls", 1, Integer.MAX_VALUE, 5_000);

    /** The name, the settings and the factory of this solver. */
    public static final SolverDescriptor DESCRIPTOR = new SolverDescriptor(
            "picard",
            List.of(TOLERANCE, MAX_DEGREE, MAX_CALLS),
            value -> new Picard(value[0], (int) value[1], (int) value[2]));

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if an argument is out of range
     */
    public Picard {
        TOLERANCE.check(tolerance);
        MAX_DEGREE.check(maxDegree);
        MAX_CALLS.check(maxCalls);
    }

    /** Creates a solver with degrees up to 12 and at most 20,000 calls. */
    public Picard(double tolerance) {
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
        return PreparedSolver.of(
                trajectory -> new PicardMachine(trajectory, problem, this, rules),
                PicardMachine.bytes(problem.dimension(), maxDegree),
                maxDegree + 1);
    }
}
