package io.scoreflux.cli.option;

import io.scoreflux.Solvers;
import io.scoreflux.error.Violation;
import io.scoreflux.files.text.Names;
import io.scoreflux.files.text.UserError;
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

/** Creates the solver that the options name, from {@link Solvers}. */
public final class SolverChoice {
    static final String DEFAULT = Solvers.all().get(0).name();
    static final String FORS = Fors.DESCRIPTOR.name();
    static final String PARALLEL = Parallel.DESCRIPTOR.name();
    /** The name of the default solver with --budget in comparisons. */
    static final String BUDGET = Budget.DESCRIPTOR.name();

    private static final String TOLERANCE = "tolerance";

    private static final String CALLS = "calls";
    static final String UNIFORM = "uniform";
    private static final List<String> GRIDS = List.of(UNIFORM, "karras");

    private SolverChoice() {}

    /** The names of all solvers. */
    public static List<String> names() {
        return comparable().stream().filter(name -> !name.equals(BUDGET)).toList();
    }

    /** The names of all solvers in a comparison, including {@link #BUDGET}. */
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
     * The solver, with steps from a pilot run if chains are given.
     *
     * @param chains number of chains of the pilot run, or null for no pilot run
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

    /** The error for a grid of a solver that has none. */
    static UserError noGrid(String name) {
        return new UserError("--grid does not apply to " + name + ", which places its own steps; leave it out");
    }

    private static Budget budgetOf(String name, @Nullable Double tolerance, int budget) {
        if (!name.equals(DEFAULT)) {
            throw new UserError(
                    "--budget does not apply to " + name + ", whose calls depend on its tolerance; give --tolerance,"
                            + " or --solver " + DEFAULT + ", or a fixed-step solver such as --solver dpmpp-2m");
        }
        if (tolerance != null) {
            throw new UserError("--tolerance and --budget exclude each other for " + name + "; give one of them");
        }
        Setting calls = setting(BUDGET, CALLS);
        if (!calls.contains(budget)) {
            throw new UserError("--budget must be at least " + (int) calls.min() + " and at most " + (int) calls.max()
                    + " for " + name + ", was " + budget + "; for more accuracy give --tolerance");
        }
        return new Budget(budget);
    }

    /**
     * Rejects noise level 0 for a solver that cannot end there.
     *
     * @param place the source of the noise level, for messages
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

    /** Whether the solver takes a tolerance; the others take a budget. The name must be known. */
    static boolean isAdaptive(String name) {
        return Solvers.named(name).setting(TOLERANCE).isPresent();
    }

    /** Whether the solver follows the probability flow, so that its results have true errors. */
    static boolean isDeterministic(String name) {
        return !Solvers.named(name).example().drawsNoise();
    }

    /** Rejects an unknown name. */
    static void requireKnown(String name) {
        requireOneOf(name, names());
    }

    /** Rejects a name that is not in the list. */
    static void requireOneOf(String name, List<String> available) {
        if (!available.contains(name)) {
            throw new UserError("unknown solver '" + name + "'" + Names.hint(name, available) + "; available: "
                    + String.join(", ", available));
        }
    }

    /** Rejects a tolerance out of range. */
    static void requireTolerance(String option, String name, double tolerance) {
        Setting range = setting(name, TOLERANCE);
        if (!range.contains(tolerance)) {
            throw new UserError(
                    option + " must be in " + range.range() + " for " + name + ", was " + Violation.text(tolerance));
        }
    }

    /** Rejects a budget that a fixed-step solver does not accept. */
    static void requireBudget(String option, String name, int budget) {
        int least = (int) setting(name, CALLS).min();
        if (budget < least) {
            throw new UserError(option + " must be at least " + least + " for " + name + ", was " + budget);
        }
        if (budget > FixedStep.MAX_CALLS) {
            throw new UserError(option + " must be at most " + FixedStep.MAX_CALLS + ", was " + budget);
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

    /** Whether the solver takes a grid. The name must be known. */
    static boolean takesGrid(String name) {
        return Solvers.named(name).example() instanceof FixedStep;
    }

    /** Rejects an unknown grid. */
    static void requireGrid(String name) {
        if (!GRIDS.contains(name)) {
            throw new UserError("unknown --grid '" + name + "'" + Names.hint(name, GRIDS) + "; available: "
                    + String.join(", ", GRIDS));
        }
    }
}
