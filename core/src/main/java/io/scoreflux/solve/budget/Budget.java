package io.scoreflux.solve.budget;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.Placement;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Setting;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverDescriptor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collocation with a given number of denoiser calls per sample. A pilot of at most 5,000 calls determines
 * the noise levels, the order and the coordinate that minimize the error of its trajectories, measured against an accurate solution. All
 * samples use these levels, except those whose trajectories are far from all trajectories of the pilot: they choose their own levels. No
 * setting is specific to a target. See {@code docs/budget.md}.
 *
 * @param calls the number of denoiser calls of one sample, 5 to 100; each sample uses all of them
 */
public record Budget(int calls) implements Solver {
    /** For more than 100 calls, a solver with a tolerance is better. */
    private static final Setting CALLS = Setting.whole("calls", 5, 100, null);

    /** The name, the settings and the factory of this solver. */
    public static final SolverDescriptor DESCRIPTOR =
            new SolverDescriptor("budget", List.of(CALLS), value -> new Budget((int) value[0]));

    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException if the number of calls is out of range
     */
    public Budget {
        CALLS.check(calls);
    }

    @Override
    public String name() {
        return DESCRIPTOR.name();
    }

    @Override
    public boolean needsPilot() {
        return true;
    }

    @Override
    public Placement place(Problem problem, Pilot pilot) {
        requireEnd(problem.toSigma());
        return new BudgetSearch(problem, pilot, calls).best().placement();
    }

    @Override
    public PlacedBudget placed(@Nullable Placement placement) {
        if (placement == null) {
            throw new InvalidConfigurationException(
                    "plan",
                    "must hold levels for the solver " + name(),
                    "without levels",
                    "make a plan with this solver");
        }
        if (!placement.solver().equals(name())) {
            throw new InvalidConfigurationException(
                    "plan",
                    "must be for a budget of " + calls + " calls",
                    "for " + placement.purpose(),
                    "make a plan with this solver");
        }
        PlacedBudget placed = PlacedBudget.of(placement);
        if (placed.calls() != calls) {
            throw new InvalidConfigurationException(
                    "plan",
                    "must be for the solver's budget of " + calls + " calls",
                    placed.calls(),
                    "make a plan for that budget");
        }
        return placed;
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        throw new InvalidConfigurationException(
                "the budget", "must be placed by a pilot", null, "call placed(place(problem, pilot)) first");
    }
}
