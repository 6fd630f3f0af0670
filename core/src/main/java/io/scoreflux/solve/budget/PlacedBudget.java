package io.scoreflux.solve.budget;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.Placement;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * A {@link Budget} with the levels that a pilot has determined, for one denoiser and noise range. A plan stores its {@link #placement()}.
 *
 * @param method {@value #COLLOCATION}, or the name of a fixed-step scheme on its uniform grid if that was better
 * @param sigma the noise levels in descending order, one more than calls; D is evaluated at all but the last
 * @param order the largest number of nodes of the predictor's polynomial
 * @param floor the noise level below which the coordinate of the polynomials is about linear in sigma^2 instead of ln sigma, in the data's
 *     units; 0 if there is none
 * @param slopes the mean slope of D at each level, which converts values from predicted to corrected states
 * @param corrections the largest correction of a predicted state of the pilot at each level, in the data's units, at least 0. A trajectory
 *     whose correction is far larger leaves the levels. Empty if no trajectory may leave them, as for a fixed-step scheme and in plans that
 *     were written by hand
 * @param pilotError the root mean square of the true errors of the pilot's trajectories, relative to the radius
 * @param pilotCalls the cost of the pilot, in denoiser evaluations of all its trajectories together
 */
public record PlacedBudget(
        String method,
        List<Double> sigma,
        int order,
        double floor,
        List<Double> slopes,
        List<Double> corrections,
        double pilotError,
        long pilotCalls)
        implements Solver {
    /** The method that uses collocation on the levels in {@code sigma}. */
    public static final String COLLOCATION = "collocation";

    /**
     * Checks that the values are valid and consistent.
     *
     * @throws IllegalArgumentException if they are not
     */
    public PlacedBudget {
        Objects.requireNonNull(method, "method");
        sigma = Require.finite("sigma", sigma);
        slopes = Require.finite("slopes", slopes);
        corrections = Require.finite("corrections", corrections);
        Require.entries("sigma", sigma.size(), 2);
        for (int i = 1; i < sigma.size(); i++) {
            if (!(sigma.get(i) > 0 && sigma.get(i) < sigma.get(i - 1))) {
                throw new InvalidArgumentException(
                        Require.element("sigma", i),
                        "must be positive and below the one before",
                        Violation.text(sigma.get(i)) + " after " + Violation.text(sigma.get(i - 1)));
            }
        }
        Require.within("order", order, 1, StepTable.MOST_NODES);
        Require.within("floor", floor, 0, Double.POSITIVE_INFINITY);
        if (!(pilotError >= 0)) {
            throw new InvalidArgumentException("pilotError", "must be at least 0", pilotError);
        }
        Require.atLeast("pilotCalls", pilotCalls, 0);
        Require.entries("slopes", slopes.size(), sigma.size());
        if (!method.equals(COLLOCATION) && Scheme.ofLabel(method) == null) {
            throw new InvalidArgumentException(
                    "method", "must be a method of this version", "'" + method + "'", "make a new plan");
        }
        if (!corrections.isEmpty()) {
            requireCorrections(method, corrections, sigma.size());
        }
    }

    private static void requireCorrections(String method, List<Double> corrections, int levels) {
        if (!method.equals(COLLOCATION)) {
            throw new InvalidArgumentException(
                    "corrections",
                    "must be empty for the method " + method + ", whose trajectories never leave the levels",
                    corrections.size() + " entries",
                    "leave them out");
        }
        Require.entries("corrections", corrections.size(), levels);
        for (int i = 0; i < corrections.size(); i++) {
            Require.within(Require.element("corrections", i), corrections.get(i), 0, Double.POSITIVE_INFINITY);
        }
    }

    /**
     * Returns the solver that a placement contains.
     *
     * @throws IllegalArgumentException if the placement contains another solver or invalid values
     */
    public static PlacedBudget of(Placement placement) {
        return new PlacedBudget(
                placement.text("method"),
                placement.numbers("sigma"),
                (int) placement.number("order"),
                placement.number("floor"),
                placement.numbers("slopes"),
                placement.values().containsKey("corrections") ? placement.numbers("corrections") : List.of(),
                placement.number("pilotError"),
                (long) placement.number("pilotCalls"));
    }

    /** Returns this solver as plain values for a plan. */
    public Placement placement() {
        return new Placement(
                name(),
                "a budget of " + calls() + " calls",
                String.format(Locale.ROOT, "by %s, order %d; rms error of the pilot %.2e", method, order, pilotError),
                Map.of(
                        "method", method,
                        "sigma", sigma,
                        "order", order,
                        "floor", floor,
                        "slopes", slopes,
                        "corrections", corrections,
                        "pilotError", pilotError,
                        "pilotCalls", pilotCalls));
    }

    /** Returns the number of denoiser calls of one sample. */
    public int calls() {
        return sigma.size() - 1;
    }

    @Override
    public String name() {
        return Budget.DESCRIPTOR.name();
    }

    @Override
    public boolean followsFlow() {
        return false;
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        requireEnd(problem.toSigma());
        if (sigma.get(0) != problem.fromSigma() || sigma.get(calls()) != problem.toSigma()) {
            throw new InvalidArgumentException(
                    "plan",
                    "must be for sigma from " + Violation.text(problem.fromSigma()) + " to "
                            + Violation.text(problem.toSigma()),
                    "from " + Violation.text(sigma.get(0)) + " to " + Violation.text(sigma.get(calls())),
                    "make a plan for this range");
        }
        return prepare(problem, Corrections.IGNORED);
    }

    /** Prepares the solver so that its machines report their corrections. */
    PreparedSolver prepare(Problem problem, Corrections observed) {
        Scheme scheme = Scheme.ofLabel(method);
        if (scheme != null) {
            return new FixedStep(scheme, calls(), SigmaGrid.UNIFORM_LOG).prepare(problem);
        }
        StepTable table = new StepTable(this, problem.radius());
        double[] levels = sigma.stream().mapToDouble(Double::doubleValue).toArray();
        return PreparedSolver.of(
                trajectory -> new BudgetMachine(trajectory, table, observed),
                levels,
                BudgetMachine.bytes(problem.dimension()),
                1);
    }
}
