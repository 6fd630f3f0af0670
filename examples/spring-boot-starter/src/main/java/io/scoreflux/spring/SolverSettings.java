package io.scoreflux.spring;

import io.scoreflux.Solvers;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverDescriptor;
import io.scoreflux.solve.budget.Budget;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A solver by name, with a tolerance or a budget. Solvers with a tolerance estimate their errors. Fixed-step solvers need a budget. The
 * default solver with a budget is {@link Budget}, which chooses the noise levels by a pilot run.
 *
 * @param name the name of the solver
 * @param tolerance the intended error of a sample, relative to the radius of the data, or null
 * @param budget the number of denoiser calls for each sample, or null
 */
public record SolverSettings(
        String name, @Nullable Double tolerance, @Nullable Integer budget) {
    private static final String TOLERANCE = "tolerance";
    private static final String CALLS = "calls";

    /** The name of the default solver. */
    public static final String DEFAULT = Solvers.all().get(0).name();

    /**
     * Creates the solver.
     *
     * @throws InvalidArgumentException if the name is unknown, or the solver does not accept the tolerance or the budget
     */
    public Solver solver() {
        if (budget != null && tolerance != null) {
            throw new InvalidArgumentException(
                    "budget", "must not be given with {tolerance}", budget, "give one of them");
        }
        if (budget != null && name.equals(DEFAULT)) {
            return with(Budget.DESCRIPTOR, CALLS, "budget", budget);
        }
        SolverDescriptor descriptor = Solvers.named(name);
        boolean adaptive = descriptor.setting(TOLERANCE).isPresent();
        if (!adaptive && tolerance != null) {
            throw new InvalidArgumentException(
                    TOLERANCE,
                    "must be absent for the solver " + name + ", which estimates no error",
                    tolerance,
                    "give {budget}",
                    "use the solver " + DEFAULT);
        }
        if (!adaptive) {
            if (budget == null) {
                throw new InvalidArgumentException(
                        "budget",
                        "must be given for the solver " + name + ", the denoiser calls of a sample",
                        null,
                        "set it, for example to 20");
            }
            return with(descriptor, CALLS, "budget", budget);
        }
        if (budget != null) {
            throw new InvalidArgumentException(
                    "budget",
                    "must be absent for the solver " + name + ", whose calls depend on its tolerance",
                    budget,
                    "give {tolerance}",
                    "use the solver " + DEFAULT);
        }
        return tolerance == null ? descriptor.example() : with(descriptor, TOLERANCE, TOLERANCE, tolerance);
    }

    private static Solver with(SolverDescriptor descriptor, String setting, String given, double value) {
        try {
            return descriptor.with(Map.of(setting, value));
        } catch (InvalidArgumentException e) {
            throw new InvalidArgumentException(e.violation().withSetting(given), e);
        }
    }
}
