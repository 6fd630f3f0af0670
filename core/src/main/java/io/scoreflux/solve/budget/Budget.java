package io.scoreflux.solve.budget;

import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.Placement;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.state.Require;
import org.jspecify.annotations.Nullable;

/**
 * Collocation with a given number of denoiser calls a sample, all samples on the same noise levels. A pilot of
 * {@value io.scoreflux.solve.Pilot#ROWS} trajectories places the levels and chooses order and coordinate, by its own true
 * error; nothing here is tuned to a target. See {@code docs/budget.md}.
 *
 * @param calls denoiser calls of one sample, 5 to 100, all of which are used
 */
public record Budget(int calls) implements Solver {
    /** The fewest calls. */
    public static final int LEAST_CALLS = 5;

    /** The most calls: beyond, a tolerance gives more. */
    public static final int MOST_CALLS = 100;

    /** Checks the range. */
    public Budget {
        Require.within("calls", calls, LEAST_CALLS, MOST_CALLS);
    }

    @Override
    public String name() {
        return "budget";
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
            throw new IllegalStateException(
                    "the plan holds no levels for a budget of calls, which the solver asks for; make one with this"
                            + " solver");
        }
        if (!placement.solver().equals(name())) {
            throw new IllegalStateException("the plan is for " + placement.purpose()
                    + ", the solver asks for a budget of " + calls + " calls; make a plan with this solver");
        }
        PlacedBudget placed = PlacedBudget.of(placement);
        if (placed.calls() != calls) {
            throw new IllegalStateException("the plan is for a budget of " + placed.calls()
                    + " calls, the solver asks for " + calls + "; make a plan for that budget");
        }
        return placed;
    }

    @Override
    public boolean followsFlow() {
        return false;
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        throw new IllegalStateException("a budget needs its pilot: call placed(place(problem, pilot)) first");
    }
}
