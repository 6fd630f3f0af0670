package io.scoreflux.cli.option;

import io.scoreflux.Solvers;
import io.scoreflux.cli.text.Names;
import io.scoreflux.cli.text.UserError;
import io.scoreflux.error.Violation;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.reject.Fors;
import io.scoreflux.reject.StepRule;
import io.scoreflux.solve.Setting;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.SolverDescriptor;
import io.scoreflux.solve.budget.Budget;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.parallel.Parallel;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the solver that the options name, from {@link Solvers}. */
public final class SolverChoice {
    static final String DEFAULT = Solvers.all().get(0).name();
    static final String FORS = Fors.DESCRIPTOR.name();
    static final String PARALLEL = Parallel.DESCRIPTOR.name();
    /** The default solver with --budget, as comparisons call it. */
    static final String BUDGET = Budget.DESCRIPTOR.name();

    /** More steps than any use has, fewer than memory holds. */
    private static final int MOST_CALLS = 1_000_000;

    private static final String TOLERANCE = "tolerance";
    private static final String CALLS = "calls";
    private static final List<String> GRIDS = List.of("uniform", "karras");

    private SolverChoice() {}

    /** The names that work. */
    public static List<String> names() {
        return comparable().stream().filter(name -> !name.equals(BUDGET)).toList();
    }

    /** The names that work in a comparison, {@link #BUDGET} too. */
    static List<String> comparable() {
        return Solvers.all().stream().map(SolverDescriptor::name).toList();
    }

    /**
     * The solver of a name.
     *
     * @param tolerance as given, or null
     * @param budget as given, or null
     * @param grid as given, or null
     */
    static Solver of(String name, @Nullable Double tolerance, @Nullable Integer budget, @Nullable String grid) {
        requireKnown(name);
        if (!isAdaptive(name)) {
            return fixedStep(name, tolerance, budget, grid);
        }
        if (grid != null) {
            throw noGrid(name);
        }
        if (budget != null) {
            return budgetOf(name, tolerance, budget);
        }
        if (tolerance == null) {
            return Solvers.named(name).example();
        }
        requireTolerance("--tolerance", name, tolerance);
        return Solvers.named(name, Map.of(TOLERANCE, tolerance));
    }

    /**
     * The solver with noise levels by a pilot.
     *
     * @param chains of the pilot as given, or null for none
     */
    static Solver withPilot(Solver solver, @Nullable Integer chains) {
        if (chains == null) {
            return solver;
        }
        if (!(solver instanceof Fors fors)) {
            throw new UserError("--pilot-chains applies to --solver " + FORS + " only; leave it out");
        }
        Setting range = StepRule.Pilot.CHAINS;
        if (!range.contains(chains)) {
            throw new UserError("--pilot-chains must be " + range.range() + ", was " + chains);
        }
        return new Fors(fors.tolerance(), fors.bound(), fors.slopes(), new StepRule.Pilot(chains));
    }

    /** Refuses a grid for a solver that has none. */
    static UserError noGrid(String name) {
        return new UserError("--grid does not apply to " + name + ", which places its own steps; leave it out");
    }

    private static Budget budgetOf(String name, @Nullable Double tolerance, int budget) {
        if (!name.equals(DEFAULT)) {
            throw new UserError(
                    "--budget does not apply to " + name + ", which takes what its tolerance needs; give --tolerance,"
                            + " or --solver " + DEFAULT + ", or a fixed-step solver such as --solver dpmpp-2m");
        }
        if (tolerance != null) {
            throw new UserError("--tolerance and --budget exclude each other for " + name + "; give one of them");
        }
        Setting calls = setting(BUDGET, CALLS);
        if (!calls.contains(budget)) {
            throw new UserError("--budget must be at least " + (int) calls.min() + " and at most "
                    + (int) calls.max() + " for " + name + ", was " + budget + "; for more accuracy give --tolerance");
        }
        return new Budget(budget);
    }

    /**
     * Refuses to end at 0 with a solver that cannot.
     *
     * @param place where the level was given
     */
    static void requireEnd(String place, double toSigma, String name, @Nullable Integer budget) {
        boolean reachesZero = Solvers.named(name).example().reachesZero();
        if (toSigma != 0 || (reachesZero && budget == null)) {
            return;
        }
        throw new UserError(place + " must be greater than 0 "
                + (reachesZero
                        ? "with --budget, was 0; end at a small noise level, or give --tolerance instead of --budget"
                        : "for --solver " + name + ", was 0; end at a small noise level, or give --solver " + DEFAULT
                                + " without --budget"));
    }

    /** Whether the solver takes a tolerance; the others take a budget. The name must be one that works. */
    static boolean isAdaptive(String name) {
        return Solvers.named(name).setting(TOLERANCE).isPresent();
    }

    /** Whether the solver follows the probability flow, so that its ends have true errors. */
    static boolean isDeterministic(String name) {
        return !Solvers.named(name).example().drawsNoise();
    }

    /** Refuses a name that does not work. */
    static void requireKnown(String name) {
        requireOneOf(name, names());
    }

    /** Refuses a name that is none of these. */
    static void requireOneOf(String name, List<String> available) {
        if (!available.contains(name)) {
            throw new UserError("unknown solver '" + name + "'" + Names.hint(name, available) + "; available: "
                    + String.join(", ", available));
        }
    }

    /** Refuses a tolerance out of range. */
    static void requireTolerance(String option, String name, double tolerance) {
        Setting range = setting(name, TOLERANCE);
        if (!range.contains(tolerance)) {
            throw new UserError(
                    option + " must be in " + range.range() + " for " + name + ", was " + Violation.text(tolerance));
        }
    }

    /** Refuses a budget that a fixed-step solver cannot spend. */
    static void requireBudget(String option, String name, int budget) {
        int least = (int) setting(name, CALLS).min();
        if (budget < least) {
            throw new UserError(option + " must be at least " + least + " for " + name + ", was " + budget);
        }
        if (budget > MOST_CALLS) {
            throw new UserError(option + " must be at most " + MOST_CALLS + ", was " + budget);
        }
    }

    private static Setting setting(String name, String setting) {
        return Solvers.named(name).setting(setting).orElseThrow();
    }

    private static Solver fixedStep(
            String name, @Nullable Double tolerance, @Nullable Integer budget, @Nullable String grid) {
        if (tolerance != null) {
            throw new UserError("--tolerance does not apply to " + name
                    + ", which has no error estimate; give --budget CALLS, or --solver " + DEFAULT);
        }
        if (budget == null) {
            throw new UserError(name + " needs --budget CALLS, the denoiser calls of one sample");
        }
        requireBudget("--budget", name, budget);
        Solver solver = Solvers.named(name, Map.of(CALLS, (double) budget));
        if (grid == null) {
            return solver;
        }
        requireGrid(grid);
        if (!(solver instanceof FixedStep steps)) {
            throw noGrid(name);
        }
        return new FixedStep(steps.scheme(), budget, grid.equals("karras") ? SigmaGrid.KARRAS : SigmaGrid.UNIFORM_LOG);
    }

    /** Refuses a grid that is not known. */
    static void requireGrid(String name) {
        if (!GRIDS.contains(name)) {
            throw new UserError("unknown --grid '" + name + "'" + Names.hint(name, GRIDS) + "; available: "
                    + String.join(", ", GRIDS));
        }
    }
}
