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
 * Sliding-window collocation. D is a polynomial through the last nodes of the trajectory. A step predicts the state at a new node, evaluates D
 * there once, corrects the state, and keeps the value of D as the newest node.
 *
 * <p>For each trajectory, degrees and step lengths follow from the differences between neighbouring degrees. Each round has one row. On ten targets
 * of different kinds, a further decimal digit costs 4 to 19 calls at 1e-3 and 12 to 38 at 1e-10. The error in the certificate is an estimate of the end-to-end error from the whole path, which costs
 * no call. It is at least about the tolerance. On 18 targets it is below a third of the true error for at most 7 per cent of a target's rows at
 * any tolerance. 1 of 12,910 rows has a true error above 30 tolerances that its certificate does not show; from data to noise (encoding), none of
 * 11,864 rows of 17 targets has one. In ranges that end at 0, one or two calls confirm the last step.
 *
 * <p>If D is rough, that is, if it varies over distances shorter than a step, as networks with sinusoidal embeddings of the time do, the solver takes
 * equal steps of degree up to 3, whose number follows from the tolerance and is at most 530. See {@code docs/sliding.md} and
 * {@code docs/accuracy.md}.
 *
 * @param tolerance the tolerance, relative to the radius, in [1e-14, 1)
 * @param minDegree the lowest polynomial degree of regular steps, 1 to maxDegree. The first steps, those on a rough denoiser, and the coarse
 *     steps at the limit on calls may have lower degrees
 * @param maxDegree the highest polynomial degree, 4 to 16
 * @param maxCalls the limit on the denoiser calls of one sample, at least 10. The solver reserves some of them. A sample that would need more
 *     than the limit uses the reserve for coarse steps to the end, with the status {@link io.scoreflux.solve.Certificate.Status#UNCONVERGED}
 */
public record Sliding(double tolerance, int minDegree, int maxDegree, int maxCalls) implements Solver {
    private static final Setting TOLERANCE = Setting.real("tolerance", 1e-14, 1, 1e-4);
    private static final Setting MIN_DEGREE = Setting.whole("minDegree", 1, 16, 1);
    private static final Setting MAX_DEGREE = Setting.whole("maxDegree", 4, 16, 12);
    private static final Setting MAX_CALLS = Setting.whole("maxCalls", 10, Integer.MAX_VALUE, 4_000);

    /** The name, the settings and the factory of this solver. */
    public static final SolverDescriptor DESCRIPTOR = new SolverDescriptor(
            "sliding",
            List.of(TOLERANCE, MIN_DEGREE, MAX_DEGREE, MAX_CALLS),
            value -> new Sliding(value[0], (int) value[1], (int) value[2], (int) value[3]));

    /** The default solver of a sampler: tolerance 1e-4, degrees 1 to 12, at most 4,000 calls. */
    public static final Sliding DEFAULT = new Sliding(1e-4);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if an argument is out of range
     */
    public Sliding {
        TOLERANCE.check(tolerance);
        MAX_DEGREE.check(maxDegree);
        Require.within("minDegree", minDegree, 1, maxDegree);
        MAX_CALLS.check(maxCalls);
    }

    /** Creates a solver with degrees from 1. */
    public Sliding(double tolerance, int maxDegree, int maxCalls) {
        this(tolerance, MIN_DEGREE.wholeDefault(), maxDegree, maxCalls);
    }

    /** Creates a solver with degrees from 1 to 12 and at most 4,000 calls. */
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
