package io.scoreflux.cli;

import io.scoreflux.error.Violation;
import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.reject.Fors;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.budget.Budget;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.solve.parallel.Parallel;
import io.scoreflux.solve.picard.Picard;
import io.scoreflux.solve.sliding.Sliding;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes the solver that the options name. */
final class SolverChoice {
    static final String DEFAULT = "sliding";
    private static final double DEFAULT_TOLERANCE = 1e-4;
    private static final int MOST_CALLS = 1_000_000;
    static final String FORS = "fors";
    private static final String PICARD = "picard";
    static final String PARALLEL = "parallel";
    /** Sliding's budget mode, as comparisons call it. */
    static final String BUDGET = "budget";
    /** Solvers that take a tolerance. */
    private static final List<String> ADAPTIVE = List.of(DEFAULT, PICARD, PARALLEL, FORS);

    private static final double LEAST_TOLERANCE = 1e-14;
    private static final double LEAST_PARALLEL_TOLERANCE = 1e-13;
    private static final double LEAST_FORS_TOLERANCE = 1e-6;

    /** Solvers that add noise, and so do not end where the probability flow does. */
    private static final List<Scheme> STOCHASTIC = List.of(Scheme.ANCESTRAL, Scheme.EULER_MARUYAMA);

    private static final List<String> GRIDS = List.of("uniform", "karras");

    private SolverChoice() {}

    /** The names that work. */
    static List<String> names() {
        List<String> names = new ArrayList<>(ADAPTIVE);
        for (Scheme scheme : Scheme.values()) {
            names.add(scheme.label());
        }
        return names;
    }

    /**
     * The solver of a name.
     *
     * @param tolerance as given, or null
     * @param budget as given, or null
     * @param grid as given, or null
     */
    static Solver of(String name, @Nullable Double tolerance, @Nullable Integer budget, @Nullable String grid) {
        Scheme scheme = Scheme.ofLabel(name);
        if (scheme != null) {
            return fixedStep(scheme, tolerance, budget, grid);
        }
        requireKnown(name);
        if (grid != null) {
            throw new UserError("--grid does not apply to " + name + ", which places its own steps; leave it out");
        }
        if (budget != null) {
            return budgetOf(name, tolerance, budget);
        }
        double checked = tolerance == null ? DEFAULT_TOLERANCE : tolerance;
        requireTolerance("--tolerance", name, checked);
        return switch (name) {
            case PICARD -> new Picard(checked);
            case PARALLEL -> new Parallel(checked);
            case FORS -> new Fors(checked);
            default -> new Sliding(checked);
        };
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
        if (budget < Budget.LEAST_CALLS || budget > Budget.MOST_CALLS) {
            throw new UserError("--budget must be at least " + Budget.LEAST_CALLS + " and at most " + Budget.MOST_CALLS
                    + " for " + name + ", was " + budget + "; for more accuracy give --tolerance");
        }
        return new Budget(budget);
    }

    /**
     * Refuses to end at 0 with a solver that cannot.
     *
     * @param place where the level was given
     */
    static void requireEnd(String place, double toSigma, String name, @Nullable Integer budget) {
        boolean isSliding = name.equals(DEFAULT);
        if (toSigma != 0 || (isSliding && budget == null)) {
            return;
        }
        throw new UserError(place + " must be greater than 0 "
                + (isSliding
                        ? "with --budget, was 0; end at a small noise level, or give --tolerance instead of --budget"
                        : "for --solver " + name + ", was 0; end at a small noise level, or give --solver " + DEFAULT
                                + " without --budget"));
    }

    /** Whether the solver takes a tolerance; the others take a budget. The name must be one that works. */
    static boolean isAdaptive(String name) {
        return ADAPTIVE.contains(name);
    }

    /** Whether the solver follows the probability flow, so that its ends have true errors. */
    static boolean isDeterministic(String name) {
        return !name.equals(FORS)
                && STOCHASTIC.stream().noneMatch(scheme -> scheme.label().equals(name));
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
        double least = switch (name) {
            case PARALLEL -> LEAST_PARALLEL_TOLERANCE;
            case FORS -> LEAST_FORS_TOLERANCE;
            default -> LEAST_TOLERANCE;
        };
        if (!(tolerance >= least && tolerance < 1)) {
            throw new UserError(option + " must be in [" + String.format(Locale.ROOT, "1e%.0f", Math.log10(least))
                    + ", 1) for " + name + ", was " + Violation.text(tolerance));
        }
    }

    /** Refuses a budget that a fixed-step solver cannot spend. */
    static void requireBudget(String option, String name, int budget) {
        int least = Objects.requireNonNull(Scheme.ofLabel(name)).callsPerStep();
        if (budget < least) {
            throw new UserError(option + " must be at least " + least + " for " + name + ", was " + budget);
        }
        if (budget > MOST_CALLS) {
            throw new UserError(option + " must be at most " + MOST_CALLS + ", was " + budget);
        }
    }

    private static Solver fixedStep(
            Scheme scheme, @Nullable Double tolerance, @Nullable Integer budget, @Nullable String grid) {
        if (tolerance != null) {
            throw new UserError("--tolerance does not apply to " + scheme.label()
                    + ", which has no error estimate; give --budget CALLS, or --solver " + DEFAULT);
        }
        if (budget == null) {
            throw new UserError(scheme.label() + " needs --budget CALLS, the denoiser calls of one sample");
        }
        requireBudget("--budget", scheme.label(), budget);
        return new FixedStep(scheme, budget, gridOf(grid == null ? "uniform" : grid));
    }

    /** Refuses a grid that is not known. */
    static void requireGrid(String name) {
        if (!GRIDS.contains(name)) {
            throw new UserError("unknown --grid '" + name + "'" + Names.hint(name, GRIDS) + "; available: "
                    + String.join(", ", GRIDS));
        }
    }

    private static SigmaGrid gridOf(String name) {
        requireGrid(name);
        return name.equals("karras") ? SigmaGrid.KARRAS : SigmaGrid.UNIFORM_LOG;
    }
}
