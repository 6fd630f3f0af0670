package io.scoreflux.cli;

import io.scoreflux.noise.SigmaGrid;
import io.scoreflux.solve.Solver;
import io.scoreflux.solve.fixedstep.FixedStep;
import io.scoreflux.solve.fixedstep.Scheme;
import io.scoreflux.solve.picard.Picard;
import io.scoreflux.solve.sliding.Sliding;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the solver that the options name. */
final class SolverChoice {
    static final String DEFAULT = "sliding";
    private static final double DEFAULT_TOLERANCE = 1e-4;
    private static final int MOST_CALLS = 1_000_000;
    private static final List<String> LATER = List.of("parallel", "fors");
    private static final String PICARD = "picard";
    /** Solvers that take a tolerance. */
    private static final List<String> ADAPTIVE = List.of(DEFAULT, PICARD);

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
        if (LATER.contains(name)) {
            throw new UserError(
                    "solver '" + name + "' is not in this version; available: " + String.join(", ", names()));
        }
        if (!ADAPTIVE.contains(name)) {
            throw new UserError("unknown solver '" + name + "'" + Names.hint(name, names()) + "; available: "
                    + String.join(", ", names()));
        }
        if (budget != null) {
            throw new UserError(
                    "--budget does not apply to " + name + ", which takes what its tolerance needs; give --tolerance,"
                            + " or a fixed-step solver such as --solver dpmpp-2m");
        }
        if (grid != null) {
            throw new UserError("--grid does not apply to " + name + ", which places its own steps; leave it out");
        }
        double checked = tolerance == null ? DEFAULT_TOLERANCE : tolerance;
        if (!(checked >= 1e-14 && checked < 1)) {
            throw new UserError("--tolerance must be in [1e-14, 1), was " + checked);
        }
        return name.equals(PICARD) ? new Picard(checked) : new Sliding(checked);
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
        if (budget < scheme.callsPerStep()) {
            throw new UserError("--budget must be at least " + scheme.callsPerStep() + " for " + scheme.label()
                    + ", was " + budget);
        }
        if (budget > MOST_CALLS) {
            throw new UserError("--budget must be at most " + MOST_CALLS + ", was " + budget);
        }
        return new FixedStep(scheme, budget, gridOf(grid == null ? "uniform" : grid));
    }

    private static SigmaGrid gridOf(String name) {
        if (!GRIDS.contains(name)) {
            throw new UserError("unknown --grid '" + name + "'" + Names.hint(name, GRIDS) + "; available: "
                    + String.join(", ", GRIDS));
        }
        return name.equals("karras") ? SigmaGrid.KARRAS : SigmaGrid.UNIFORM_LOG;
    }
}
