package io.scoreflux.solve.budget;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.solve.Pilot;
import io.scoreflux.solve.PreparedSolver;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.Solver;
import io.scoreflux.state.Require;

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
    public PlacedBudget placed(Problem problem, Pilot pilot) {
        requireEnd(problem.toSigma());
        return new Placement(problem, pilot, calls).best();
    }

    @Override
    public boolean followsFlow() {
        return false;
    }

    @Override
    public PreparedSolver prepare(Problem problem) {
        throw new InvalidConfigurationException(
                "the budget", "must be placed by a pilot", null, "call placed(problem, pilot) first");
    }
}
